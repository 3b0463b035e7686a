"""A case that has waited is screened as of today because somebody asked for it: an event, judged like any other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from secondlook.cases.event_types.rescreened import RESCREENED
from secondlook.cases.events import Actor, act_event
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records.judging import Bench
from tests.records.docket import ATTORNEY, Docket

LATER = datetime(2013, 1, 5, 12, tzinfo=UTC)
NEARLY_65 = {"birth_date": "1947-06-01", "first_arrival_date": "1990-01-01"}
ELSEWHERE = Actor("attorney3", ("attorney",), ("DEN",))


@pytest.fixture
def waiting(small_docket: Docket) -> tuple[Docket, str]:
    """A case of somebody who has become 65 since its facts came in."""
    ruleset = load_ruleset("opla-2011-11-17")
    small_docket.bench = Bench(small_docket.vault, Offices(OfficeSettings()), lambda _: ruleset)
    case_id = small_docket.in_review(facts=NEARLY_65)
    small_docket.now = LATER
    return small_docket, case_id


def rescreen(docket: Docket, case_id: str, by: Actor = ATTORNEY, version: int = 1, form: str = "today") -> list[str]:
    docket.take(act_event(RESCREENED, form, case_id, by, case_version=version))
    return docket.judge(case_id)


def result(docket: Docket, case_id: str, criterion: str) -> str:
    row = docket.screenings(case_id)[-1]
    kept = docket.vault.open(row.result, f"screenings/{case_id}/{row.version}")
    return next(each["result"] for each in kept["criteria"] if each["id"] == criterion)  # type: ignore[index]


def test_time_alone_can_change_what_a_criterion_says(waiting: tuple[Docket, str]) -> None:
    docket, case_id = waiting
    assert result(docket, case_id, "B-04") == "false"

    assert rescreen(docket, case_id) == ["timer.overdue applied", "rescreened applied"]

    assert result(docket, case_id, "B-04") == "true"
    assert [row.as_of for row in docket.screenings(case_id)] == ["2011-12-05", "2013-01-05"]
    assert (docket.case(case_id).stage, docket.case(case_id).version) == ("attorney_review", 2)
    assert docket.breaks() == []


def test_nothing_new_comes_of_it_where_nothing_changes(waiting: tuple[Docket, str]) -> None:
    docket, case_id = waiting
    rescreen(docket, case_id)

    docket.now = datetime(2013, 2, 5, tzinfo=UTC)
    assert rescreen(docket, case_id, version=2, form="a month later")[-1] == "rescreened applied"

    assert docket.case(case_id).version == 2
    assert len(docket.screenings(case_id)) == 2
    assert list(docket.details(case_id))[-1]["nothing_new"] is True
    assert docket.breaks() == []


def test_the_same_form_twice_is_one_event(waiting: tuple[Docket, str]) -> None:
    docket, case_id = waiting
    rescreen(docket, case_id)
    event = act_event(RESCREENED, "today", case_id, ATTORNEY, case_version=1)

    assert [each.outcome for each in docket.accept(event)] == ["duplicate"]


def test_a_case_that_waits_for_facts_waits_on(waiting: tuple[Docket, str]) -> None:
    docket, case_id = waiting
    docket.review(case_id, "need_facts")
    docket.judge(case_id)

    assert rescreen(docket, case_id, version=2)[-1] == "rescreened applied"

    assert (docket.case(case_id).stage, docket.case(case_id).version) == ("awaiting_facts", 3)
    assert docket.state(case_id).decision is not None


def test_it_sets_no_decision_aside(waiting: tuple[Docket, str]) -> None:
    docket, case_id = waiting
    docket.held(case_id)

    assert rescreen(docket, case_id, version=2) == ["rescreened refused: already_decided"]
    docket.pass_window(case_id)
    assert rescreen(docket, case_id, version=3, form="again") == ["rescreened refused: already_decided"]
    assert len(docket.screenings(case_id)) == 1


def test_who_is_not_of_the_office_may_not(waiting: tuple[Docket, str]) -> None:
    docket, case_id = waiting

    assert rescreen(docket, case_id, by=ELSEWHERE)[-1] == "rescreened refused: not_allowed"
    assert len(docket.screenings(case_id)) == 1


def test_a_docket_with_a_fixed_day_stays_at_that_day(small_docket: Docket) -> None:
    ruleset = load_ruleset("opla-2011-11-17")
    small_docket.bench = Bench(
        small_docket.vault, Offices(OfficeSettings()), lambda _: ruleset, as_of=date(2011, 12, 5)
    )
    case_id = small_docket.in_review(facts=NEARLY_65)
    small_docket.now = LATER

    rescreen(small_docket, case_id)

    assert len(small_docket.screenings(case_id)) == 1
