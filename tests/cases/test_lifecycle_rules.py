"""Who may do what, versions, deadlines and settings: the rules beside the table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from secondlook.cases.event_types.concurred import SAME_PERSON, Concurred
from secondlook.cases.event_types.reviewed import ALREADY_DECIDED
from secondlook.cases.events import Actor
from secondlook.cases.lifecycle import judge
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import ENDED, INVALID, NOT_ALLOWED, STALE, Refusal
from secondlook.cases.stage import NextActor, Stage, TimerKind, stages
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.ended import CLOSED, CONTINUED, DISMISSED
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState, Decision, Event, timer_id
from tests.cases.a_case import (
    ALONE,
    AT_ONCE,
    ATTORNEY,
    AUDITOR,
    COLLEAGUE,
    ELSEWHERE,
    NOON,
    OFFICE,
    ONLY_DISMISSALS,
    SUPERVISOR,
    SUPERVISOR_ELSEWHERE,
    after,
    at,
    concurrence,
    due,
    facts,
    review,
    withdrawal,
)

WINDOW, OVERDUE, REMINDER = (due(kind) for kind in (TimerKind.WINDOW, TimerKind.OVERDUE, TimerKind.REMINDER))
LATER = NOON + timedelta(days=365)


def refusal(stage: Stage, event: Event) -> Refusal | None:
    return judge(at(stage), event, NOON, OFFICE).refused


NO = NOT_ALLOWED


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        (ATTORNEY, None),
        (COLLEAGUE, None),
        (SUPERVISOR, None),
        (ELSEWHERE, NO),
        (SUPERVISOR_ELSEWHERE, NO),
        (AUDITOR, NO),
    ],
    ids=lambda each: getattr(each, "subject", each),
)
def test_attorneys_and_supervisors_of_the_cases_office_review(who: Actor, answer: Refusal | None) -> None:
    assert refusal(ATTORNEY_REVIEW, review("close", by=who)) is answer


@pytest.mark.parametrize(
    ("who", "answer"),
    [(SUPERVISOR, None), (ATTORNEY, NO), (COLLEAGUE, NO), (SUPERVISOR_ELSEWHERE, NO), (AUDITOR, NO)],
    ids=lambda each: getattr(each, "subject", each),
)
def test_a_supervisor_of_the_cases_office_concurs(who: Actor, answer: Refusal | None) -> None:
    assert refusal(SUPERVISOR_REVIEW, concurrence(by=who)) is answer


@pytest.mark.parametrize("answer", ["concur", "return"])
def test_nobody_answers_their_own_decision(answer: str) -> None:
    both = Actor("attorney1", ("attorney", "supervisor"), ("BAL",))

    own = Concurred(answer, both, 3)  # type: ignore[arg-type]

    assert refusal(SUPERVISOR_REVIEW, own) is SAME_PERSON


@pytest.mark.parametrize("stage", [HELD, SUPERVISOR_REVIEW])
@pytest.mark.parametrize(
    ("who", "answer"),
    [(ATTORNEY, None), (SUPERVISOR, None), (COLLEAGUE, NO), (SUPERVISOR_ELSEWHERE, NO), (AUDITOR, NO)],
    ids=lambda each: getattr(each, "subject", each),
)
def test_the_decider_or_a_supervisor_withdraws_a_decision(stage: Stage, who: Actor, answer: Refusal | None) -> None:
    assert refusal(stage, withdrawal(by=who, version=at(stage).version)) is answer


@pytest.mark.parametrize(("who", "answer"), [(COLLEAGUE, None), (SUPERVISOR, None), (ELSEWHERE, NO), (AUDITOR, NO)])
def test_any_attorney_of_the_office_takes_back_a_question_for_facts(who: Actor, answer: Refusal | None) -> None:
    assert refusal(AWAITING_FACTS, withdrawal(by=who)) is answer


def test_a_decider_who_left_the_office_withdraws_no_more() -> None:
    moved_away = Actor("attorney1", ("attorney",), ("DEN",))
    assert refusal(HELD, withdrawal(by=moved_away)) is NO


@pytest.mark.parametrize(
    ("stage", "event"),
    [
        (ATTORNEY_REVIEW, review("close", version=2)),
        (AWAITING_FACTS, review("close", version=1)),
        (AWAITING_FACTS, withdrawal(version=1)),
        (HELD, withdrawal(version=1)),
        (SUPERVISOR_REVIEW, concurrence(version=2)),
        (SUPERVISOR_REVIEW, withdrawal(version=2)),
    ],
)
def test_what_was_decided_on_another_version_is_stale(stage: Stage, event: Event) -> None:
    assert refusal(stage, event) is STALE


def test_new_facts_make_a_review_stale_also_when_the_lane_stays() -> None:
    more = after(at(ATTORNEY_REVIEW), facts("mixed"))

    assert judge(more, review("close", version=1), NOON, OFFICE).refused is STALE


def test_of_two_attorneys_the_second_finds_the_case_decided() -> None:
    decided = after(at(ATTORNEY_REVIEW), review("close", by=ATTORNEY))

    assert judge(decided, review("dismiss", by=COLLEAGUE), NOON, OFFICE).refused is ALREADY_DECIDED


def test_versions_start_at_one_and_count_what_was_applied() -> None:
    state = at(SCREENING)
    versions = [state.version]
    for event in (facts(), facts(), review("need_facts", version=2), facts(), review("close", version=4)):
        state = after(state, event)
        versions.append(state.version)
    state = after(state, WINDOW, at=LATER)
    state = after(state, concurrence(version=6))

    assert [*versions, state.version] == [0, 1, 2, 3, 4, 5, 7]
    assert state.stage == CLOSED


@pytest.mark.parametrize("stage", list(stages()))
def test_what_is_refused_moves_no_version(stage: Stage) -> None:
    before = at(stage)
    for event in (review("close", by=AUDITOR), concurrence(by=AUDITOR), withdrawal(by=AUDITOR)):
        judged = judge(before, event, NOON, OFFICE)
        assert judged.refused and judged.state == before


@pytest.mark.parametrize("stage", [ATTORNEY_REVIEW, AWAITING_FACTS, SUPERVISOR_REVIEW])
def test_overdue_is_escalated_once_and_moves_neither_stage_nor_version(stage: Stage) -> None:
    before = at(stage)

    state = after(before, OVERDUE, at=LATER)

    assert state.escalated
    assert (state.stage, state.version) == (before.stage, before.version)
    assert TimerKind.OVERDUE not in state.timers
    assert judge(state, OVERDUE, LATER, OFFICE).refused is INVALID


def test_reminders_repeat_under_an_id_of_their_own_and_move_no_version() -> None:
    state = at(AWAITING_FACTS)
    ids = []
    for number in (1, 2, 3):
        when = NOON + number * OFFICE.reminder_every
        ids.append(timer_id(state, TimerKind.REMINDER))
        state = after(state, REMINDER, at=when)
        assert state.timers[TimerKind.REMINDER] == when + OFFICE.reminder_every
        assert state.version == 2

    assert ids == ["timer:2:reminder:1", "timer:2:reminder:2", "timer:2:reminder:3"]


def test_a_timer_that_is_not_due_does_nothing() -> None:
    early = NOON + OFFICE.withdraw_window - timedelta(microseconds=1)
    assert judge(at(HELD), WINDOW, early, OFFICE).refused is INVALID


def test_the_windows_id_names_the_version_that_it_belongs_to() -> None:
    held = at(HELD)
    again = after(after(held, withdrawal()), review("close", version=3))

    assert timer_id(held, TimerKind.WINDOW) == "timer:2:window"
    assert timer_id(again, TimerKind.WINDOW) == "timer:4:window"


@pytest.mark.parametrize(
    ("stage", "timers"),
    [
        (SCREENING, {}),
        (ATTORNEY_REVIEW, {TimerKind.OVERDUE: OFFICE.review_due}),
        (AWAITING_FACTS, {TimerKind.OVERDUE: OFFICE.facts_due, TimerKind.REMINDER: OFFICE.reminder_every}),
        (HELD, {TimerKind.WINDOW: OFFICE.withdraw_window}),
        (CLOSED, {}),
    ],
)
def test_deadlines_run_from_the_moment_the_stage_is_entered(stage: Stage, timers: dict[TimerKind, timedelta]) -> None:
    assert at(stage).timers == {kind: NOON + wait for kind, wait in timers.items()}


def test_facts_do_not_give_an_attorney_more_time() -> None:
    state = after(at(ATTORNEY_REVIEW), facts(), at=NOON + timedelta(days=3))
    assert state.timers == at(ATTORNEY_REVIEW).timers


def test_facts_in_the_same_lane_let_the_window_run_on() -> None:
    state = after(at(HELD), facts("mixed"), at=NOON + timedelta(minutes=5))
    assert state.timers == at(HELD).timers
    assert state.decision == at(HELD).decision


@pytest.mark.parametrize("stage", [HELD, SUPERVISOR_REVIEW])
def test_another_lane_sets_the_decision_aside_and_says_why(stage: Stage) -> None:
    state = after(at(stage), facts("priority"))

    assert state.stage == ATTORNEY_REVIEW
    assert (state.decision, state.came_back, state.lane) == (None, "lane_changed", "priority")


@pytest.mark.parametrize(
    ("stage", "event", "why"),
    [
        (AWAITING_FACTS, facts(), "facts_arrived"),
        (HELD, withdrawal(), "withdrawn"),
        (SUPERVISOR_REVIEW, concurrence("return"), "returned"),
    ],
)
def test_a_case_that_comes_back_has_no_decision_and_says_why(stage: Stage, event: Event, why: str) -> None:
    state = after(at(stage), event)

    assert (state.decision, state.came_back) == (None, why)
    assert after(state, review("close", version=state.version)).came_back is None


def test_an_office_that_wants_concurrence_for_dismissals_alone_ends_the_others_after_the_window() -> None:
    ends = {}
    for action in ("close", "dismiss", "continue"):
        held = after(at(ATTORNEY_REVIEW), review(action), ONLY_DISMISSALS)
        ends[action] = after(held, WINDOW, ONLY_DISMISSALS, LATER).stage

    assert ends == {"close": CLOSED, "dismiss": SUPERVISOR_REVIEW, "continue": CONTINUED}


def test_without_a_window_a_decision_goes_on_in_one_step() -> None:
    to_supervisor = after(at(ATTORNEY_REVIEW), review("close"), AT_ONCE)
    to_the_end = after(at(ATTORNEY_REVIEW), review("dismiss"), ALONE)

    assert (to_supervisor.stage, to_supervisor.version) == (SUPERVISOR_REVIEW, 2)
    assert (to_the_end.stage, to_the_end.version, to_the_end.concurred_by) == (DISMISSED, 2, None)
    assert to_the_end.decision == Decision(action="dismiss", by="attorney1", event_id="e_review")


def test_what_an_office_wanted_when_the_stage_was_entered_holds() -> None:
    held_with = after(at(ATTORNEY_REVIEW), review("close"), OFFICE)
    held_without = after(at(ATTORNEY_REVIEW), review("close"), ONLY_DISMISSALS)

    assert after(held_with, WINDOW, ONLY_DISMISSALS, LATER).stage == SUPERVISOR_REVIEW
    assert after(held_without, WINDOW, OFFICE, LATER).stage == CLOSED


def test_a_changed_setting_moves_no_deadline_and_is_written_into_the_next_stage() -> None:
    slower = OfficeSettings(review_due=timedelta(days=90), reminder_every=timedelta(days=1))
    waiting = after(at(AWAITING_FACTS), REMINDER, slower, LATER)

    assert at(ATTORNEY_REVIEW).settings == OFFICE
    assert waiting.timers[TimerKind.REMINDER] == LATER + OFFICE.reminder_every
    back = after(waiting, facts(), slower)
    assert back.settings == slower
    assert back.timers == {TimerKind.OVERDUE: NOON + timedelta(days=90)}


@pytest.mark.parametrize("end", [CLOSED, DISMISSED, CONTINUED])
def test_facts_after_the_end_are_listed_and_change_nothing_else(end: Stage) -> None:
    state = after(at(end), facts("priority", office="DEN"), refused=ENDED)

    assert state == at(end).moved(late_facts=True)


def test_the_two_people_of_a_disposition_are_kept_and_forgotten_with_the_decision() -> None:
    assert (at(CLOSED).decision, at(CLOSED).concurred_by) == (at(HELD).decision, "supervisor1")
    assert after(at(SUPERVISOR_REVIEW), concurrence("return")).concurred_by is None


def test_a_case_that_moves_to_another_office_belongs_to_its_people() -> None:
    moved = after(at(ATTORNEY_REVIEW), facts(office="DEN"))

    assert judge(moved, review("close", by=ATTORNEY, version=2), NOON, OFFICE).refused is NO
    assert judge(moved, review("close", by=ELSEWHERE, version=2), NOON, OFFICE).refused is None


@pytest.mark.parametrize(
    ("stage", "who"),
    [
        (SCREENING, NextActor.SYSTEM),
        (ATTORNEY_REVIEW, NextActor.ATTORNEY),
        (AWAITING_FACTS, NextActor.SENDER_AND_ATTORNEY),
        (HELD, NextActor.TIMER),
        (SUPERVISOR_REVIEW, NextActor.SUPERVISOR),
        (CLOSED, NextActor.NOBODY),
        (DISMISSED, NextActor.NOBODY),
        (CONTINUED, NextActor.NOBODY),
    ],
)
def test_every_stage_says_who_is_next(stage: Stage, who: NextActor) -> None:
    assert at(stage).next_actor is who
    assert not at(stage).stuck


def test_a_held_case_without_its_timer_is_stuck() -> None:
    assert at(HELD).moved(timers={}).stuck


def test_a_state_is_the_same_after_it_was_written_and_read() -> None:
    for stage in stages():
        text = at(stage).model_dump_json(exclude_defaults=True)
        assert CaseState.model_validate_json(text) == at(stage)
