"""The audit trail: append-only entries, one hash chain per case. Written in the same transaction as what it records.

An entry holds codes, staff ids, versions and digests, never the respondent's data. Each hash covers the entry and the
hash before it under a key that is not in the database. An entry of a judgement also covers what it leaves behind, so
``records.verifying`` can tell whether the record says what the entries say. An end that was cut off together with all
that it left is found by a checkpoint alone (``records.checkpoints``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, insert, select

from secondlook.cases.refusal import INVALID
from secondlook.records.encryption import Vault
from secondlook.records.schema import audit, cases

GENESIS = b"\0" * 32
AS_FOUND: Final = "as_found"
NOTED: Final = "as-found"
"""The kind of the entry by which a case of an older release was bound (``records.as_found``)."""
AFTER: Final = "after"
"""The part of an entry's detail that covers what it leaves behind."""


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


_INSERT = insert(audit)


def append(
    connection: Connection, vault: Vault, head: Head, entry: Entry, leaves: Mapping[str, object] | None = None
) -> Head:
    """Append an entry; the caller holds the case's lock and writes the answered head into the case row.

    ``leaves`` are the digests of what stands after it (``records.after``); an entry that moves nothing has none.
    """
    said = entry.detail if leaves is None else {**entry.detail, AFTER: leaves}
    detail = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    seq = head.seq + 1
    root = vault.root
    hashed = hash_of(vault, head.hash, seq, entry, detail, root)
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
        hashed = hash_of(vault, before, row.seq, entry, row.detail, row.root)
        if hashed != row.hash and by_others(orjson.loads(row.detail)):
            found[str(row.seq)] = hashed.hex()
        before = row.hash
    return found


def by_others(detail: Mapping[str, object]) -> bool:
    """Whether it may have been another key's worker that wrote an entry which does not fit the chain."""
    return detail.get("refused") == str(INVALID) and AFTER not in detail


def hash_of(vault: Vault, before: bytes, seq: int, entry: Entry, detail: str, root: str | None) -> bytes:
    """The hash of an entry, whose ``detail`` is given as it is written, at its place in the chain."""
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
