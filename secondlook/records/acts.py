"""What people did with the record as a whole, not with one case: exports of the trail, verifications asked for.

A chain of its own beside the cases' chains, with the same keyed hash; ``records.verifying`` tells it too. Called by the
web's audit page and by commands of operators. It holds codes, staff ids and counts, never what a case holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, insert, select, text

from secondlook.records.audit import GENESIS, Entry, hash_of
from secondlook.records.encryption import Vault
from secondlook.records.schema import acts

EXPORTED: Final = "trail.exported"
SESSIONS_ENDED: Final = "sessions.ended"
VERIFYING: Final = "verification.asked"
VERIFIED: Final = "verification.ended"
VERIFY_FAILED: Final = "verification.failed"

# One statement, the same on both databases: whoever is second waits, also for the very first.
_LOCK: Final = text(
    "INSERT INTO store (name, value) VALUES ('acts', '') ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


@dataclass(frozen=True, slots=True)
class Act:
    """One of them."""

    seq: int
    at: datetime
    kind: str
    actor: str
    detail: dict[str, object]


def lock(connection: Connection) -> None:
    """From here to the end of the transaction nobody else appends an act."""
    connection.execute(_LOCK)


def note(
    connection: Connection, vault: Vault, kind: str, actor: str, detail: Mapping[str, object], now: datetime
) -> None:
    """Append an act."""
    lock(connection)
    head = connection.execute(select(acts.c.seq, acts.c.hash).order_by(acts.c.seq.desc()).limit(1)).one_or_none()
    seq, before = (head.seq + 1, head.hash) if head else (1, GENESIS)
    written = orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode()
    hashed = _hash(vault, before, seq, now, kind, actor, written, vault.root)
    row = {"seq": seq, "at": now, "kind": kind, "actor": actor, "detail": written, "hash": hashed, "root": vault.root}
    connection.execute(insert(acts), row)


def newest(connection: Connection, limit: int, *kinds: str) -> list[Act]:
    """The newest ones of these kinds, or of any."""
    query = select(acts).order_by(acts.c.seq.desc()).limit(limit)
    rows = connection.execute(query.where(acts.c.kind.in_(kinds)) if kinds else query)
    return [Act(row.seq, row.at, row.kind, row.actor, orjson.loads(row.detail)) for row in rows]


def broken(connection: Connection, vault: Vault) -> Iterator[tuple[int, str]]:
    """The first entry that does not follow from the ones before it: its number, and what is wrong."""
    before, expected = GENESIS, 1
    for row in connection.execute(select(acts).order_by(acts.c.seq)):
        if row.seq != expected:
            yield expected, "an act on the whole record is missing"
            return
        try:
            hashed = _hash(vault, before, row.seq, row.at, row.kind, row.actor, row.detail, row.root)
        except KeyError:  # It names a root that is none.
            hashed = b""
        if hashed != row.hash:
            yield row.seq, "an act on the whole record was changed"
            return
        before, expected = row.hash, row.seq + 1


def _hash(
    vault: Vault, before: bytes, seq: int, at: datetime, kind: str, actor: str, detail: str, root: str | None
) -> bytes:
    return hash_of(vault, before, seq, Entry("", at, kind, actor, None, None, {}), detail, root)
