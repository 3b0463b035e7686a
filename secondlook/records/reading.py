"""What pages show: lines of lists, one case with its history, the supervisors' list, an event's outcome. Called by the
web and by ``records.queue``, which says what stands on a page of the queue.

It reads only. Sealed columns are opened for the rows that are shown and for no others, and nothing here may filter or
sort by what is sealed. What cannot be read (damaged, under a key that is not here, of a newer release) is answered as
unreadable in its place, never raised: one such row must not take a page from everybody (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, bindparam, func, select

from secondlook import metrics
from secondlook.cases.event_type import Sender, event_types
from secondlook.cases.identity import Identity
from secondlook.cases.kept_facts import KeptFacts, kept_facts
from secondlook.cases.lifecycle import CaseState, stages
from secondlook.cases.readable import CannotRead
from secondlook.cases.stage import TimerKind
from secondlook.policy import Screening
from secondlook.records import failing
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.schema import UtcTime, audit, cases, inbox, screenings

OPEN_STAGES = tuple(stage for stage in stages() if not stage.final)
HISTORY_AT_ONCE = 200
"""Entries of its history that a case's page shows at once."""
_ACTS_READ = 10
_ACTS = tuple(each.short for each in event_types() if each.sender is Sender.PERSON and not each.carries_facts)
_SCREENING = TypeAdapter(Screening)
# The entry of a move says from which stage; nothing else of an entry's detail is called so.
_MOVED = (
    select(audit.c.case_id, func.max(audit.c.at, type_=UtcTime()).label("at"))
    .where(audit.c.case_id.in_(bindparam("cases", expanding=True)), audit.c.detail.contains('"from":', autoescape=True))
    .group_by(audit.c.case_id)
)


class Unreadable(StrEnum):
    """Why something on record cannot be shown here."""

    UNOPENED = "unopened"
    """Damaged, or sealed under a key that is not configured."""
    NEWER = "newer"
    """Opened, and not as this release writes it."""


class Sort(StrEnum):
    """Orders of the queue, each with the case id as tie-break."""

    URGENCY = "urgency"
    HEARING = "hearing"
    AGE = "age"
    DECIDED = "decided"
    """The last decided first: of what somebody has done alone."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of a list. ``identity`` is the received case without its facts. A stage or lane is text, because a
    newer release may have written one that is not known here.
    """

    case_id: str
    office: str
    stage: str
    lane: str | None
    hearing_date: str | None
    received_at: datetime
    escalated: bool
    late_facts: bool
    came_back: str | None
    """Why it is with the attorney again; a code."""
    since: datetime
    """When it came into its stage."""
    due: datetime | None
    """When it will be overdue; None where it is already, or where that is not known."""
    identity: Identity | Unreadable


@dataclass(frozen=True, slots=True)
class Count:
    """How many cases an office has in a stage and lane; both are text, as in ``QueueRow``."""

    office: str
    stage: str
    lane: str | None
    cases: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One audit entry, with the content of the event that it records where a person may read it."""

    seq: int
    at: datetime
    kind: str
    event_id: str | None
    actor: str | None
    detail: dict[str, object]
    content: dict[str, object] | Unreadable


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """All that one case's page shows."""

    case_id: str
    office: str
    stage: str
    state: CaseState | Unreadable
    identity: Identity | Unreadable
    facts: KeptFacts | Unreadable
    screening: Screening | Unreadable | None
    received_at: datetime
    newest: int
    """The number of the newest entry on its chain."""
    history: tuple[HistoryEntry, ...]
    acts: tuple[HistoryEntry, ...]
    """The newest applied acts of people, corrections of facts aside, wherever in the history they stand."""
    waiting: tuple[str, ...]
    """The types of its events that are recorded and not yet judged."""
    failing: str | None
    """The code under which it is noted as failing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event: ``pending``, ``applied`` or ``refused`` with a reason code."""

    state: str
    reason: str | None


def outcome_of(connection: Connection, case_id: str, event_id: str) -> Outcome:
    """The outcome of an event that the inbox has accepted."""
    row = connection.execute(
        select(inbox.c.state, inbox.c.reason).where(inbox.c.case_id == case_id, inbox.c.event_id == event_id)
    ).one()
    return Outcome(row.state, row.reason)


def office_of(connection: Connection, case_id: str) -> str | None:
    """The office that a case belongs to, or None where the case is not known."""
    return connection.execute(select(cases.c.office).where(cases.c.id == case_id)).scalar()


def counts(connection: Connection, offices: Sequence[str] | None) -> list[Count]:
    """Cases by office, stage and lane; ``offices`` None counts all of them."""
    query = select(cases.c.office, cases.c.stage, cases.c.lane, func.count()).group_by(
        cases.c.office, cases.c.stage, cases.c.lane
    )
    if offices is not None:
        query = query.where(cases.c.office.in_(offices))
    return [Count(office, stage, lane, number) for office, stage, lane, number in connection.execute(query)]


def queue_rows(connection: Connection, vault: Vault, case_ids: Sequence[str]) -> list[QueueRow]:
    """Lines for these cases, in the order given. Raises KeyError for an id that is not known."""
    if not case_ids:
        return []
    found = {row.id: row for row in connection.execute(select(cases).where(cases.c.id.in_(case_ids)))}
    moved = {row.case_id: row.at for row in connection.execute(_MOVED, {"cases": list(case_ids)})}
    return [_row(vault, found[case_id], moved.get(case_id)) for case_id in case_ids]


def for_supervisors(connection: Connection, vault: Vault, offices: Sequence[str] | None, limit: int) -> list[QueueRow]:
    """Open cases that are overdue, and ended ones that got facts afterwards; the most urgent first."""
    found: dict[str, int] = {}
    for listed in (cases.c.escalated, cases.c.late_facts):
        query = select(cases.c.id, cases.c.urgency).where(listed.is_(True))
        if offices is not None:
            query = query.where(cases.c.office.in_(offices))
        for row in connection.execute(query.order_by(cases.c.urgency, cases.c.id).limit(limit)):
            found[row.id] = row.urgency
    return queue_rows(connection, vault, sorted(found, key=lambda case_id: (found[case_id], case_id))[:limit])


def read_case(connection: Connection, vault: Vault, case_id: str, before: int | None = None) -> CaseRecord | None:
    """A case with its newest screening and its history, newest first, from before an entry's number where one is
    given; None where the case is not known.
    """
    row = connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
    if row is None:
        return None
    screening = connection.execute(
        select(screenings.c.version, screenings.c.result)
        .where(screenings.c.case_id == case_id)
        .order_by(screenings.c.version.desc())
        .limit(1)
    ).one_or_none()
    waiting = connection.execute(
        select(inbox.c.type).where(inbox.c.case_id == case_id, inbox.c.state == "pending").order_by(inbox.c.seq)
    ).scalars()
    noted = failing.of(connection, [case_id]).get(case_id)
    return CaseRecord(
        case_id=case_id,
        office=row.office,
        stage=row.stage,
        state=_state(row.state),
        identity=_identity(vault, row),
        facts=_facts(vault, row),
        screening=screening_in(vault, case_id, screening),
        received_at=row.received_at,
        newest=row.audit_seq,
        history=tuple(_history(connection, vault, case_id, HISTORY_AT_ONCE, before=before)),
        acts=tuple(_history(connection, vault, case_id, _ACTS_READ, acts=True)),
        waiting=tuple(waiting),
        failing=noted.code if noted else None,
    )


def _history(
    connection: Connection, vault: Vault, case_id: str, limit: int, *, before: int | None = None, acts: bool = False
) -> Iterator[HistoryEntry]:
    same_event = (inbox.c.case_id == audit.c.case_id) & (inbox.c.event_id == audit.c.event_id)
    query = (
        select(audit.c.seq, audit.c.at, audit.c.kind, audit.c.actor, audit.c.detail, audit.c.event_id, inbox.c.content)
        .select_from(audit.outerjoin(inbox, same_event))
        .where(audit.c.case_id == case_id)
        .order_by(audit.c.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(audit.c.seq < before)
    if acts:
        query = query.where(audit.c.kind.in_(_ACTS), audit.c.detail.not_like('%"refused"%'))
    for row in connection.execute(query):
        content = _opened(vault, row.content, f"inbox/{case_id}/{row.event_id}")
        yield HistoryEntry(row.seq, row.at, row.kind, row.event_id, row.actor, orjson.loads(row.detail), content)


def _row(vault: Vault, row: Row[Any], moved: datetime | None) -> QueueRow:
    state = _state(row.state)
    known = None if isinstance(state, Unreadable) else state
    return QueueRow(
        case_id=row.id,
        office=row.office,
        stage=row.stage,
        lane=row.lane,
        hearing_date=row.hearing_date,
        received_at=row.received_at,
        escalated=row.escalated,
        late_facts=row.late_facts,
        came_back=known.came_back if known else None,
        since=moved or row.received_at,
        due=known.timers.get(TimerKind.OVERDUE) if known else None,
        identity=_identity(vault, row),
    )


def _opened(vault: Vault, sealed: bytes | None, row: str) -> dict[str, object] | Unreadable:
    if sealed is None:
        return {}
    try:
        value = vault.open(sealed, row)
    except UnsealError:
        return _met(Unreadable.UNOPENED)
    return value if isinstance(value, dict) else _met(Unreadable.NEWER)


def _identity(vault: Vault, row: Row[Any]) -> Identity | Unreadable:
    opened = _opened(vault, row.identity, f"cases.identity/{row.id}")
    if isinstance(opened, Unreadable):
        return opened
    try:
        return Identity.of(opened)
    except CannotRead:
        return _met(Unreadable.NEWER)


def _facts(vault: Vault, row: Row[Any]) -> KeptFacts | Unreadable:
    opened = _opened(vault, row.facts, f"cases.facts/{row.id}")
    return opened if isinstance(opened, Unreadable) else kept_facts(opened)


def _state(written: str) -> CaseState | Unreadable:
    try:
        state = CaseState.read(written)
        return state if state.at else _met(Unreadable.NEWER)
    except CannotRead:
        return _met(Unreadable.NEWER)


def screening_in(vault: Vault, case_id: str, row: Row[*tuple[Any, ...]] | None) -> Screening | Unreadable | None:
    """A kept screening, opened; None where there is none."""
    if row is None:
        return None
    opened = _opened(vault, row.result, f"screenings/{case_id}/{row.version}")
    if isinstance(opened, Unreadable):
        return opened
    try:
        return _SCREENING.validate_python(opened)
    except ValidationError:
        return _met(Unreadable.NEWER)


def _met(why: Unreadable) -> Unreadable:
    metrics.unreadable.labels(why.value).inc()
    return why
