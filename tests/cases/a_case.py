"""Cases at every stage, people and events, for the tests of the lifecycle to start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from secondlook.cases.content import Action
from secondlook.cases.event_types.concurred import Answer, Concurred
from secondlook.cases.event_types.late_facts_answered import LateFactsAnswered
from secondlook.cases.event_types.rescreened import Rescreened
from secondlook.cases.event_types.reviewed import Reviewed
from secondlook.cases.event_types.timers import TimerDue
from secondlook.cases.event_types.withdrawn import Withdrawn
from secondlook.cases.events import Actor
from secondlook.cases.facts_life import FactsScreened
from secondlook.cases.lifecycle import judge
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.stage import Stage, TimerKind
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.ended import CLOSED, CONTINUED, DISMISSED
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState, Event, Judgement

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


def late_answer(answer: str, by: Actor = SUPERVISOR, version: int = 4) -> LateFactsAnswered:
    """A supervisor's answer to late facts; a reopening with what they screen to."""
    reopened = facts("priority") if answer == "reopen" else None
    return LateFactsAnswered(answer, by, version, "Seen.", reopened, 7 if reopened else None)  # type: ignore[arg-type]


def screened_today(by: Actor = ATTORNEY, version: int = 1, lane: str | None = "priority") -> Rescreened:
    """Somebody has the case screened as of today, and it comes out with a lane."""
    return Rescreened(by, version, facts(lane))


def due(kind: TimerKind) -> TimerDue:
    return TimerDue(kind)


def after(
    state: CaseState, event: Event, office: OfficeSettings = OFFICE, at: datetime = NOON, refused: object = None
) -> CaseState:
    """The state after an event that the case takes."""
    judged = judge(state, event, at, office)
    assert judged.refused is refused
    return judged.state


def at(stage: Stage, action: Action = "close") -> CaseState:
    """A case that was led to a stage by the shortest way, every event at noon, every deadline met."""
    state = CaseState(office="BAL")
    if stage == SCREENING:
        return state
    state = after(state, facts())
    if stage == ATTORNEY_REVIEW:
        return state
    if stage == AWAITING_FACTS:
        return after(state, review("need_facts"))
    ends = {CLOSED: "close", DISMISSED: "dismiss", CONTINUED: "continue"}
    state = after(state, Reviewed("e_review", ends.get(stage, action), ATTORNEY, 1))  # type: ignore[arg-type]
    if stage == HELD:
        return state
    state = after(state, due(TimerKind.WINDOW), at=NOON + OFFICE.withdraw_window)
    return state if stage == SUPERVISOR_REVIEW else after(state, concurrence())


def judged_at(stage: Stage, event: Event, office: OfficeSettings = OFFICE) -> Judgement:
    """The judgement of an event by a case at a stage, long after every deadline of the stage."""
    return judge(at(stage), event, NOON + timedelta(days=365), office)
