"""From any sequence of events in any order, with duplicates: what the lifecycle promises of every case."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from secondlook.cases.asking import FactWanted
from secondlook.cases.content import ACTIONS, Action
from secondlook.cases.event_types.concurred import Concurred
from secondlook.cases.event_types.rescreened import Rescreened
from secondlook.cases.event_types.reviewed import Reviewed
from secondlook.cases.event_types.timers import TimerDue
from secondlook.cases.event_types.withdrawn import Withdrawn
from secondlook.cases.events import Actor
from secondlook.cases.facts_life import FactsScreened
from secondlook.cases.lifecycle import final_stages, judge
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import ENDED
from secondlook.cases.stage import NextActor, Stage, TimerKind, end_of
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState, Event, Judgement
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
)

BOTH = Actor("attorney1", ("attorney", "supervisor"), ("BAL", "DEN"))
PEOPLE = st.sampled_from([ATTORNEY, COLLEAGUE, SUPERVISOR, BOTH, ELSEWHERE, AUDITOR])
OFFICES = st.sampled_from([OFFICE, ONLY_DISMISSALS, AT_ONCE, ALONE])
SEEN = st.sampled_from([0, 0, 0, 0, -1, 1])
"""How far the version that a person saw is from the case's own."""


@dataclass(frozen=True)
class Fitting:
    """Whatever leads a case at its stage further: half of all events, so that many sequences come to an end."""

    action: Action

    def at(self, stage: Stage) -> Event:
        if stage == HELD:
            return TimerDue(TimerKind.WINDOW)
        if stage == SUPERVISOR_REVIEW:
            return Concurred("concur", SUPERVISOR, 0)
        if stage == ATTORNEY_REVIEW:
            return Reviewed("", self.action, ATTORNEY, 0)
        return FactsScreened("mixed", "BAL", "opla-2011-11-17")


WANTED = st.lists(
    st.builds(
        FactWanted,
        st.sampled_from(["convictions", "victim_of", "education"]),
        st.sampled_from(["the court", "another agency"]),
        st.sampled_from([date(2011, 12, 1), date(2011, 12, 20), date(9999, 12, 31)]),
    ),
    max_size=4,
).map(tuple)
LANES = st.sampled_from(["mixed", "mixed", "priority", None])
SCREENED = st.builds(FactsScreened, LANES, st.sampled_from(["BAL", "BAL", "BAL", "DEN"]), st.just("opla-2011-11-17"))
FITTING = st.builds(Fitting, st.sampled_from(ACTIONS))
EVENTS = st.one_of(
    FITTING,
    FITTING,
    FITTING,
    FITTING,
    st.builds(replace, SCREENED, answered=st.lists(st.integers(0, 3), unique=True).map(tuple)),
    st.builds(Reviewed, st.just(""), st.sampled_from(ACTIONS), PEOPLE, SEEN, wanted=WANTED),
    st.builds(Rescreened, PEOPLE, SEEN, st.builds(FactsScreened, LANES, st.just("BAL"), st.just("opla-2011-11-17"))),
    st.builds(Concurred, st.sampled_from(["concur", "concur", "return"]), PEOPLE, SEEN),
    st.builds(Withdrawn, PEOPLE, SEEN),
    st.builds(TimerDue, st.sampled_from(TimerKind)),
    st.builds(TimerDue, st.sampled_from(TimerKind)),
)
WAITS = st.sampled_from([timedelta(0), timedelta(minutes=10), timedelta(days=31)])
STEPS = st.lists(st.tuples(EVENTS, WAITS, OFFICES, st.booleans()), min_size=1, max_size=40)
"""Each an event, how long after the last one, the office's settings then, and whether it comes twice."""

gently = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Moment:
    """One event of a case's life, with the state before it and what it did."""

    before: CaseState
    event: Event
    judged: Judgement


Steps = list[tuple[Event | Fitting, timedelta, OfficeSettings, bool]]


def lived(steps: Steps) -> list[Moment]:
    """A case's life: every event judged in turn, with the version that its sender saw made absolute."""
    state, now, moments = CaseState(office="BAL"), NOON, []
    for number, (event, wait, office, twice) in enumerate(steps):
        now += wait
        if isinstance(event, Fitting):
            event = event.at(state.stage)
        if isinstance(event, Reviewed):
            event = replace(event, event_id=f"e_{number}")
        if isinstance(event, Reviewed | Concurred | Withdrawn | Rescreened):
            event = replace(event, case_version=state.version + event.case_version)
        for _ in range(1 + twice):
            judged = judge(state, event, now, office)
            moments.append(Moment(state, event, judged))
            state = judged.state
    return moments


def without_lists(steps: Steps) -> Steps:
    """The same life of a case of which nobody is asked for anything by name."""
    return [
        (replace(e, wanted=()) if isinstance(e, Reviewed) else e, wait, office, twice)
        for e, wait, office, twice in steps
    ]


def moves(steps: Steps) -> Iterator[tuple[Moment, CaseState]]:
    for moment in lived(steps):
        yield moment, moment.judged.state


@pytest.mark.parametrize("end", final_stages())
def test_the_sequences_tried_here_lead_to_every_end_with_concurrence(end: Stage) -> None:
    def reaches(steps: Steps) -> bool:
        return any(state.stage == end and state.concurred_by for _, state in moves(steps))

    assert find(STEPS, reaches, settings=settings(max_examples=5_000, phases=[Phase.generate], database=None))


@given(STEPS)
@gently
def test_a_round_has_at_most_one_disposition_and_it_is_final(steps: Steps) -> None:
    dispositions = [state.disposition for _, state in moves(steps)]
    reached = list(itertools.dropwhile(lambda each: each is None, dispositions))

    assert len(set(reached)) <= 1


@given(STEPS)
@gently
def test_the_version_only_grows_and_by_one_with_what_was_applied(steps: Steps) -> None:
    for moment, state in moves(steps):
        quiet = isinstance(moment.event, TimerDue) and moment.event.kind is not TimerKind.WINDOW
        grows = 0 if moment.judged.refused or quiet else 1
        assert state.version == moment.before.version + grows


@given(STEPS)
@gently
def test_every_open_case_has_a_next_actor_or_a_timer(steps: Steps) -> None:
    for _, state in moves(steps):
        assert not state.stuck
        assert state.final == (state.next_actor is NextActor.NOBODY)
        assert state.next_actor is not NextActor.TIMER or state.wake_at is not None
        assert not (state.final and state.timers)


@given(STEPS)
@gently
def test_nobody_concurs_with_their_own_decision(steps: Steps) -> None:
    for moment, state in moves(steps):
        assert state.concurred_by is None or (state.decision and state.concurred_by != state.decision.by)
        if isinstance(moment.event, Concurred) and not moment.judged.refused:
            assert moment.before.decision and moment.event.actor.subject != moment.before.decision.by


@given(STEPS)
@gently
def test_every_end_is_a_decision_that_a_person_made_in_this_round(steps: Steps) -> None:
    moments = lived(steps)
    for place, moment in enumerate(moments):
        state = moment.judged.state
        if state.disposition is None or moment.before.disposition is not None:
            continue
        assert state.decision is not None
        (review,) = {
            m.event
            for m in moments[: place + 1]
            if isinstance(m.event, Reviewed) and not m.judged.refused and m.event.event_id == state.decision.event_id
        }
        assert (review.action, review.actor.subject) == (state.decision.action, state.decision.by)
        assert end_of(review.action) == state.stage
        assert state.lane == moment.before.lane


@given(STEPS)
@gently
def test_no_timer_decides_anything_by_itself(steps: Steps) -> None:
    for moment, state in moves(steps):
        if not isinstance(moment.event, TimerDue) or moment.judged.refused:
            continue
        assert state.decision == moment.before.decision
        if moment.event.kind is TimerKind.WINDOW:
            assert moment.before.stage == HELD
            assert moment.before.decision is not None
        else:
            assert (state.stage, state.version) == (moment.before.stage, moment.before.version)


@given(STEPS)
@gently
def test_what_is_refused_leaves_the_case_as_it_was(steps: Steps) -> None:
    for moment, state in moves(steps):
        if moment.judged.refused:
            late = moment.judged.refused is ENDED and isinstance(moment.event, FactsScreened)
            assert state == moment.before.moved(late_facts=moment.before.late_facts or late)


@given(STEPS)
@gently
def test_a_persons_act_is_taken_once(steps: Steps) -> None:
    """The inbox drops duplicates; did it not, the version would: the second act saw a version that is no more."""
    for first, second in itertools.pairwise(lived(steps)):
        if first.event is second.event and isinstance(first.event, Reviewed | Concurred | Withdrawn):
            assert second.judged.refused
            assert second.judged.state == first.judged.state


@given(STEPS)
@gently
def test_a_case_goes_on_from_its_written_state_as_if_it_had_never_rested(steps: Steps) -> None:
    for _, state in moves(steps):
        assert CaseState.model_validate_json(state.model_dump_json(exclude_defaults=True)) == state


@given(STEPS)
@gently
def test_what_is_asked_for_never_changes_a_lane_or_a_stage(steps: Steps) -> None:
    """Deadlines aside, which are the asked days': a list says what is wanted, and moves nothing."""
    untimed = [step for step in steps if not isinstance(step[0], TimerDue)]
    asked = [(s.lane, s.stage, s.version, s.decision, s.came_back) for _, s in moves(untimed)]
    plain = [(s.lane, s.stage, s.version, s.decision, s.came_back) for _, s in moves(without_lists(untimed))]

    assert asked == plain


@given(STEPS)
@gently
def test_what_is_asked_for_is_the_newest_reviews_and_only_shrinks(steps: Steps) -> None:
    for moment, state in moves(steps):
        before, asked = moment.before.asked, state.asked
        if asked is None or asked == before:
            continue
        if before is None or asked.event_id != before.event_id:
            assert isinstance(moment.event, Reviewed)
            assert (moment.event.action, moment.event.event_id) == ("need_facts", asked.event_id)
            assert len(asked.open) == len(moment.event.wanted) > 0
        else:
            assert isinstance(moment.event, FactsScreened)
            assert set(asked.open) < set(before.open)


@given(STEPS)
@gently
def test_a_case_that_waits_for_facts_is_reminded_within_the_offices_time(steps: Steps) -> None:
    for _, state in moves(steps):
        if state.stage == AWAITING_FACTS:
            assert TimerKind.REMINDER in state.timers
