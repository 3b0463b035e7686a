"""The audit trail: append-only entries, one hash chain per case. Written in the same transaction as what it records.

An entry holds codes, staff ids, versions and digests, never the respondent's data. Each hash covers the entry and the
hash before it under a key that is not in the database, and the case row holds the chain's head, so an entry that was
changed, removed, inserted or cut off at the end is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, insert, select

from secondlook.cases.event_types.operators import REQUEUED
from secondlook.cases.refusal import INVALID
from secondlook.records.encryption import Vault
from secondlook.records.schema import audit, cases, inbox

GENESIS = b"\0" * 32
AS_FOUND: Final = "as_found"
_CHANGED: Final = "the entry was changed, or does not follow the one before it"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: ``kind`` (``received``, ``reviewed``, ``timer.window``, ...), who, and codes."""

    case_id: str
    at: datetime
    kind: str
    actor: str | None
    event_id: str | None
    content_digest: bytes | None
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a case's chain stands: number and hash of its newest entry."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """The first bad entry of a chain and what is wrong with it."""

    case_id: str
    seq: int
    problem: str


_INSERT = insert(audit)


def append(connection: Connection, vault: Vault, head: Head, entry: Entry) -> Head:
    """Append an entry; the caller holds the case's lock and writes the answered head into the case row."""
    detail = orjson.dumps(entry.detail, option=orjson.OPT_SORT_KEYS).decode()
    seq = head.seq + 1
    root = vault.root
    hashed = _hash(vault, head.hash, seq, entry, detail, root)
    connection.execute(
        _INSERT,
        {
            "case_id": entry.case_id,
            "seq": seq,
            "at": entry.at,
            "kind": entry.kind,
            "actor": entry.actor,
            "event_id": entry.event_id,
            "content_digest": entry.content_digest,
            "detail": detail,
            "hash": hashed,
            "root": root,
        },
    )
    return Head(seq, hashed)


def append_web_act(
    connection: Connection, vault: Vault, case_id: str, now: datetime, kind: str, actor: str, detail: dict[str, object]
) -> None:
    """Record an act in the web application that moves nothing, such as revealing an A-number."""
    row = connection.execute(
        select(cases.c.audit_seq, cases.c.audit_head).where(cases.c.id == case_id).with_for_update(key_share=True)
    ).one()
    entry = Entry(case_id, now, kind, actor, None, None, detail)
    head = append(connection, vault, Head(row.audit_seq, row.audit_head), entry)
    connection.execute(cases.update().where(cases.c.id == case_id).values(audit_seq=head.seq, audit_head=head.hash))


def written_by_others(connection: Connection, vault: Vault, case_id: str) -> dict[str, str]:
    """Entries of a case that say ``refused: invalid`` and were hashed under a key that is not the record's, as a
    worker of release 0.1 with another key wrote them: number to what their hash would be here.

    Who has such an event judged again writes them into the entry that says so (``AS_FOUND``). From then on they are
    held to it: changed later, they are found.
    """
    found: dict[str, str] = {}
    before = GENESIS
    for row in connection.execute(select(audit).where(audit.c.case_id == case_id).order_by(audit.c.seq)):
        entry = Entry(row.case_id, row.at, row.kind, row.actor, row.event_id, row.content_digest, {})
        hashed = _hash(vault, before, row.seq, entry, row.detail, row.root)
        if hashed != row.hash and _refused_as_invalid(row.detail):
            found[str(row.seq)] = hashed.hex()
        before = row.hash
    return found


def _refused_as_invalid(detail: str) -> bool:
    return bool(orjson.loads(detail).get("refused") == str(INVALID))


def verify(connection: Connection, vault: Vault) -> tuple[int, int, list[Break]]:
    """Check every chain; answers how many chains and entries were checked, and the first break of each bad chain.

    Beside the hashes it checks that each chain reaches its case's head, and that every judged event has exactly one
    entry for each time that it was judged, with the digest of the content in the inbox: one, and one more for each time
    that an operator or a release had it judged again.
    """
    heads = {
        row.id: Head(row.audit_seq, row.audit_head)
        for row in connection.execute(select(cases.c.id, cases.c.audit_seq, cases.c.audit_head))
    }
    events = _Events(connection)
    at: dict[str, Head] = {}
    broken: dict[str, Break] = {}
    others: dict[str, dict[int, str]] = {}
    entries = 0
    rows = connection.execute(select(audit).order_by(audit.c.case_id, audit.c.seq).execution_options(yield_per=5000))
    for row in rows:
        entries += 1
        head = at.get(row.case_id, Head(0, GENESIS))
        entry = Entry(row.case_id, row.at, row.kind, row.actor, row.event_id, row.content_digest, {})
        hashed = _hash(vault, head.hash, row.seq, entry, row.detail, row.root)
        if row.seq != head.seq + 1:
            problem = "an entry before this one is missing"
        elif row.hash != hashed and _refused_as_invalid(row.detail):
            problem = None
            others.setdefault(row.case_id, {})[row.seq] = hashed.hex()
            events.entered(row.case_id, row.event_id, row.content_digest)
        elif row.hash != hashed:
            problem = _CHANGED
        elif row.event_id is not None and not events.entered(row.case_id, row.event_id, row.content_digest):
            problem = "the event's content was changed, or the event was recorded twice"
        else:
            problem = None
        if problem:
            broken.setdefault(row.case_id, Break(row.case_id, row.seq, problem))
        elif row.kind == REQUEUED.short and row.case_id in others:
            found = orjson.loads(row.detail).get(AS_FOUND, {})
            mine = others[row.case_id]
            others[row.case_id] = {seq: each for seq, each in mine.items() if found.get(str(seq)) != each}
        at[row.case_id] = Head(row.seq, row.hash)
    for case_id, unproved in others.items():
        if unproved:
            broken.setdefault(case_id, Break(case_id, min(unproved), _CHANGED))
    for case_id, head in heads.items():
        if at.get(case_id, Head(0, GENESIS)) != head:
            broken.setdefault(case_id, Break(case_id, head.seq, "the newest entries are missing"))
    for case_id in events.without_entry():
        broken.setdefault(case_id, Break(case_id, 0, "a judged event has no entry"))
    return len(heads), entries, list(broken.values())


class _Events:
    """The entries that the inbox's events must have: each with its digest, one for each time that it was judged."""

    def __init__(self, connection: Connection) -> None:
        judged = select(inbox.c.case_id, inbox.c.event_id, inbox.c.digest).where(inbox.c.state != "pending")
        self._once = {(row.case_id, row.event_id): row.digest for row in connection.execute(judged)}
        self._again: dict[tuple[str, str], list[bytes]] = {}
        requeued = select(audit.c.case_id, audit.c.detail).where(audit.c.kind == REQUEUED.short)
        for row in connection.execute(requeued).all():
            key = (row.case_id, str(orjson.loads(row.detail)["event"]))
            if key not in self._again:
                mine = (inbox.c.case_id == row.case_id) & (inbox.c.event_id == key[1])
                event = connection.execute(select(inbox.c.digest, inbox.c.state).where(mine)).one_or_none()
                self._again[key] = [event.digest] if event is not None and event.state != "pending" else []
                self._once.pop(key, None)
                digest = event.digest if event is not None else b""
            else:
                digest = self._again[key][0] if self._again[key] else b""
            self._again[key].append(digest)

    def entered(self, case_id: str, event_id: str, digest: bytes | None) -> bool:
        """Take an entry of an event into account: whether it may have it, with this digest."""
        key = (case_id, event_id)
        again = self._again.get(key)
        if again is not None:
            return bool(again) and again.pop() == digest
        once: bytes | None = self._once.pop(key, None)
        return once == digest

    def without_entry(self) -> list[str]:
        """The cases of judged events that lack an entry."""
        return [case_id for case_id, _ in (*self._once, *(key for key, due in self._again.items() if due))]


def _hash(vault: Vault, before: bytes, seq: int, entry: Entry, detail: str, root: str | None) -> bytes:
    return vault.chain_hash(
        before,
        str(seq),
        entry.case_id,
        entry.at.isoformat(),
        entry.kind,
        entry.actor or "",
        entry.event_id or "",
        entry.content_digest or b"",
        detail,
        root=root,
    )
