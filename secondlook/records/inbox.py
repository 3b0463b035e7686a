"""The inbox: every accepted event, written once. Called by the doors (``intake``) and the web application.

An event is identified for ever by its sender's ``source`` and ``id``, which never leave the database; everything else
sees the random id minted here. The insert resolves or creates the case in the same transaction, and asks for the case
to be rung. It never judges.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, insert, select, update

from secondlook.cases.content import actor_in
from secondlook.cases.event_types.reviewed import REVIEWED
from secondlook.cases.events import Acceptance, IncomingEvent, Unavailable
from secondlook.cases.identity import CaseKey
from secondlook.records.case_row import insert_rows, new_rows
from secondlook.records.encryption import Vault
from secondlook.records.keys import settle
from secondlook.records.lookups import a_number_key, case_key, sender_key
from secondlook.records.schema import cases, inbox
from secondlook.records.store import level
from secondlook.records.work import claims

AnyRow = Row[*tuple[Any, ...]]


def accept(connection: Connection, vault: Vault, events: Sequence[IncomingEvent], now: datetime) -> list[Acceptance]:
    """Write new events and the cases that they open; answers one Acceptance an event, in order.

    A constraint that breaks (two doors took the same event at once) is raised: the caller runs the unit again and then
    sees what the other door wrote. Raises Unavailable for what an older release beside this one would choke on.
    """
    needs = max((event.level for event in events), default=1)
    if needs > 1 and level(connection) < needs:
        raise Unavailable
    batch = _Batch(connection, vault, events, now)
    answers = [batch.take(event) for event in events]
    batch.write()
    return answers


_SEEN = select(inbox.c.sender_key, inbox.c.digest, inbox.c.event_id, inbox.c.case_id, inbox.c.root).where(
    inbox.c.sender_key.in_(bindparam("keys", expanding=True))
)
_KNOWN = select(cases.c.key, cases.c.id).where(cases.c.key.in_(bindparam("keys", expanding=True)))
_NAMED = select(cases.c.id).where(cases.c.id.in_(bindparam("keys", expanding=True)))
_RING = (
    update(cases)
    .where(cases.c.id.in_(bindparam("keys", expanding=True)))
    .values(
        ring_class=case((cases.c.ring_class < bindparam("wanted"), cases.c.ring_class), else_=bindparam("wanted")),
        ring_at=bindparam("now"),
    )
)


def _found(connection: Connection, statement: Select[*tuple[Any, ...]], keys: Sequence[object]) -> Iterable[AnyRow]:
    return connection.execute(statement, {"keys": keys}) if keys else ()


@dataclass(frozen=True, slots=True)
class _Seen:
    root: str | None
    digest: bytes
    event_id: str
    case_id: str


class _Batch:
    """One transaction's view: what was there before, and what this batch adds to it."""

    def __init__(self, connection: Connection, vault: Vault, events: Sequence[IncomingEvent], now: datetime) -> None:
        self._connection, self._vault, self._now = connection, vault, now
        settle(connection, vault)
        self._root = vault.root
        senders = {
            sender_key(vault, event.source, event.id, root): (event.source, event.id)
            for root in vault.roots
            for event in events
        }
        keyed = {event.case for event in events if isinstance(event.case, CaseKey)}
        cases_by_key = {case_key(vault, key, root): key for root in vault.roots for key in keyed}
        self._seen = {
            senders[row.sender_key]: _Seen(row.root, row.digest, row.event_id, row.case_id)
            for row in connection.execute(_SEEN, {"keys": list(senders)})
        }
        self._known = {cases_by_key[row.key]: row.id for row in _found(connection, _KNOWN, list(cases_by_key))}
        named = [event.case for event in events if isinstance(event.case, str)]
        self._ids = {row.id for row in _found(connection, _NAMED, named)}
        reviewed = {each.case for each in events if each.type is REVIEWED and isinstance(each.case, str)}
        self._claimed = claims.against(connection, reviewed, now) if reviewed else {}
        self._new_cases: list[dict[str, object]] = []
        self._found_by: list[dict[str, object]] = []
        self._new_events: list[dict[str, object]] = []
        self._rings: dict[int, list[str]] = {}
        self._created: set[str] = set()

    def take(self, event: IncomingEvent) -> Acceptance:
        seen = self._seen.get((event.source, event.id))
        if seen is not None:
            same = seen.digest == self._vault.lookup_hash("content", event.content, root=seen.root)
            return Acceptance("duplicate" if same else "conflict", seen.event_id, seen.case_id)
        case_id = self._case_of(event)
        if case_id is None:
            return Acceptance("unknown_case", None, None)
        if event.type is REVIEWED and self._claimed.get(case_id, "") not in ("", actor_in(event.data).subject):
            return Acceptance("claimed", None, case_id)
        event_id = f"e_{secrets.token_hex(12)}"
        digest = self._vault.lookup_hash("content", event.content, root=self._root)
        self._seen[event.source, event.id] = _Seen(self._root, digest, event_id, case_id)
        self._new_events.append(
            {
                "event_id": event_id,
                "case_id": case_id,
                "sender_key": sender_key(self._vault, event.source, event.id, self._root),
                "digest": digest,
                "type": event.type.name,
                "root": self._root,
                "content": self._vault.seal(event.data, f"inbox/{case_id}/{event_id}"),
                "received_at": self._now,
                "state": "pending",
            }
        )
        if case_id not in self._created:
            self._rings.setdefault(event.type.urgency, []).append(case_id)
        return Acceptance("accepted", event_id, case_id)

    def _case_of(self, event: IncomingEvent) -> str | None:
        if isinstance(event.case, str):
            return event.case if event.case in self._ids else None
        known = self._known.get(event.case)
        if known is not None or not event.type.opens_case:
            return known
        case_id = f"c_{secrets.token_hex(10)}"
        self._known[event.case] = case_id
        self._ids.add(case_id)
        self._created.add(case_id)
        key = case_key(self._vault, event.case, self._root)
        by_person = a_number_key(self._vault, event.case.a_number, self._root)
        row, found_by = new_rows(self._vault, case_id, key, by_person, event.data, self._now)
        self._new_cases.append(row)
        self._found_by += found_by
        return case_id

    def write(self) -> None:
        if self._new_cases:
            insert_rows(self._connection, self._new_cases, self._found_by)
        if self._new_events:
            self._connection.execute(insert(inbox), self._new_events)
        for wanted, case_ids in self._rings.items():
            self._connection.execute(_RING, {"keys": case_ids, "wanted": wanted, "now": self._now})
