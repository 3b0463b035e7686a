"""Cases at every stage, people and events, for the tests of the lifecycle to start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from secondlook.cases.events import Actor
from secondlook.cases.lifecycle import (
    Action,
    Answer,
    CaseEvent,
    CaseState,
    Concurred,
    FactsScreened,
    Judgement,
    Reviewed,
    Stage,
    TimerDue,
    TimerKind,
    Withdrawn,
    judge,
)
from secondlook.cases.offices import OfficeSettings

NOON = datetime(2011, 12, 5, 12, tzinfo=UTC)
OFFICE = OfficeSettings()
ONLY_DISMISSALS = OfficeSettings(concurrence=frozenset({"dismiss"}))
AT_ONCE = OfficeSettings(withdraw_window=timedelta(0))
ALONE = OfficeSettings(withdraw_window=timedelta(0), concurrence=frozenset())

ATTORNEY = Actor("attorney1", ("attorney",), ("BAL",))
COLLEAGUE = Actor("attorney2", ("attorney",), ("BAL",))
SUPERVISOR = Actor("supervisor1", ("supervisor",), ("BAL", "DEN"))
ELSEWHERE = Actor("attorney3", ("attorney",), ("DEN",))
SUPERVISOR_ELSEWHERE = Actor("supervisor3", ("supervisor",), ("DEN",))
AUDITOR = Actor("auditor1", ("auditor",), ("BAL",))


def facts(lane: str | None = "mixed", office: str = "BAL") -> FactsScreened:
    """Facts that screen to a lane."""
    return FactsScreened(lane, office, "opla-2011-11-17")


def review(action: Action, by: Actor = ATTORNEY, version: int = 1) -> Reviewed:
    return Reviewed("e_review", action, by, version)


def concurrence(answer: Answer = "concur", by: Actor = SUPERVISOR, version: int = 3) -> Concurred:
    return Concurred(answer, by, version)


def withdrawal(by: Actor = ATTORNEY, version: int = 2) -> Withdrawn:
    return Withdrawn(by, version)


def due(kind: TimerKind) -> TimerDue:
    return TimerDue(kind)


def after(
    state: CaseState, event: CaseEvent, office: OfficeSettings = OFFICE, at: datetime = NOON, refused: object = None
) -> CaseState:
    """The state after an event that the case takes."""
    judged = judge(state, event, at, office)
    assert judged.refused is refused
    return judged.state


def at(stage: Stage, action: Action = "close") -> CaseState:
    """A case that was led to a stage by the shortest way, every event at noon, every deadline met."""
    state = CaseState(office="BAL")
    if stage is Stage.SCREENING:
        return state
    state = after(state, facts())
    if stage is Stage.ATTORNEY_REVIEW:
        return state
    if stage is Stage.AWAITING_FACTS:
        return after(state, review("need_facts"))
    ends = {Stage.CLOSED: "close", Stage.DISMISSED: "dismiss", Stage.CONTINUED: "continue"}
    state = after(state, Reviewed("e_review", ends.get(stage, action), ATTORNEY, 1))  # type: ignore[arg-type]
    if stage is Stage.HELD:
        return state
    state = after(state, due(TimerKind.WINDOW), at=NOON + OFFICE.withdraw_window)
    return state if stage is Stage.SUPERVISOR_REVIEW else after(state, concurrence())


def judged_at(stage: Stage, event: CaseEvent, office: OfficeSettings = OFFICE) -> Judgement:
    """The judgement of an event by a case at a stage, long after every deadline of the stage."""
    return judge(at(stage), event, NOON + timedelta(days=365), office)
