"""Facts that come after the end: listed, answered by a supervisor, and merged by a reopening."""

from __future__ import annotations

import itertools

import pytest

from secondlook.cases.event_types.facts_corrected import FACTS_CORRECTED
from secondlook.cases.event_types.late_facts_answered import LATE_FACTS_ANSWERED, NOT_ENDED
from secondlook.cases.events import Actor, Unavailable, act_event
from secondlook.cases.refusal import NOT_ALLOWED, STALE
from secondlook.records import store
from tests.records.docket import ATTORNEY, MINUTE, SUPERVISOR, Docket, facts_event

_numbers = itertools.count()


def answer(docket: Docket, case_id: str, what: str, by: Actor = SUPERVISOR, version: int = 4) -> str:
    form = f"late-{next(_numbers)}"
    words = {"answer": what, "note": "Looked at.", "case_version": version}
    return docket.take(act_event(LATE_FACTS_ANSWERED, form, case_id, by, **words))


def ended_with_late_facts(docket: Docket) -> str:
    case_id = docket.in_review(facts={"prior_removals": 0})
    docket.close(case_id)
    docket.now += MINUTE
    docket.take(facts_event(case_id, "late-1", prior_removals=2))
    docket.judge(case_id)
    assert docket.case(case_id).late_facts
    return case_id


def test_no_change_takes_the_case_off_the_list_and_changes_nothing_else(docket: Docket) -> None:
    case_id = ended_with_late_facts(docket)
    before = docket.state(case_id)

    event = answer(docket, case_id, "no_change")
    docket.judge(case_id)

    assert docket.outcome(event) == ("applied", None)
    assert docket.state(case_id) == before.moved(late_facts=False)
    assert docket.facts(case_id) == {"prior_removals": 0}


def test_a_reopening_begins_round_two_with_all_that_was_told(docket: Docket) -> None:
    case_id = ended_with_late_facts(docket)

    event = answer(docket, case_id, "reopen")
    docket.judge(case_id)

    state = docket.state(case_id)
    assert docket.outcome(event) == ("applied", None)
    assert (state.stage, state.round, state.version, state.came_back) == ("attorney_review", 2, 5, "reopened")
    assert (state.decision, state.concurred_by, state.late_facts) == (None, None, False)
    assert docket.facts(case_id) == {"prior_removals": 2}
    assert [row.version for row in docket.screenings(case_id)] == [1, 5]
    assert [row.reason for row in docket.events(case_id) if row.type.endswith("facts-updated.v1")] == ["ended"]

    docket.review(case_id, "continue", version=5)
    docket.judge(case_id)
    docket.pass_window(case_id)
    docket.concur(case_id, version=7)
    docket.judge(case_id)
    assert [(row.round, row.disposition) for row in docket.dispositions(case_id)] == [(1, "closed"), (2, "continued")]
    assert docket.breaks() == []


def test_what_was_late_once_counts_among_later_facts(docket: Docket) -> None:
    case_id = ended_with_late_facts(docket)
    answer(docket, case_id, "reopen")
    docket.judge(case_id)
    docket.now += MINUTE
    docket.take(facts_event(case_id, "more", gang_member=False))

    docket.judge(case_id)

    assert docket.facts(case_id) == {"prior_removals": 2, "gang_member": False}


@pytest.mark.parametrize(
    ("by", "version", "why"),
    [
        (ATTORNEY, 4, NOT_ALLOWED),
        (SUPERVISOR, 3, STALE),
    ],
)
def test_an_answer_is_a_supervisor_s_who_saw_what_there_is(docket: Docket, by: Actor, version: int, why: str) -> None:
    case_id = ended_with_late_facts(docket)
    event = answer(docket, case_id, "reopen", by, version)
    docket.judge(case_id)

    assert docket.outcome(event) == ("refused", str(why))
    assert docket.case(case_id).stage == "closed"


def test_there_is_nothing_to_answer_before_the_end(docket: Docket) -> None:
    case_id = docket.in_review()
    event = answer(docket, case_id, "no_change", version=1)
    docket.judge(case_id)

    assert docket.outcome(event) == ("refused", str(NOT_ENDED))


def correction(docket: Docket, case_id: str, by: Actor = ATTORNEY, **facts: object) -> str:
    fields = {"facts": facts, "note": "As the file says.", "case_version": 1}
    return docket.take(act_event(FACTS_CORRECTED, f"correction-{next(_numbers)}", case_id, by, **fields))


def test_an_attorney_corrects_a_fact_for_the_agency_and_in_their_own_name(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": {"value": 1, "provided_by": "third_party"}})
    docket.now += MINUTE
    event = correction(docket, case_id, prior_removals={"value": 0, "source": "a-file", "provided_by": "respondent"})
    docket.judge(case_id)

    assert docket.outcome(event) == ("applied", None)
    assert docket.facts(case_id) == {"prior_removals": {"value": 0, "source": "a-file", "provided_by": "agency"}}
    assert docket.entries(case_id)[-1].actor == "attorney1"
    assert docket.case(case_id).version == 2


def test_nobody_corrects_facts_of_another_office(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": 1})
    docket.now += MINUTE
    event = correction(docket, case_id, Actor("attorney3", ("attorney",), ("DEN",)), prior_removals=0)
    docket.judge(case_id)

    assert docket.outcome(event) == ("refused", str(NOT_ALLOWED))
    assert docket.facts(case_id) == {"prior_removals": 1}


def test_types_that_an_older_release_would_choke_on_come_in_when_none_is_left(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.database.write_now(lambda connection: store.remember(connection, "level", "1"))
    with pytest.raises(Unavailable):
        correction(docket, case_id, prior_removals=0)

    docket.database.write_now(store.raise_level)
    correction(docket, case_id, prior_removals=0)


def test_any_answer_to_what_was_asked_returns_the_case_and_nothing_else_does(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": 1})
    docket.review(case_id, "need_facts")
    docket.judge(case_id)
    docket.now += MINUTE
    docket.take(facts_event(case_id, "nothing", convictions={"unknown": "no_source"}))
    docket.judge(case_id)

    state = docket.state(case_id)
    assert (state.stage, state.came_back) == ("attorney_review", "facts_arrived")
