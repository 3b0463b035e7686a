"""What operators do with events that wait for nothing better: set one aside, have one judged again. On record, audited.

Called by ``secondlook events`` and, once for each record, by the repair of what release 0.1 refused as invalid although
the fault was its own. Neither moves a case; both are acts with an entry of their own beside the event's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from secondlook.cases.event_type import EventType, Urgency, event_type, short_of
from secondlook.cases.event_types.operators import REQUEUED, SET_ASIDE, OperatorAct
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import INVALID
from secondlook.cases.refusal import SET_ASIDE as AS_SET_ASIDE
from secondlook.records import after, audit, case_row, failing
from secondlook.records.case_row import LockedCase, opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import inbox
from secondlook.records.store import recall, remember

RELEASE = "secondlook"
"""Who acts where the repair of an older release's mistake does."""
_REPAIRED = "repaired_to"
_AT_ONCE = 200


class NoSuchEvent(Exception):
    """No event of this id is on record, or it is not in the state that the act needs; ``problem`` says which."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)


def set_aside(connection: Connection, vault: Vault, event_id: str, by: str, reason: str, now: datetime) -> str:
    """End an event that no release will read: ``refused``, reason ``set_aside``. Answers its case. Raises
    NoSuchEvent.
    """
    event = _event(connection, event_id)
    if event.state != "pending":
        raise NoSuchEvent(f"the event {event_id} was judged already: {event.state}")
    case = _locked(connection, event.case_id)
    act = _act(connection, vault, case, SET_ASIDE, event_id, by, reason, now)
    case.judged += 1
    connection.execute(
        update(inbox)
        .where(inbox.c.seq == event.seq, inbox.c.state == "pending")
        .values(
            state="refused",
            reason=str(AS_SET_ASIDE),
            judged_order=case.judged,
            judged_at=now,
            version=case.state.version,
        )
    )
    detail: dict[str, object] = {
        "version": case.state.version,
        "stage": case.state.stage,
        "refused": str(AS_SET_ASIDE),
        "by": act,
    }
    case.note(
        connection,
        vault,
        audit.Entry(case.id, now, short_of(event.type), None, event_id, event.digest, detail),
        event=after.event(vault, event._mapping, vault.root),
    )
    failing.clear(connection, case.id)
    case.write(connection, {"ring_class": Urgency.NEWS, "ring_at": now})
    return case.id


def requeue(connection: Connection, vault: Vault, event_id: str, by: str, reason: str, now: datetime) -> str:
    """Have an event judged again that was refused as ``invalid``. Answers its case. Raises NoSuchEvent, CannotRead."""
    event = _event(connection, event_id)
    if event.state != "refused" or event.reason != INVALID:
        raise NoSuchEvent(f"the event {event_id} was not refused as invalid: {event.reason or event.state}")
    _requeue(connection, vault, event, by, reason, now)
    return str(event.case_id)


def refused_as_invalid(connection: Connection, after: int, limit: int) -> list[int]:
    """The places in the inbox of events that were refused as ``invalid``, onward from one."""
    query = (
        select(inbox.c.seq)
        .where(inbox.c.state == "refused", inbox.c.reason == str(INVALID), inbox.c.seq > after)
        .order_by(inbox.c.seq)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Again:
    """One step of judging again: how many were requeued and how many cannot be opened or read; ``last`` is where the
    next step begins, None where nothing is left."""

    requeued: int
    left: int
    last: int | None


def requeue_some(connection: Connection, vault: Vault, after: int, by: str, reason: str, now: datetime) -> Again:
    """Have the next events that were refused as ``invalid`` judged again; what does not open or parse is left.

    Raises CannotRead where the key is not here: then nothing can be said of what is on record.
    """
    places = refused_as_invalid(connection, after, _AT_ONCE)
    requeued = 0
    for place in places:
        event = connection.execute(select(inbox).where(inbox.c.seq == place)).one()
        try:
            _requeue(connection, vault, event, by, reason, now)
        except CannotRead as problem:
            if problem.code == "unknown_key":
                raise
            continue
        requeued += 1
    return Again(requeued, len(places) - requeued, places[-1] if len(places) == _AT_ONCE else None)


def repair_some(connection: Connection, vault: Vault, now: datetime) -> Again:
    """One step of repairing a record of release 0.1: it wrote its own faults down as the senders'. Once, resumable."""
    place = recall(connection, _REPAIRED)
    if place == "done":
        return Again(0, 0, None)
    reason = "Release 0.1 refused what it could not judge."
    step = requeue_some(connection, vault, int(place or 0), RELEASE, reason, now)
    remember(connection, _REPAIRED, "done" if step.last is None else str(step.last))
    return step


def _requeue(connection: Connection, vault: Vault, event: Row[Any], by: str, reason: str, now: datetime) -> None:
    case = _locked(connection, event.case_id)
    kind = event_type(event.type)
    if kind is None or event.content is None:
        raise CannotRead("unknown_type")
    kind.opened(event.event_id, opened(vault, event.content, f"inbox/{case.id}/{event.event_id}"))
    found = audit.written_by_others(connection, vault, case.id)
    _act(connection, vault, case, REQUEUED, event.event_id, by, reason, now, {audit.AS_FOUND: found} if found else {})
    connection.execute(
        update(inbox)
        .where(inbox.c.seq == event.seq)
        .values(state="pending", reason=None, judged_order=None, judged_at=None, version=None)
    )
    case.write(connection, {"ring_class": kind.urgency, "ring_at": now})


def _act(
    connection: Connection,
    vault: Vault,
    case: LockedCase,
    kind: EventType[OperatorAct],
    event_id: str,
    by: str,
    reason: str,
    now: datetime,
    more: dict[str, object] | None = None,
) -> str:
    """The operator's act as an event of its own, applied as it is written; answers its id."""
    act_id = f"e_{secrets.token_hex(12)}"
    digest = vault.lookup_hash("content", act_id)
    case.judged += 1
    act = {
        "event_id": act_id,
        "sender_key": None,
        "digest": digest,
        "type": kind.name,
        "root": None,
        "received_at": now,
    }
    connection.execute(
        insert(inbox),
        {
            **act,
            "case_id": case.id,
            "content": vault.seal({"event": event_id, "reason": reason}, f"inbox/{case.id}/{act_id}"),
            "state": "applied",
            "judged_order": case.judged,
            "judged_at": now,
            "version": case.state.version,
        },
    )
    detail: dict[str, object] = {
        "version": case.state.version,
        "stage": case.state.stage,
        "event": event_id,
        **(more or {}),
    }
    case.note(
        connection,
        vault,
        audit.Entry(case.id, now, kind.short, by, act_id, digest, detail),
        event=after.event(vault, act, vault.root),
    )
    return act_id


def _event(connection: Connection, event_id: str) -> Row[Any]:
    event = connection.execute(
        select(inbox).where(inbox.c.event_id == event_id, inbox.c.content.is_not(None))
    ).one_or_none()
    if event is None:
        raise NoSuchEvent(f"no event {event_id} is on record")
    return event


def _locked(connection: Connection, case_id: str) -> LockedCase:
    case = case_row.lock(connection, case_id)
    if case is None:
        raise NoSuchEvent(f"no case {case_id} is on record")
    return case
