"""What attorneys ask for, as senders are told of it: each request once a change, and nothing that is protected."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from secondlook.cases.events import Unavailable, parse_event, review_event
from secondlook.records import requests, store
from secondlook.records.requests import Page
from secondlook.records.schema import store as store_table
from tests.records.docket import ATTORNEY, COLLEAGUE, MINUTE, Docket, case_event, facts_event

COURT, AGENCY = "The court", "Another agency"


def asks(*facts: str, of: str = COURT, due: str = "2011-12-20") -> list[dict[str, str]]:
    return [{"fact": fact, "from": of, "due": due} for fact in facts]


def told(docket: Docket, after: int = 0) -> Page:
    return docket.database.read_now(lambda c: requests.changed_after(c, docket.vault, 1, after))


def asked(docket: Docket, *ask: dict[str, str], number: int = 1) -> str:
    """A case of which facts are asked for."""
    case_id = docket.in_review(number)
    docket.review(case_id, "need_facts", ask=list(ask))
    docket.judge(case_id)
    return case_id


def states(page: Page) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    return [(each.facts, each.state, each.answered) for each in page.requests]


def test_what_is_asked_of_one_addressee_by_one_day_is_one_request(docket: Docket) -> None:
    case_id = asked(docket, *asks("convictions", "education"), *asks("birth_date", of=AGENCY))

    one, other = told(docket).requests
    assert (one.facts, one.addressee, str(one.due)) == (("convictions", "education"), COURT, "2011-12-20")
    assert (other.facts, other.addressee) == (("birth_date",), AGENCY)
    assert {one.case_id, other.case_id} == {case_id}
    assert {one.office, other.office} == {"BAL"}
    assert one.id != other.id
    assert docket.breaks() == []


def test_a_request_is_told_again_as_its_facts_come_in_and_once_more_when_the_last_is_there(docket: Docket) -> None:
    case_id = asked(docket, *asks("convictions", "education"), *asks("birth_date", of=AGENCY))
    seen = told(docket)

    docket.take(facts_event(case_id, "one", convictions=[]))
    docket.judge(case_id)
    partly = told(docket, seen.last)
    docket.take(facts_event(case_id, "two", education={"unknown": "no_source"}))
    docket.judge(case_id)

    assert states(partly) == [(("convictions", "education"), "open", ("convictions",))]
    assert states(told(docket, partly.last)) == [
        (("convictions", "education"), "answered", ("convictions", "education"))
    ]
    assert partly.requests[0].id == seen.requests[0].id
    assert docket.case(case_id).stage == "attorney_review"


@pytest.mark.parametrize(
    ("answer", "answers"),
    [
        ([], True),
        ({"unknown": "no_source"}, True),
        ({"unknown": "conflicting"}, True),
        ({"unknown": "not_asked"}, False),
    ],
)
def test_a_value_answers_and_so_does_a_reason_why_there_is_none(
    small_docket: Docket, answer: object, answers: bool
) -> None:
    case_id = asked(small_docket, *asks("convictions"))

    small_docket.take(facts_event(case_id, "answer", convictions=answer))
    small_docket.judge(case_id)

    assert small_docket.case(case_id).stage == ("attorney_review" if answers else "awaiting_facts")
    assert [each.state for each in told(small_docket).requests] == ["answered" if answers else "open"]


def test_who_was_asked_and_says_again_that_there_is_no_source_has_answered(small_docket: Docket) -> None:
    case_id = small_docket.in_review(facts={"convictions": {"unknown": "no_source"}})
    small_docket.review(case_id, "need_facts", ask=asks("convictions"))
    small_docket.judge(case_id)

    small_docket.take(facts_event(case_id, "again", convictions={"unknown": "no_source"}))
    small_docket.judge(case_id)

    assert small_docket.case(case_id).stage == "attorney_review"
    assert [each.state for each in told(small_docket).requests] == ["answered"]


def test_facts_that_nobody_asked_for_leave_a_request_open_also_in_review(small_docket: Docket) -> None:
    case_id = asked(small_docket, *asks("convictions"))
    small_docket.take(facts_event(case_id, "other", prior_removals=1))
    small_docket.judge(case_id)
    assert small_docket.case(case_id).stage == "attorney_review"
    assert [each.state for each in told(small_docket).requests] == ["open"]

    version = small_docket.case(case_id).version
    small_docket.take(facts_event(case_id, "no source", convictions={"unknown": "no_source"}))
    small_docket.judge(case_id)

    assert [each.state for each in told(small_docket).requests] == ["answered"]
    assert small_docket.case(case_id).version == version, "nothing new: an open form stays as it is"
    assert small_docket.breaks() == []


@pytest.mark.parametrize("how", ["decided", "withdrawn", "asked anew"])
def test_what_nobody_wants_any_more_is_told_so(small_docket: Docket, how: str) -> None:
    case_id = asked(small_docket, *asks("convictions", "education"))
    seen = told(small_docket)

    if how == "withdrawn":
        small_docket.withdraw(case_id)
    else:
        again = asks("birth_date") if how == "asked anew" else []
        small_docket.review(case_id, "need_facts" if again else "close", by=COLLEAGUE, version=2, ask=again)
    small_docket.judge(case_id)

    after = states(told(small_docket, seen.last))
    assert after[0] == (("convictions", "education"), "withdrawn", ())
    assert after[1:] == ([(("birth_date",), "open", ())] if how == "asked anew" else [])


def test_a_case_is_called_what_its_sender_calls_it_unless_that_is_the_a_number(small_docket: Docket) -> None:
    data = {"a_number": "A000000001", "office": "BAL", "nta": {"date": "2010-05-04"}}
    envelope = {"specversion": "1.0", "source": "urn:test", "type": "secondlook.case.received.v1", "data": data}
    for number, subject in enumerate(["BAL-11-77", "000-000-001"]):
        (answer,) = small_docket.accept(parse_event({**envelope, "id": str(number), "subject": subject}))
    assert answer.case_id
    small_docket.judge(answer.case_id)
    small_docket.review(answer.case_id, "need_facts", ask=asks("convictions"))
    small_docket.judge(answer.case_id)

    assert [each.subject for each in told(small_docket).requests] == ["BAL-11-77"]


def test_a_reminder_tells_of_open_requests_again(small_docket: Docket) -> None:
    case_id = asked(small_docket, *asks("convictions", due="2011-12-07"))
    seen = told(small_docket)

    small_docket.now = datetime(2011, 12, 8, tzinfo=UTC)
    assert small_docket.judge(case_id) == [], "the day is not over in Baltimore"
    small_docket.now = datetime(2011, 12, 8, 5, tzinfo=UTC)
    small_docket.judge(case_id)

    assert [each.state for each in told(small_docket, seen.last).requests] == ["open"]
    assert small_docket.case(case_id).stage == "awaiting_facts"
    assert small_docket.case(case_id).escalated, "the last day has passed, and nothing else follows from that"


def test_the_days_asked_for_are_the_cases_own_deadlines(small_docket: Docket) -> None:
    case_id = asked(small_docket, *asks("convictions", due="2011-12-07"), *asks("education", due="2012-02-01"))

    timers = small_docket.state(case_id).timers
    assert timers["reminder"] == datetime(2011, 12, 8, 4, 59, tzinfo=UTC), "the end of the day in Baltimore"
    assert timers["overdue"] == datetime(2012, 2, 2, 4, 59, tzinfo=UTC)


def test_a_day_that_is_over_when_it_is_asked_for_says_nothing(small_docket: Docket) -> None:
    case_id = asked(small_docket, *asks("convictions", due="2010-12-07"))

    timers = small_docket.state(case_id).timers
    assert timers["reminder"] == small_docket.now + timedelta(days=14)
    assert timers["overdue"] == small_docket.now + timedelta(days=60)


def test_what_was_asked_for_goes_over_to_a_new_office(small_docket: Docket) -> None:
    case_id = asked(small_docket, *asks("convictions"))
    seen = told(small_docket)

    small_docket.take(case_event(1, "moved", office="DEN"))
    small_docket.judge(case_id)

    (moved,) = told(small_docket, seen.last).requests
    assert (moved.office, moved.state) == ("DEN", "open")


def test_a_protected_fact_is_in_nothing_that_senders_are_told(small_docket: Docket) -> None:
    case_id = asked(small_docket, *asks("victim_of", "convictions"))
    first = told(small_docket)

    small_docket.take(facts_event(case_id, "protected", victim_of=["trafficking"]))
    small_docket.judge(case_id)

    asked(small_docket, *asks("victim_of"), *asks("victim_of", of=AGENCY), number=2)
    asked(small_docket, *asks("education"), number=3)

    assert states(first) == [(("convictions",), "open", ())]
    assert first.last == 1
    assert told(small_docket).last == 2, "not even a gap between numbers tells of it"
    assert states(told(small_docket, first.last)) == [(("education",), "open", ())]
    assert small_docket.state(case_id).asked.open == (1,)  # type: ignore[union-attr]


def test_what_was_asked_for_before_lists_were_made_is_answered_by_any_facts(small_docket: Docket) -> None:
    case_id = asked(small_docket)
    assert told(small_docket).requests == ()

    small_docket.take(facts_event(case_id, "any", education={"unknown": "no_source"}))
    small_docket.judge(case_id)

    assert small_docket.case(case_id).stage == "attorney_review"


def test_a_list_is_not_taken_while_a_release_may_run_that_would_tell_nobody(small_docket: Docket) -> None:
    case_id = small_docket.in_review()
    small_docket.database.write_now(lambda c: store.remember(c, "level", "2"))

    with pytest.raises(Unavailable):
        small_docket.review(case_id, "need_facts", ask=asks("convictions"))
    small_docket.review(case_id, "need_facts")


def test_a_reader_of_before_a_restore_begins_anew(small_docket: Docket) -> None:
    asked(small_docket, *asks("convictions"))
    seen = told(small_docket)

    small_docket.database.write_now(lambda c: store.raise_epoch(c, small_docket.now))

    again = small_docket.database.read_now(lambda c: requests.changed_after(c, small_docket.vault, 1, seen.last))
    assert again.epoch == 2
    assert len(again.requests) == 1


def test_no_number_comes_in_sight_behind_a_reader(docket: Docket) -> None:
    """One judging transaction is slow to commit: whoever takes a number after it waits, so a reader misses neither."""
    slow, quick = docket.in_review(1), docket.in_review(2)
    for case_id in (slow, quick):
        docket.review(case_id, "need_facts", ask=asks("convictions"))
    taken, commit = threading.Event(), threading.Event()

    def slowly(connection: object) -> None:
        docket.bench.apply(connection, slow, 1, docket.now)  # type: ignore[arg-type]
        taken.set()
        assert commit.wait(10)

    first = threading.Thread(target=lambda: docket.database.write_now(slowly))
    second = threading.Thread(target=lambda: docket.apply(quick))
    first.start()
    assert taken.wait(10)
    second.start()
    second.join(0.3)
    before = told(docket)
    commit.set()
    first.join()
    second.join()

    assert before.requests == ()
    assert [each.case_id for each in told(docket, before.last).requests] == [slow, quick]


def test_numbers_are_given_by_the_row_that_the_schema_begins_with(docket: Docket) -> None:
    query = select(store_table.c.value).where(store_table.c.name == "requests")
    assert docket.database.read_now(lambda c: c.execute(query).scalar_one()) == "0"


def test_a_review_that_asks_reads_on_when_nobody_was_named(small_docket: Docket) -> None:
    """Reviews of older releases have no list; their content is read as it is."""
    case_id = small_docket.in_review()
    event = review_event(
        "old", case_id, ATTORNEY, action="need_facts", reasons=["family"], rationale="?", findings={}, case_version=1
    )
    assert "ask" not in event.data
    small_docket.take(event)
    small_docket.now += MINUTE
    assert small_docket.judge(case_id) == ["reviewed applied"]
