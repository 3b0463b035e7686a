"""Which encryption keys belong to a record, and what each does. Every process that opens the record asks here first.

The table ``keys`` holds a fingerprint of each key, written when the record is made. A key is *added*, *seals* once
every live process has shown that it knows it, only *opens* when another seals, and is *retired* when nothing is sealed
under it. Some are *roots*: keyed hashes stand under them, so they are never retired. It never writes a fingerprint
beside what the key cannot open, and no key ever.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Connection, delete, func, insert, not_, select, text, update

from secondlook.cases.identity import Identity
from secondlook.cases.readable import CannotRead
from secondlook.records.encryption import Roles, UnsealError, Vault
from secondlook.records.lookups import case_key
from secondlook.records.schema import cases, key_holders, keys
from secondlook.records.sealed import SEALED

EXPIRES = timedelta(seconds=60)
"""A process that did not show itself for so long is taken to be dead."""
_TRUSTED_SECONDS = 30.0
_LOCK = 5_417_283_121
_PROOFS = 20
_KEYS = select(keys).order_by(keys.c.seals_since, keys.c.added_at)


class WrongKeys(Exception):
    """This process's keys are not this record's; the message is for the operator and says what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the record. ``root`` numbers the roots from 1."""

    id: str
    fingerprint: str
    root: int | None
    added_at: datetime
    seals_since: datetime | None
    retired_at: datetime | None


def all_keys(connection: Connection) -> list[Key]:
    """The record's keys: those that seal or sealed, the newest last; none where the record has not met any."""
    found = [Key(*row) for row in connection.execute(_KEYS)]
    return sorted(found, key=lambda key: (key.seals_since is None, key.seals_since or key.added_at))


def clock(connection: Connection) -> datetime:
    """The time by which processes are alive or dead: the server's, for hosts' clocks differ."""
    if connection.dialect.name == "postgresql":
        there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return there.astimezone(UTC)
    return datetime.now(UTC)


def sealing(known: Sequence[Key]) -> Key:
    """The key that seals."""
    return [key for key in known if key.seals_since and not key.retired_at][-1]


def hold(connection: Connection, *, alone: bool) -> None:
    """Keep the keys' roles as they are until this transaction ends; ``alone`` to change them."""
    if connection.dialect.name == "postgresql":
        shared = "" if alone else "_shared"
        connection.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:key)"), {"key": _LOCK})


def settle(connection: Connection, vault: Vault) -> None:
    """Before keyed hashes are looked up and written: all doors must use one root, or one case is opened twice.

    Costs nothing while there is one root and this process looked at the keys lately.
    """
    if vault.followed_at is None:
        return
    if len(vault.roots) > 1 or time.monotonic() - vault.followed_at > _TRUSTED_SECONDS:
        hold(connection, alone=False)
        compare(vault, all_keys(connection))


def admit(connection: Connection, vault: Vault, now: datetime) -> None:
    """Compare this process's keys with the record's and take its roles; writes the first fingerprints.

    Raises WrongKeys.
    """
    hold(connection, alone=True)
    known = all_keys(connection)
    if not known:
        prove(connection, vault)
        _write_first(connection, vault, now)
        known = all_keys(connection)
    compare(vault, known)


def compare(vault: Vault, known: Sequence[Key]) -> None:
    """Whether this process has what the record needs. Raises WrongKeys; else the vault does as the record says."""
    have = vault.fingerprints
    for key in known:
        if key.id not in have:
            if key.seals_since is not None and (key.retired_at is None or key.root is not None):
                raise WrongKeys(
                    f"this record needs the encryption key {key.id!r}, which this process does not have: add it to "
                    "SECONDLOOK_ENCRYPTION_KEYS or to the key file in the data folder, and start again"
                )
        elif have[key.id] != key.fingerprint:
            raise WrongKeys(
                f"the encryption key {key.id!r} of this process is not this record's: set SECONDLOOK_ENCRYPTION_KEYS, "
                "or the key file in the data folder, to the keys that the record was made with, and start again"
            )
    roots = sorted((key.root, key) for key in known if key.root is not None and key.id in have)
    written = [key.id for _, key in roots if key.seals_since is not None]
    vault.follow(Roles(sealing(known).id, tuple(key.id for _, key in roots), written[-1]), time.monotonic())


def prove(connection: Connection, vault: Vault) -> None:
    """Before the first fingerprints of a record that an older release made: the keys must open what it holds.

    Raises WrongKeys. A record without a case proves nothing and needs no proof.
    """
    rows = connection.execute(select(cases.c.id, cases.c.key, cases.c.identity).limit(_PROOFS)).all()
    if rows and not any(_opens(vault, row.identity, f"cases.identity/{row.id}", row.key) for row in rows):
        raise WrongKeys(
            "the encryption keys of this process do not open this record: set SECONDLOOK_ENCRYPTION_KEYS, or the key "
            "file in the data folder, to the keys that the record was made with, and start again"
        )
    ids = list(vault.fingerprints)
    for sealed in SEALED:
        foreign = select(sealed.column).where(sealed.column.is_not(None), not_(sealed.under(ids))).limit(1)
        if (value := connection.execute(foreign).scalar_one_or_none()) is not None:
            raise WrongKeys(
                f"this record needs the encryption key {Vault.key_of(value)!r}, which this process does not have: add "
                "it to SECONDLOOK_ENCRYPTION_KEYS or to the key file in the data folder, and start again"
            )
        for name in ids:
            under = select(*dict.fromkeys([*sealed.table.columns])).where(sealed.under([name])).limit(_PROOFS)
            found = connection.execute(under).all()
            if found and not any(_opens(vault, getattr(row, sealed.column.name), sealed.row(row)) for row in found):
                raise WrongKeys(
                    f"the encryption key {name!r} of this process does not open what this record sealed under that "
                    "name: set it to the key that the record was made with, and start again"
                )


def _opens(vault: Vault, value: bytes, row: str, key: bytes | None = None) -> bool:
    try:
        text = vault.open_text(value, row)
        return key is None or case_key(vault, Identity.of(orjson.loads(text)).key) == key
    except (UnsealError, CannotRead):
        return False


def _write_first(connection: Connection, vault: Vault, now: datetime) -> None:
    """All keys that this process has. The first one seals, the last one is the root, as before there was a table."""
    names = list(vault.fingerprints)
    connection.execute(
        insert(keys),
        [
            {
                "id": name,
                "fingerprint": vault.fingerprints[name],
                "root": 1 if name == names[-1] else None,
                "added_at": now,
                "seals_since": now - place * timedelta(microseconds=1),
            }
            for place, name in enumerate(names)
        ],
    )


def add(connection: Connection, name: str, fingerprint: str, now: datetime, *, root: bool) -> None:
    """Put a new key on record. It does nothing until all processes know it."""
    known = all_keys(connection)
    number = 1 + max(key.root or 0 for key in known) if root else None
    connection.execute(
        insert(keys), {"id": name, "fingerprint": fingerprint, "root": number, "added_at": now, "seals_since": None}
    )


def show(connection: Connection, vault: Vault, holder: str, role: str, now: datetime) -> None:
    """Note that a process lives and which of the record's keys it knows. The vault must follow the record already."""
    known = {key.id: key.fingerprint for key in all_keys(connection)}
    knows = " ".join(sorted(name for name, print_ in vault.fingerprints.items() if known.get(name) == print_))
    values = {"role": role, "knows": knows, "seen_at": now}
    if connection.execute(update(key_holders).where(key_holders.c.id == holder).values(**values)).rowcount == 0:
        connection.execute(insert(key_holders), {"id": holder, **values})


def forget(connection: Connection, holder: str) -> None:
    """A process that ends in an orderly way."""
    connection.execute(delete(key_holders).where(key_holders.c.id == holder))


def without(connection: Connection, name: str, now: datetime) -> list[str]:
    """The live processes that do not know a key, by role."""
    rows = connection.execute(
        select(key_holders.c.role, key_holders.c.knows).where(key_holders.c.seen_at > now - EXPIRES)
    )
    return [row.role for row in rows if name not in row.knows.split(" ")]


def promote(connection: Connection, vault: Vault, now: datetime) -> str | None:
    """Have the oldest added key seal, once every live process knows it; its id. The caller holds the roles alone."""
    connection.execute(delete(key_holders).where(key_holders.c.seen_at < now - 10 * EXPIRES))
    known = all_keys(connection)
    waiting = [key for key in known if key.seals_since is None and key.retired_at is None]
    for key in waiting:
        if vault.fingerprints.get(key.id) == key.fingerprint and not without(connection, key.id, now):
            newest = sealing(known).seals_since or now
            since = max(now, newest + timedelta(microseconds=1))
            connection.execute(update(keys).where(keys.c.id == key.id).values(seals_since=since))
            compare(vault, all_keys(connection))
            return key.id
    return None
