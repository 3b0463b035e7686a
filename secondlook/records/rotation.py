"""The operator's acts on a record's keys: what they are, add one, retire one. Called by ``secondlook keys``.

Each is one transaction that holds the keys' roles alone. A key file is written inside it: a key that the record knows
is never missing from the file, and one that the record does not know does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, update

from secondlook.records import keys, resealing
from secondlook.records.encryption import Vault, new_key, read_keys, write_key_file
from secondlook.records.keys import Key, all_keys, hold, sealing
from secondlook.records.schema import keys as keys_table


class NotPossible(Exception):
    """The key cannot be added or retired; the message says why and what to do."""


class StillSealed(NotPossible):
    """Something is sealed under a key that is to be retired."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as an operator sees it. ``sealed`` values are under it; ``unknown_to`` are processes, by role."""

    key: Key
    does: str
    sealed: int
    unknown_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A new key. ``put`` is what goes in front of the list of keys, where the list is not ours to edit."""

    id: str
    put: str | None


def listed(connection: Connection, now: datetime) -> list[Listed]:
    """All keys of the record, the oldest first."""
    known = all_keys(connection)
    counts = resealing.sealed_under(connection, [key.id for key in known]) if known else {}
    return [
        Listed(key, _does(key, known), counts[key.id], () if key.retired_at else _unknown_to(connection, key, now))
        for key in known
    ]


def add(
    connection: Connection, vault: Vault, key_file: Path | None, now: datetime, name: str | None, *, root: bool
) -> Added:
    """Put a key on record: the one of that name among this process's own, else a new one. Raises NotPossible."""
    hold(connection, alone=True)
    known = all_keys(connection)
    taken = {key.id for key in known} | set(vault.fingerprints)
    if name is not None and name in {key.id for key in known}:
        raise NotPossible(f"the record has a key {name!r} already: give the new one another name")
    put: str | None = None
    if name is None or name not in vault.fingerprints:
        name = name or next(f"k{number}" for number in range(1, len(taken) + 2) if f"k{number}" not in taken)
        put = new_key(name)
        vault.learn(read_keys(put))
    keys.add(connection, name, vault.fingerprints[name], now, root=root)
    if key_file is not None and put is not None:
        write_key_file(key_file, f"{put},{key_file.read_text().strip()}")
        keys.promote(connection, vault, now)
        put = None
    return Added(name, put)


def check_retirable(connection: Connection, name: str, now: datetime) -> None:
    """Whether a key can be retired. Raises NotPossible. Reads all that is sealed: before, not in, ``retire``.

    What it finds stays so: a key that does not seal never seals again.
    """
    known = all_keys(connection)
    key = _in_use(known, name)
    if key.seals_since is None:
        return
    if name == sealing(known).id:
        raise NotPossible(f"{name!r} is the key that seals: `secondlook keys add` another first")
    if resealing.lagging(connection, now):
        raise NotPossible("a process may not have noticed yet that another key seals: try again in a minute")
    under = resealing.sealed_under(connection, [name])[name]
    if under:
        raise StillSealed(
            f"{under} values are still sealed under {name!r}: workers seal them again in the background; see how far "
            "they are with `secondlook keys list` and try again"
        )
    if key.root is not None:
        raise NotPossible(
            f"nothing is sealed under {name!r} any more, but it is a root: senders' events and audit entries are "
            "found and checked under it, so it stays in the list for good"
        )


def retire(connection: Connection, key_file: Path | None, now: datetime, name: str) -> None:
    """Take a key out of use that was found retirable. Raises NotPossible where it was retired meanwhile."""
    hold(connection, alone=True)
    if _in_use(all_keys(connection), name).seals_since is None:
        connection.execute(delete(keys_table).where(keys_table.c.id == name))
    else:
        connection.execute(update(keys_table).where(keys_table.c.id == name).values(retired_at=now))
    if key_file is not None:
        _take_out(key_file, name)


def _in_use(known: list[Key], name: str) -> Key:
    for key in known:
        if key.id == name and key.retired_at is None:
            return key
    raise NotPossible(f"the record has no key {name!r} in use: see `secondlook keys list`")


def _does(key: Key, known: list[Key]) -> str:
    if key.retired_at:
        return "retired"
    if key.seals_since is None:
        return "added"
    return "seals" if key.id == sealing(known).id else "opens"


def _unknown_to(connection: Connection, key: Key, now: datetime) -> tuple[str, ...]:
    return tuple(keys.without(connection, key.id, now))


def _take_out(key_file: Path, name: str) -> None:
    """Out of the list, and into a file beside it: copies of the database from before are of no use without the key."""
    parts = [part.strip() for part in key_file.read_text().strip().split(",")]
    gone = [part for part in parts if part.partition(":")[0] == name]
    left = [part for part in parts if part not in gone]
    if not gone:
        return
    kept = key_file.with_name(f"{key_file.name}.retired")
    before = kept.read_text().strip().split(",") if kept.exists() else []
    write_key_file(kept, ",".join([*gone, *before]))
    write_key_file(key_file, ",".join(left))
