"""The life of a case: a pure state machine. State, event and time of judging in; new state and outcome out.

Called in the record's transaction, under the case's lock (``secondlook.records.judging``). It never reads a clock, a
database or a random number, and no timer in it ever produces a disposition that a person did not decide. Source: the
programme's table of every stage against every event. A stage is data: its row in ``LIFE`` (that table), its
``DEADLINES``, its ``NEXT_ACTOR`` and, where a decision passes it, its place on the ``WAY``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from secondlook.cases.events import Actor
from secondlook.cases.offices import OfficeSettings


class Stage(StrEnum):
    """Where a case stands."""

    SCREENING = "screening"
    ATTORNEY_REVIEW = "attorney_review"
    AWAITING_FACTS = "awaiting_facts"
    HELD = "held"
    SUPERVISOR_REVIEW = "supervisor_review"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    CONTINUED = "continued"

    @property
    def final(self) -> bool:
        return self in FINAL


FINAL = frozenset({Stage.CLOSED, Stage.DISMISSED, Stage.CONTINUED})
ENDS = {"close": Stage.CLOSED, "dismiss": Stage.DISMISSED, "continue": Stage.CONTINUED}


class Refusal(StrEnum):
    """Why an event changed nothing. Shown to its sender, kept on record."""

    NOT_IN_REVIEW = "not_in_review"
    ALREADY_DECIDED = "already_decided"
    NOTHING_TO_WITHDRAW = "nothing_to_withdraw"
    NOTHING_TO_CONCUR = "nothing_to_concur"
    STALE = "stale"
    SAME_PERSON = "same_person"
    NOT_ALLOWED = "not_allowed"
    ENDED = "ended"
    UNKNOWN_CASE = "unknown_case"
    INVALID = "invalid"


class TimerKind(StrEnum):
    """What a case can be woken for."""

    WINDOW = "window"
    OVERDUE = "overdue"
    REMINDER = "reminder"


class NextActor(StrEnum):
    """Who moves the case next."""

    SYSTEM = "system"
    ATTORNEY = "attorney"
    SENDER_AND_ATTORNEY = "sender_and_attorney"
    TIMER = "timer"
    SUPERVISOR = "supervisor"
    NOBODY = "nobody"


Action = Literal["close", "dismiss", "continue", "need_facts"]
Answer = Literal["concur", "return"]


class Decision(BaseModel):
    """An attorney's review that is in force: who decided what, with which event."""

    model_config = ConfigDict(frozen=True)

    action: str
    by: str
    event_id: str


class CaseState(BaseModel):
    """All that the lifecycle knows of a case: codes, staff ids, times. Nothing about the respondent."""

    model_config = ConfigDict(frozen=True)

    stage: Stage = Stage.SCREENING
    office: str
    round: int = 1
    version: int = 0
    lane: str | None = None
    ruleset: str | None = None
    decision: Decision | None = None
    concurred_by: str | None = None
    came_back: str | None = None
    settings: OfficeSettings | None = None
    timers: Mapping[TimerKind, datetime] = {}
    reminders: int = 0
    escalated: bool = False
    late_facts: bool = False

    @property
    def wake_at(self) -> datetime | None:
        """The earliest deadline, or None where no timer runs."""
        return min(self.timers.values(), default=None)

    @property
    def disposition(self) -> str | None:
        """The outcome of this round, or None while it is open."""
        return self.stage.value if self.stage.final else None

    @property
    def next_actor(self) -> NextActor:
        return NEXT_ACTOR[self.stage]

    @property
    def stuck(self) -> bool:
        """An open case that nobody and nothing will move: always a bug."""
        return not self.stage.final and self.next_actor is NextActor.TIMER and not self.timers

    def moved(self, **changes: object) -> CaseState:
        return self.model_copy(update=changes)


NEXT_ACTOR = {
    Stage.SCREENING: NextActor.SYSTEM,
    Stage.ATTORNEY_REVIEW: NextActor.ATTORNEY,
    Stage.AWAITING_FACTS: NextActor.SENDER_AND_ATTORNEY,
    Stage.HELD: NextActor.TIMER,
    Stage.SUPERVISOR_REVIEW: NextActor.SUPERVISOR,
    Stage.CLOSED: NextActor.NOBODY,
    Stage.DISMISSED: NextActor.NOBODY,
    Stage.CONTINUED: NextActor.NOBODY,
}


@dataclass(frozen=True, slots=True)
class FactsScreened:
    """``case.received`` or ``case.facts-updated``, with the lane that all facts together now give."""

    lane: str | None
    office: str
    ruleset: str | None

    @property
    def learned(self) -> dict[str, object]:
        """What the state takes over from a screening."""
        return {"lane": self.lane, "office": self.office, "ruleset": self.ruleset}


@dataclass(frozen=True, slots=True)
class Reviewed:
    event_id: str
    action: Action
    actor: Actor
    case_version: int


@dataclass(frozen=True, slots=True)
class Concurred:
    answer: Answer
    actor: Actor
    case_version: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    actor: Actor
    case_version: int


@dataclass(frozen=True, slots=True)
class TimerDue:
    kind: TimerKind


CaseEvent = FactsScreened | Reviewed | Concurred | Withdrawn | TimerDue


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an event did: the state after it, and the reason where it was refused (the state then moved nowhere)."""

    state: CaseState
    refused: Refusal | None = None


Rule = Callable[[CaseState, CaseEvent, datetime, OfficeSettings], Judgement]


def judge(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    """Judge one event against one case.

    ``now`` is the aware UTC time of judging; ``office`` holds the settings to write into a stage that is entered.
    Every pair of stage and event has an entry, so nothing is dropped in silence.
    """
    return LIFE[state.stage][type(event)](state, event, now, office)


def timer_id(state: CaseState, kind: TimerKind) -> str:
    """The id under which a due timer is recorded: one per version and kind, reminders numbered."""
    number = f":{state.reminders + 1}" if kind is TimerKind.REMINDER else ""
    return f"timer:{state.version}:{kind}{number}"


DEADLINES: Mapping[Stage, Callable[[OfficeSettings], dict[TimerKind, timedelta]]] = {
    Stage.ATTORNEY_REVIEW: lambda office: {TimerKind.OVERDUE: office.review_due},
    Stage.AWAITING_FACTS: lambda office: {
        TimerKind.REMINDER: office.reminder_every,
        TimerKind.OVERDUE: office.facts_due,
    },
    Stage.HELD: lambda office: {TimerKind.WINDOW: office.withdraw_window},
    Stage.SUPERVISOR_REVIEW: lambda office: {TimerKind.OVERDUE: office.concurrence_due},
}

WAY: tuple[tuple[Stage, Callable[[Decision, OfficeSettings], bool]], ...] = (
    (Stage.HELD, lambda _, office: bool(office.withdraw_window)),
    (Stage.SUPERVISOR_REVIEW, lambda decision, office: decision.action in office.concurrence),
)
"""What a decision passes before it ends the round, in order, each where the office wants it."""


def enter(state: CaseState, stage: Stage, now: datetime, settings: OfficeSettings, /, **changes: object) -> CaseState:
    """Enter a stage: its timers start, the office's settings of this moment are written down."""
    waits = DEADLINES[stage](settings) if stage in DEADLINES else {}
    timers = {kind: now + wait for kind, wait in waits.items()}
    fresh: dict[str, object] = {"stage": stage, "timers": timers, "settings": settings, "reminders": 0}
    return state.moved(**{**fresh, "escalated": False, "came_back": None, "version": state.version + 1, **changes})


def onward(state: CaseState, now: datetime, office: OfficeSettings, /, **changes: object) -> CaseState:
    """The decision goes to the next stage on its way that the office wants, or ends the round.

    What the office wants was written down when the stage that it leaves was entered.
    """
    assert state.decision is not None  # noqa: S101
    stages = [stage for stage, _ in WAY]
    under_way = state.stage in stages
    wants = (state.settings if under_way else None) or office
    ahead = WAY[stages.index(state.stage) + 1 :] if under_way else WAY
    for stage, wanted in ahead:
        if wanted(state.decision, wants):
            return enter(state, stage, now, office, **changes)
    return enter(state, ENDS[state.decision.action], now, office, **changes)


def back_to_attorney(
    state: CaseState, now: datetime, settings: OfficeSettings, why: str, /, **changes: object
) -> Judgement:
    """The decision, if any, is set aside; the attorney sees why the case is back."""
    cleared: dict[str, object] = {"decision": None, "concurred_by": None, "came_back": why}
    return Judgement(enter(state, Stage.ATTORNEY_REVIEW, now, settings, **{**cleared, **changes}))


def refuse(reason: Refusal) -> Rule:
    def rule(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:  # noqa: ARG001
        return Judgement(state, reason)

    return rule


def _works_on(actor: Actor, state: CaseState) -> bool:
    return state.office in actor.offices and ("attorney" in actor.roles or "supervisor" in actor.roles)


def _supervises(actor: Actor, state: CaseState) -> bool:
    return state.office in actor.offices and "supervisor" in actor.roles


def first_screening(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    assert isinstance(event, FactsScreened)  # noqa: S101
    return Judgement(enter(state, Stage.ATTORNEY_REVIEW, now, office, **event.learned))


def screened_again(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:  # noqa: ARG001
    """New facts while an attorney looks: the deadline runs on, the version says that there is something new."""
    assert isinstance(event, FactsScreened)  # noqa: S101
    return Judgement(state.moved(**event.learned, version=state.version + 1))


def facts_arrived(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    assert isinstance(event, FactsScreened)  # noqa: S101
    return back_to_attorney(state, now, office, "facts_arrived", **event.learned)


def facts_after_decision(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    """A decision stands on the lane that the attorney saw; another lane sets it aside."""
    assert isinstance(event, FactsScreened)  # noqa: S101
    if event.lane != state.lane:
        return back_to_attorney(state, now, office, "lane_changed", **event.learned)
    return screened_again(state, event, now, office)


def late_facts(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:  # noqa: ARG001
    return Judgement(state.moved(late_facts=True), Refusal.ENDED)


def reviewed(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    assert isinstance(event, Reviewed)  # noqa: S101
    if not _works_on(event.actor, state):
        return Judgement(state, Refusal.NOT_ALLOWED)
    if event.case_version != state.version:
        return Judgement(state, Refusal.STALE)
    decision = Decision(action=event.action, by=event.actor.subject, event_id=event.event_id)
    decided = state.moved(decision=decision)
    if event.action == "need_facts":
        return Judgement(enter(decided, Stage.AWAITING_FACTS, now, office))
    return Judgement(onward(decided, now, office))


def concurred(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    assert isinstance(event, Concurred) and state.decision is not None  # noqa: S101
    if not _supervises(event.actor, state):
        return Judgement(state, Refusal.NOT_ALLOWED)
    if event.actor.subject == state.decision.by:
        return Judgement(state, Refusal.SAME_PERSON)
    if event.case_version != state.version:
        return Judgement(state, Refusal.STALE)
    if event.answer == "return":
        return back_to_attorney(state, now, office, "returned")
    return Judgement(onward(state, now, office, concurred_by=event.actor.subject))


def withdrawn(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    assert isinstance(event, Withdrawn) and state.decision is not None  # noqa: S101
    decider = _works_on(event.actor, state) and event.actor.subject == state.decision.by
    anyone_may = state.stage is Stage.AWAITING_FACTS and _works_on(event.actor, state)
    if not (decider or anyone_may or _supervises(event.actor, state)):
        return Judgement(state, Refusal.NOT_ALLOWED)
    if event.case_version != state.version:
        return Judgement(state, Refusal.STALE)
    return back_to_attorney(state, now, office, "withdrawn")


def timer(state: CaseState, event: CaseEvent, now: datetime, office: OfficeSettings) -> Judgement:
    """A window that is over lets a decision take effect; reminders repeat; overdue is escalated. Nothing else.

    A timer that does not run here (any more), or is not due yet, does nothing.
    """
    assert isinstance(event, TimerDue)  # noqa: S101
    if event.kind not in state.timers or state.timers[event.kind] > now:
        return Judgement(state, Refusal.INVALID)
    if event.kind is TimerKind.WINDOW:
        return Judgement(onward(state, now, office))
    timers = {kind: due for kind, due in state.timers.items() if kind is not event.kind}
    if event.kind is TimerKind.REMINDER:
        timers[TimerKind.REMINDER] = now + (state.settings or office).reminder_every
        return Judgement(state.moved(timers=timers, reminders=state.reminders + 1))
    return Judgement(state.moved(timers=timers, escalated=True))


OTHERWISE: Mapping[type[CaseEvent], Rule] = {
    FactsScreened: screened_again,
    Reviewed: refuse(Refusal.ALREADY_DECIDED),
    Withdrawn: refuse(Refusal.NOTHING_TO_WITHDRAW),
    Concurred: refuse(Refusal.NOTHING_TO_CONCUR),
    TimerDue: refuse(Refusal.INVALID),
}
"""What an event does in a stage whose row says nothing of it."""

_ENDED: Mapping[type[CaseEvent], Rule] = {
    **dict.fromkeys(OTHERWISE, refuse(Refusal.ENDED)),
    FactsScreened: late_facts,
    TimerDue: OTHERWISE[TimerDue],
}

LIFE: Mapping[Stage, Mapping[type[CaseEvent], Rule]] = {
    Stage.SCREENING: {**OTHERWISE, FactsScreened: first_screening, Reviewed: refuse(Refusal.NOT_IN_REVIEW)},
    Stage.ATTORNEY_REVIEW: {**OTHERWISE, Reviewed: reviewed, TimerDue: timer},
    Stage.AWAITING_FACTS: {
        **OTHERWISE,
        FactsScreened: facts_arrived,
        Reviewed: reviewed,
        Withdrawn: withdrawn,
        TimerDue: timer,
    },
    Stage.HELD: {**OTHERWISE, FactsScreened: facts_after_decision, Withdrawn: withdrawn, TimerDue: timer},
    Stage.SUPERVISOR_REVIEW: {
        **OTHERWISE,
        FactsScreened: facts_after_decision,
        Withdrawn: withdrawn,
        Concurred: concurred,
        TimerDue: timer,
    },
    Stage.CLOSED: _ENDED,
    Stage.DISMISSED: _ENDED,
    Stage.CONTINUED: _ENDED,
}
