"""The judging transaction: a case's next events and due timers, through screening and the lifecycle, onto the record.

Called by the activities ``screen`` and ``apply`` and by nothing else. Each call locks the case, judges what is next in
order, and writes outcome, case, audit entry and screening together; called again after a lost answer it finds the
outcomes and answers the same head. It raises coded errors only, and it never decides: what moves a case past attorney
review is an event that a person sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from secondlook.cases import lifecycle
from secondlook.cases.events import EventType
from secondlook.cases.lifecycle import (
    CaseState,
    FactsScreened,
    Judgement,
    Refusal,
    Stage,
    TimerDue,
    TimerKind,
)
from secondlook.cases.offices import Offices
from secondlook.policy import RuleSet, Screening, screen
from secondlook.records import audit, source_asks
from secondlook.records.asked import actor_of, asked
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.inbox import calendar_of, identity_of
from secondlook.records.rings import LONGEST_LEASE
from secondlook.records.schema import cases, dispositions, inbox, screenings
from secondlook.records.source_asks import Ask
from secondlook.records.store import epoch as current_epoch
from secondlook.sources.configured import Source

AnyRow = Row[*tuple[Any, ...]]

_AT_ONCE = 25
_FACTS = frozenset({EventType.CASE_RECEIVED.value, EventType.FACTS_UPDATED.value})

# Statements are built once: building one with a dozen columns costs more than running it.
_CASE = (
    select(cases.c.id, cases.c.state, cases.c.facts, cases.c.judged, cases.c.audit_seq, cases.c.audit_head)
    .where(cases.c.id == bindparam("case"))
    .with_for_update(key_share=True)
)
_PENDING = (
    select(inbox.c.seq, inbox.c.event_id, inbox.c.type, inbox.c.content, inbox.c.digest, inbox.c.received_at)
    .where(inbox.c.case_id == bindparam("case"), inbox.c.state == "pending")
    .order_by(inbox.c.seq)
    .limit(_AT_ONCE + 1)
)
_OUTCOME = update(inbox).where(inbox.c.seq == bindparam("judged_seq"))
_JUDGED_CASE = update(cases).where(cases.c.id == bindparam("case"))
_TIMER = insert(inbox)
_SCREENING = insert(screenings)
_DISPOSITION = insert(dispositions)


class Step(StrEnum):
    """What a case's run does next."""

    SCREEN = "screen"
    APPLY = "apply"
    ASK = "ask"
    WAIT = "wait"
    END = "end"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a case stands on the record, and what its run does next. Codes and times only.

    ``outcomes`` and ``lanes`` tell what this call judged; a case that the database does not know ends its run. ``ask``
    names the outside sources that are to be asked, whatever the step is.
    """

    stage: Stage
    version: int
    round: int
    office: str
    ruleset: str
    disposition: str | None
    next_actor: str
    wake_at: datetime | None
    step: Step
    outcomes: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    ask: tuple[Ask, ...] = ()

    @classmethod
    def of(
        cls,
        state: CaseState,
        step: Step,
        outcomes: Sequence[str] = (),
        lanes: Sequence[str] = (),
        ask: Sequence[Ask] = (),
    ) -> Head:
        """The head of a case in this state."""
        return cls(
            stage=state.stage,
            version=state.version,
            round=state.round,
            office=state.office,
            ruleset=state.ruleset or "",
            disposition=state.disposition,
            next_actor=state.next_actor.value,
            wake_at=state.wake_at,
            step=step,
            outcomes=tuple(outcomes),
            lanes=tuple(lanes),
            ask=tuple(ask),
        )


@dataclass(slots=True)
class _Turn:
    """One call's working copy of the case."""

    case_id: str
    state: CaseState
    facts: dict[str, object]
    chain: audit.Head
    judged: int
    outcomes: list[str] = field(default_factory=list)
    lanes: list[str] = field(default_factory=list)
    sealed_facts: bytes | None = None
    moved_identity: dict[str, object] | None = None


class Bench:
    """Judges cases: the pure rules, with the record around them.

    ``as_of`` fixes the date that screenings are made for (a historical docket); without it a screening is as of the day
    on which its newest facts were received. ``sources`` are asked before a case's first screening.
    """

    def __init__(
        self,
        vault: Vault,
        offices: Offices,
        ruleset_for: Callable[[date], RuleSet],
        as_of: date | None = None,
        sources: Sequence[Source] = (),
    ) -> None:
        self._vault, self._offices, self._ruleset_for, self._as_of = vault, offices, ruleset_for, as_of
        self._sources = sources

    def screen(self, connection: Connection, case_id: str, epoch: int, now: datetime) -> Head:
        """Judge the facts events that are next in order; answers the head."""
        return self._judge(connection, case_id, epoch, now, facts=True)

    def apply(self, connection: Connection, case_id: str, epoch: int, now: datetime) -> Head:
        """Judge people's events and due timers that are next in order; answers the head."""
        return self._judge(connection, case_id, epoch, now, facts=False)

    def source_unavailable(
        self, connection: Connection, case_id: str, epoch: int, source: str, number: int, now: datetime
    ) -> None:
        """Note that an outside source stayed silent; one that is not configured any more is asked no more anyway."""
        for each in self._sources:
            if each.name == source:
                source_asks.unavailable(connection, self._vault, case_id, epoch, each, number, now)

    def _judge(self, connection: Connection, case_id: str, epoch: int, now: datetime, *, facts: bool) -> Head:
        row = connection.execute(_CASE, {"case": case_id}).one_or_none()
        if row is None:
            return Head.of(CaseState(office=""), Step.END, ["no_such_case"])
        turn = self._turn(row)
        if current_epoch(connection) != epoch:
            return Head.of(turn.state, Step.END, ["superseded"])
        waiting = connection.execute(_PENDING, {"case": case_id}).all()
        begun = turn.state
        ask = source_asks.due(connection, case_id, begun.stage, self._sources, now)
        first_asked = bool(ask) and begun.stage is Stage.SCREENING
        place = 0
        while (due := _next(turn.state, waiting[place:], now)) is not None:
            if _is_facts(due) is not facts or (first_asked and facts) or len(turn.outcomes) >= _AT_ONCE:
                break
            if isinstance(due, TimerKind):
                self._judge_timer(connection, turn, due, now)
            else:
                self._judge_event(connection, turn, due, now)
                place += 1
        ask = [] if turn.state.stage.final else ask
        step = _step(turn.state, None if first_asked and due is not None and _is_facts(due) else due, ask)
        nothing_waits = len(waiting) == place
        if turn.outcomes or nothing_waits or step is Step.ASK:
            self._write(connection, turn, begun, now, done=nothing_waits, asking=step is Step.ASK)
        return Head.of(turn.state, step, turn.outcomes, turn.lanes, ask)

    def _turn(self, row: AnyRow) -> _Turn:
        facts = self._vault.open(row.facts, f"cases.facts/{row.id}") if row.facts else {}
        assert isinstance(facts, dict)  # noqa: S101
        return _Turn(
            case_id=row.id,
            state=CaseState.model_validate_json(row.state),
            facts=facts,
            chain=audit.Head(row.audit_seq, row.audit_head),
            judged=row.judged,
        )

    def _judge_timer(self, connection: Connection, turn: _Turn, kind: TimerKind, now: datetime) -> None:
        before = turn.state
        event_id = lifecycle.timer_id(before, kind)
        judgement = lifecycle.judge(before, TimerDue(kind), now, self._offices.of(before.office))
        digest = self._vault.lookup_hash("content", event_id)
        turn.state = judgement.state
        turn.judged += 1
        connection.execute(
            _TIMER,
            {
                "event_id": event_id,
                "case_id": turn.case_id,
                "digest": digest,
                "type": f"timer.{kind}",
                "received_at": before.timers[kind],
                "state": "applied",
                "judged_order": turn.judged,
                "judged_at": now,
                "version": turn.state.version,
            },
        )
        self._note(connection, turn, now, f"timer.{kind}", None, event_id, digest, before, None)
        self._dispose(connection, turn, before, now)

    def _judge_event(self, connection: Connection, turn: _Turn, event: AnyRow, now: datetime) -> None:
        before = turn.state
        actor: str | None = None
        screening: Screening | None = None
        try:
            content = self._vault.open(event.content, f"inbox/{turn.case_id}/{event.event_id}")
            if event.type in _FACTS:
                judgement, screening = self._judge_facts(turn, event, _document(content), now)
            else:
                document = _document(content)
                actor = actor_of(document).subject if "actor" in document else None
                asks = asked(event.type, event.event_id, document)
                judgement = lifecycle.judge(before, asks, now, self._offices.of(before.office))
        except (UnsealError, KeyError, TypeError, ValueError):
            judgement = Judgement(before, Refusal.INVALID)
        turn.state = judgement.state
        turn.judged += 1
        connection.execute(
            _OUTCOME,
            {
                "judged_seq": event.seq,
                "state": "refused" if judgement.refused else "applied",
                "reason": judgement.refused,
                "judged_order": turn.judged,
                "judged_at": now,
                "version": turn.state.version,
            },
        )
        kind = EventType(event.type).short
        self._note(connection, turn, now, kind, actor, event.event_id, event.digest, before, judgement.refused)
        if screening is not None and judgement.refused is None:
            self._keep_screening(connection, turn, screening)
        self._dispose(connection, turn, before, now)

    def _judge_facts(
        self, turn: _Turn, event: AnyRow, content: dict[str, object], now: datetime
    ) -> tuple[Judgement, Screening | None]:
        settings = self._offices.of(turn.state.office)
        given = content.get("facts") or {}
        if not isinstance(given, Mapping):
            raise TypeError
        office = str(content.get("office") or turn.state.office)
        if turn.state.stage.final:
            return lifecycle.judge(turn.state, FactsScreened(None, office, None), now, settings), None
        facts = _merged(turn.facts, given)
        as_of = self._as_of or event.received_at.date()
        screening = screen(facts, self._ruleset_for(as_of), as_of)
        event_screened = FactsScreened(screening.lane, office, screening.ruleset)
        judgement = lifecycle.judge(turn.state, event_screened, now, self._offices.of(office))
        if judgement.refused is None:
            turn.facts = facts
            turn.sealed_facts = self._vault.seal(facts, f"cases.facts/{turn.case_id}")
            if event.type == EventType.CASE_RECEIVED.value:
                turn.moved_identity = content
        return judgement, screening

    def _keep_screening(self, connection: Connection, turn: _Turn, screening: Screening) -> None:
        turn.lanes.append(screening.lane)
        connection.execute(
            _SCREENING,
            {
                "case_id": turn.case_id,
                "version": turn.state.version,
                "ruleset": screening.ruleset,
                "ruleset_digest": screening.ruleset_digest,
                "as_of": screening.as_of.isoformat(),
                "lane": screening.lane,
                "result": self._vault.seal(screening.to_json(), f"screenings/{turn.case_id}/{turn.state.version}"),
            },
        )

    def _dispose(self, connection: Connection, turn: _Turn, before: CaseState, now: datetime) -> None:
        """Write the round's one disposition in the moment in which the case reaches its end."""
        state = turn.state
        if state.disposition is None or before.disposition is not None:
            return
        assert state.decision is not None  # noqa: S101
        connection.execute(
            _DISPOSITION,
            {
                "case_id": turn.case_id,
                "round": state.round,
                "disposition": state.disposition,
                "decided_by": state.decision.by,
                "concurred_by": state.concurred_by,
                "decided_event": state.decision.event_id,
                "at": now,
            },
        )

    def _note(
        self,
        connection: Connection,
        turn: _Turn,
        now: datetime,
        kind: str,
        actor: str | None,
        event_id: str,
        digest: bytes,
        before: CaseState,
        refused: Refusal | None,
    ) -> None:
        after = turn.state
        detail: dict[str, object] = {"version": after.version, "stage": after.stage.value}
        if refused:
            detail["refused"] = refused.value
            turn.outcomes.append(f"{kind} refused: {refused.value}")
        else:
            turn.outcomes.append(f"{kind} applied")
        if before.stage is not after.stage:
            detail["from"] = before.stage.value
        if after.decision and after.decision is not before.decision:
            detail["action"] = after.decision.action
        if after.came_back and before.stage is not after.stage:
            detail["why"] = after.came_back
        if after.lane != before.lane:
            detail["lane"] = after.lane
        entry = audit.Entry(turn.case_id, now, kind, actor, event_id, digest, detail)
        turn.chain = audit.append(connection, self._vault, turn.chain, entry)

    def _write(
        self, connection: Connection, turn: _Turn, begun: CaseState, now: datetime, *, done: bool, asking: bool
    ) -> None:
        state = turn.state
        values: dict[str, object] = {"case": turn.case_id, "rings": 0}
        if asking:
            # Its run goes on by itself once the sources have answered, however long they take.
            values["ring_at"] = now + LONGEST_LEASE
        elif done:
            values["ring_class"] = None
        if turn.outcomes:
            values |= {
                "office": state.office,
                "stage": state.stage.value,
                "round": state.round,
                "version": state.version,
                "lane": state.lane,
                "next_actor": state.next_actor.value,
                "decided_by": state.decision.by if state.decision else None,
                "escalated": state.escalated,
                "late_facts": state.late_facts,
                "state": state.model_dump_json(exclude_defaults=True),
                "wake_at": state.wake_at,
                "judged": turn.judged,
                "audit_seq": turn.chain.seq,
                "audit_head": turn.chain.hash,
            }
        if state != begun:
            values["changed_at"] = now
        if turn.sealed_facts is not None:
            values["facts"] = turn.sealed_facts
        if turn.moved_identity is not None:
            detained, hearing, urgency = calendar_of(turn.moved_identity)
            sealed = self._vault.seal(identity_of(turn.moved_identity), f"cases.identity/{turn.case_id}")
            values |= {"identity": sealed, "detained": detained, "hearing_date": hearing, "urgency": urgency}
        connection.execute(_JUDGED_CASE, values)


Due = TimerKind | AnyRow


def _next(state: CaseState, waiting: Sequence[AnyRow], now: datetime) -> Due | None:
    """The lowest numbered waiting event, unless a timer was due before that event was recorded."""
    timers = [(due, kind) for kind, due in state.timers.items() if due <= now]
    event = waiting[0] if waiting else None
    if timers:
        due, kind = min(timers)
        if event is None or due < event.received_at:
            return kind
    return event


def _is_facts(due: Due) -> bool:
    return not isinstance(due, TimerKind) and due.type in _FACTS


def _step(state: CaseState, due: Due | None, ask: Sequence[Ask]) -> Step:
    if due is not None:
        return Step.SCREEN if _is_facts(due) else Step.APPLY
    if state.stage.final:
        return Step.END
    return Step.ASK if ask else Step.WAIT


_NOTHING_LEARNED = frozenset({"no_source", "source_unavailable"})


def _merged(known: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """New facts over known ones. That a source has no fact, or was down, says nothing against one that is known."""
    merged = dict(known)
    for name, fact in given.items():
        nothing = isinstance(fact, dict) and fact.get("unknown") in _NOTHING_LEARNED
        if not nothing or not _has_value(merged.get(name, _ABSENT)):
            merged[name] = fact
    return merged


_ABSENT: Mapping[str, object] = {"unknown": "not_asked"}


def _has_value(fact: object) -> bool:
    return not (isinstance(fact, Mapping) and "unknown" in fact)


def _document(content: object) -> dict[str, object]:
    if not isinstance(content, dict):
        raise TypeError
    return content
