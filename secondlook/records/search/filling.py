"""Makes cases findable that were on record before there was a search, in the background, a few at a time.

Run by workers beside everything else; where it stands is on record, so it goes on wherever it was broken off. Each case
is compared with what it should be found by, under its lock; what is right stays. Once more after an upgrade, when no
older release runs any more that would change a name without this.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, select, text

from secondlook.cases.identity import Identity
from secondlook.cases.readable import CannotRead
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.schema import cases, found_by
from secondlook.records.search.rows import insert_rows, rewrite, rows_of
from secondlook.records.store import recall, remember

_PLACE: Final = "found_by_to"
_AGAIN: Final = "found_by_alone"
_DONE: Final = "done"
_AT_ONCE: Final = 100
_LOCK: Final = 5_417_283_124


def fill_some(connection: Connection, vault: Vault) -> bool:
    """Do the next few cases, unless another worker is at it. Whether there are more."""
    if connection.dialect.name == "postgresql":
        mine = connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}).scalar_one()
        if not mine:
            return False
    place = recall(connection, _PLACE) or ""
    if place == _DONE:
        return False
    query = select(cases.c.id, cases.c.identity, cases.c.urgency).where(cases.c.id > place)
    locked = query.order_by(cases.c.id).limit(_AT_ONCE).with_for_update(key_share=True)
    found = connection.execute(locked).all()
    there = dict(_rows(connection, [case.id for case in found]))
    missing: list[dict[str, object]] = []
    for case in found:
        try:
            identity = Identity.of(vault.open(case.identity, f"cases.identity/{case.id}"))
        except (UnsealError, CannotRead):
            continue
        rows = rows_of(vault, case.id, identity, case.urgency)
        before = there.get(case.id)
        if before is None:
            missing += rows
        elif before != {(row["token"], row["urgency"]) for row in rows}:
            rewrite(connection, case.id, rows)
    insert_rows(connection, missing)
    more = len(found) == _AT_ONCE
    remember(connection, _PLACE, found[-1].id if more else _DONE)
    return more


def fill_again(connection: Connection) -> None:
    """No older release is left: have all cases looked at once more, the first time that this is known."""
    if recall(connection, _AGAIN) is None:
        remember(connection, _AGAIN, _DONE)
        if connection.execute(select(cases.c.id).limit(1)).first() is not None:
            remember(connection, _PLACE, "")


def filled(connection: Connection) -> int | None:
    """How far it is, in percent of all cases; None where every case is found. Ids are random, so a place is a share."""
    place = recall(connection, _PLACE) or ""
    if place == _DONE:
        return None
    digits = place.removeprefix("c_")
    try:
        return int(digits, 16) * 100 // 16 ** len(digits) if digits else 0
    except ValueError:
        return 0


def _rows(connection: Connection, case_ids: list[str]) -> Iterator[tuple[str, set[tuple[object, object]]]]:
    query = select(found_by).where(found_by.c.case_id.in_(case_ids)).order_by(found_by.c.case_id)
    for case_id, rows in groupby(connection.execute(query), lambda row: str(row.case_id)):
        yield case_id, {(row.token, row.urgency) for row in rows}
