"""What a case knows: facts merge, every new fact is screened again, an office's settings and place follow the case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from secondlook.cases.offices import OfficeSettings
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.policy import load_ruleset, screen
from tests.policy.cases import KNOWN
from tests.records.conftest import BenchOf
from tests.records.docket import MINUTE, NOON, Docket, case_event, facts_event

OPLA = load_ruleset("opla-2011-11-17")
SERVED = {"military_service": "honorable_discharge"}
"""It changes the lane of the known case."""


def test_new_facts_are_laid_over_the_known_ones(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": 0, "gang_member": False})
    docket.now += MINUTE
    docket.take(facts_event(case_id, "f1", prior_removals=1, convictions=[]))
    docket.judge(case_id)

    assert docket.facts(case_id) == {"prior_removals": 1, "gang_member": False, "convictions": []}


def test_a_case_that_is_received_again_adds_its_facts_and_forgets_none(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": 0, "gang_member": False})
    docket.now += MINUTE
    (again,) = docket.accept(case_event(sender="again", facts={"gang_member": True}, custody="detained"))
    docket.judge(case_id)

    assert again.case_id == case_id
    assert docket.facts(case_id) == {"prior_removals": 0, "gang_member": True}
    assert (docket.case(case_id).version, docket.case(case_id).detained) == (2, True)


def test_facts_find_their_case_by_a_number_and_date(docket: Docket) -> None:
    case_id = docket.in_review()
    key = {"a_number": "000-000-001", "nta_date": "2010-05-04"}

    (answer,) = docket.accept(facts_event(key, "f1", prior_removals=1))

    assert (answer.outcome, answer.case_id) == ("accepted", case_id)


def test_each_screening_is_kept_at_the_version_that_it_made(docket: Docket) -> None:
    case_id = docket.in_review(facts=KNOWN)
    docket.take(facts_event(case_id, "f1", **SERVED))
    docket.judge(case_id)

    first, second = docket.screenings(case_id)
    expected = screen({**KNOWN, **SERVED}, OPLA, NOON.date())
    assert (first.version, second.version) == (1, 2)
    assert (second.lane, second.ruleset_digest, second.as_of) == (expected.lane, OPLA.digest, "2011-12-05")
    assert docket.vault.open(second.result, f"screenings/{case_id}/2") == expected.to_json()
    assert docket.case(case_id).lane == second.lane != first.lane


def test_a_screening_is_as_of_the_utc_day_on_which_its_facts_were_received(small_docket: Docket) -> None:
    small_docket.now = datetime(2012, 1, 31, 23, 59, tzinfo=UTC)
    case_id = small_docket.receive()
    small_docket.now += timedelta(days=3)
    small_docket.judge(case_id)

    assert [row.as_of for row in small_docket.screenings(case_id)] == ["2012-01-31"]


def test_facts_that_change_the_lane_set_a_held_decision_aside(docket: Docket) -> None:
    case_id = docket.in_review(facts=KNOWN)
    docket.held(case_id)
    docket.take(facts_event(case_id, "f1", **SERVED))
    docket.judge(case_id)

    row, state = docket.case(case_id), docket.state(case_id)
    assert (row.stage, row.decided_by, state.came_back) == (ATTORNEY_REVIEW, None, "lane_changed")
    assert list(docket.details(case_id))[-1]["why"] == "lane_changed"


def test_facts_that_leave_the_lane_let_the_window_run_on(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.held(case_id)
    before = docket.case(case_id)
    docket.take(facts_event(case_id, "f1", prior_removals=0))
    docket.judge(case_id)

    row = docket.case(case_id)
    assert (row.stage, row.wake_at, row.version) == (HELD, before.wake_at, before.version + 1)


def test_an_office_without_concurrence_ends_the_round_after_the_window(docket: Docket, bench_of: BenchOf) -> None:
    docket.bench = bench_of(OfficeSettings(concurrence=frozenset()))
    case_id = docket.in_review()
    docket.held(case_id, "continue")
    assert docket.dispositions(case_id) == []
    docket.pass_window(case_id)

    (row,) = docket.dispositions(case_id)
    assert (row.disposition, row.decided_by, row.concurred_by) == ("continued", "attorney1", None)


def test_a_window_of_zero_starts_no_timer(docket: Docket, bench_of: BenchOf) -> None:
    docket.bench = bench_of(OfficeSettings(withdraw_window=timedelta(0)))
    case_id = docket.in_review()
    docket.held(case_id)

    row = docket.case(case_id)
    assert (row.stage, row.version) == (SUPERVISOR_REVIEW, 2)
    assert [row.type for row in docket.events(case_id) if row.type.startswith("timer")] == []


def test_a_setting_that_changes_while_a_decision_is_held_does_not_touch_it(docket: Docket, bench_of: BenchOf) -> None:
    case_id = docket.in_review()
    docket.held(case_id)
    docket.bench = bench_of(OfficeSettings(concurrence=frozenset(), withdraw_window=timedelta(days=9)))
    docket.pass_window(case_id)

    assert docket.case(case_id).stage == SUPERVISOR_REVIEW


def test_a_case_that_is_received_for_another_office_moves_there(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.accept(case_event(sender="again", office="DEN"))
    docket.judge(case_id)
    review = docket.review(case_id, version=2)
    docket.judge(case_id)

    assert docket.case(case_id).office == "DEN"
    assert docket.outcome(review) == ("refused", "not_allowed")


def test_the_hearing_of_the_newest_receipt_orders_the_queue(docket: Docket) -> None:
    soon = {"base_city": "BAL", "next_hearing": {"date": "2011-12-20", "type": "master"}}
    case_id = docket.in_review()
    before = docket.case(case_id).urgency
    docket.accept(case_event(sender="again", court=soon))
    docket.judge(case_id)

    row = docket.case(case_id)
    assert (row.hearing_date, row.urgency) == ("2011-12-20", 10**8 + 20111220)
    assert row.urgency < before
