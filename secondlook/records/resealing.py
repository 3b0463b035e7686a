"""After another key began to seal: what stands under older ones is sealed again, and cases are hashed under its root.

Workers do it a few rows at a time, one worker after the other, beside everything else; where it stands is on record, so
it goes on wherever it was broken off. It waits for nobody's row: what somebody else holds is taken by a later pass, and
it ends with a pass that found nothing to do. What cannot be opened stays as it is, and is counted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, LargeBinary, Row, Select, and_, func, not_, select, text, tuple_, update

from secondlook.cases.identity import Identity
from secondlook.cases.readable import CannotRead
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.keys import EXPIRES, all_keys, sealing
from secondlook.records.lookups import a_number_key, case_key
from secondlook.records.schema import cases, key_holders
from secondlook.records.sealed import SEALED, SealedColumn
from secondlook.records.search import rows as search
from secondlook.records.store import recall, remember

_PLACE = "resealing"
_LOCK = 5_417_283_122
_ROWS = 100


@dataclass(frozen=True, slots=True)
class _Pass:
    """How far a pass under one key is: ``column`` counts along SEALED, ``after`` is the last row that it saw."""

    key: str
    column: int = 0
    after: tuple[object, ...] = ()
    missed: bool = False
    unreadable: int = 0
    done: bool = False


def reseal_some(connection: Connection, vault: Vault, now: datetime) -> bool:
    """Do the next few rows, if it is anybody's turn and nobody else is at it. Whether there is more."""
    held = text("SELECT pg_try_advisory_xact_lock(:key)")
    if connection.dialect.name == "postgresql" and not connection.execute(held, {"key": _LOCK}).scalar_one():
        return False
    place = _place(connection, vault)
    if place.done or lagging(connection, now):
        return False
    place = _next_rows(connection, vault, place)
    remember(connection, _PLACE, _written(place))
    return not place.done


def start_again(connection: Connection, vault: Vault) -> None:
    """Have another pass made, if the last one has come to its end."""
    if _place(connection, vault).done:
        remember(connection, _PLACE, _written(_Pass(vault.roles.seals)))


def lagging(connection: Connection, now: datetime) -> bool:
    """Whether a live process may not have noticed yet which key seals."""
    since = sealing(all_keys(connection)).seals_since
    late = select(key_holders.c.id).where(key_holders.c.seen_at > now - EXPIRES, key_holders.c.seen_at <= since)
    return connection.execute(late.limit(1)).first() is not None


def sealed_under(connection: Connection, keys: list[str]) -> dict[str, int]:
    """How many values are sealed under each key. Reads all that is sealed: for an operator, not for every day."""
    counts = dict.fromkeys(keys, 0)
    for sealed in SEALED:
        sums = [func.count().filter(sealed.under([key])) for key in keys]
        for key, number in zip(keys, connection.execute(select(*sums).select_from(sealed.table)).one(), strict=True):
            counts[key] += number
    return counts


def _written(place: _Pass) -> str:
    """As the store keeps it; an id of bytes in hexadecimal."""
    return orjson.dumps(asdict(place), default=bytes.hex).decode()


def _read(kept: str) -> _Pass:
    fields = orjson.loads(kept)
    ids = SEALED[fields["column"]].ids
    after = (
        bytes.fromhex(value) if isinstance(column.type, LargeBinary) else value
        for column, value in zip(ids, fields["after"], strict=False)
    )
    return _Pass(**{**fields, "after": tuple(after)})


def _place(connection: Connection, vault: Vault) -> _Pass:
    kept = recall(connection, _PLACE)
    if kept is not None:
        place = _read(kept)
        if place.key == vault.roles.seals:
            return place
    only_key = len([key for key in all_keys(connection) if key.seals_since and not key.retired_at]) == 1
    return _Pass(vault.roles.seals, done=only_key)


def _next_rows(connection: Connection, vault: Vault, place: _Pass) -> _Pass:
    sealed = SEALED[place.column]
    hashes = sealed.column is cases.c.identity and vault.root is not None
    wanted = sealed.column.is_not(None) if hashes else not_(sealed.under([place.key]))
    onward = tuple_(*sealed.ids) > tuple_(*place.after) if place.after else None
    found = connection.execute(_rows(sealed, wanted, onward)).all()
    if not found:
        if place.column + 1 < len(SEALED):
            return replace(place, column=place.column + 1, after=())
        return replace(place, column=0, after=(), missed=False, unreadable=0 if place.missed else place.unreadable,
                       done=not place.missed)  # fmt: skip
    ids = [tuple(getattr(row, column.name) for column in sealed.ids) for row in found]
    # The case's key is what the door's inserts refer to: to change it takes the lock that holds them off.
    locked = select(sealed.table).where(tuple_(*sealed.ids).in_(ids))
    mine = connection.execute(locked.with_for_update(skip_locked=True, key_share=not hashes)).all()
    missed = place.missed or len(mine) < len(found)
    unreadable = place.unreadable
    for row in mine:
        try:
            missed |= _renew(connection, vault, sealed, row, hashes=hashes)
        except (UnsealError, CannotRead):
            unreadable += 1
    return replace(place, after=ids[-1], missed=missed, unreadable=unreadable)


def _rows(sealed: SealedColumn, wanted: Any, onward: Any) -> Select[Any]:
    query = select(*sealed.ids).where(wanted if onward is None else and_(wanted, onward))
    return query.order_by(*sealed.ids).limit(_ROWS)


def _renew(connection: Connection, vault: Vault, sealed: SealedColumn, row: Row[Any], *, hashes: bool) -> bool:
    """Whether anything of the row was not as it is to be."""
    value = getattr(row, sealed.column.name)
    text = vault.open_text(value, sealed.row(row))
    values: dict[str, object] = {}
    if Vault.key_of(value) != vault.roles.seals:
        values[sealed.column.name] = vault.seal_text(text, sealed.row(row))
    if hashes:
        identity = Identity.of(orjson.loads(text))
        case = identity.key
        key = case_key(vault, case, vault.root)
        if key != row.key:
            values |= {"key": key, "a_number_key": a_number_key(vault, case.a_number, vault.root)}
            search.rewrite(connection, row.id, search.rows_of(vault, row.id, identity, row.urgency))
    if values:
        here = and_(*(column == getattr(row, column.name) for column in sealed.ids))
        connection.execute(update(sealed.table).where(here).values(**values))
    return bool(values)
