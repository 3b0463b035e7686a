"""Accepting: the same event is one event for ever, a case is one charging document, ids are the record's own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from secondlook.cases.events import review_event
from secondlook.records.door import Door
from secondlook.records.schema import cases, inbox
from tests.records.docket import ATTORNEY, NOON, Docket, case_event, facts_event


def test_an_event_that_comes_again_is_a_duplicate_under_its_first_id(docket: Docket) -> None:
    (first,) = docket.accept(case_event())

    assert [each.outcome for each in docket.accept(case_event(), case_event())] == ["duplicate", "duplicate"]
    assert docket.accept(case_event())[0].event_id == first.event_id
    assert len(docket.rows(inbox)) == 1


def test_a_duplicate_is_known_long_after_its_case_has_ended(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.close(case_id)

    assert docket.accept(case_event())[0].outcome == "duplicate"
    assert docket.accept(case_event(facts={"prior_removals": 3}))[0].outcome == "conflict"
    assert docket.case(case_id).ring_class is None


def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(docket: Docket) -> None:
    case_id = docket.in_review()
    before = docket.case(case_id), docket.events(case_id)

    (answer,) = docket.accept(case_event(facts={"prior_removals": 3}))

    assert answer.outcome == "conflict"
    assert (docket.case(case_id), docket.events(case_id)) == before


def test_the_same_content_under_another_id_is_another_event(docket: Docket) -> None:
    first, second = docket.accept(case_event(sender="a"), case_event(sender="b"))

    assert (first.outcome, second.outcome) == ("accepted", "accepted")
    assert first.case_id == second.case_id
    assert first.event_id != second.event_id


def test_one_batch_may_open_a_case_and_go_on_with_it(docket: Docket) -> None:
    key = {"a_number": "A000000001", "nta_date": "2010-05-04"}
    answers = docket.accept(case_event(), facts_event(key, "f1", prior_removals=0), case_event())

    assert [each.outcome for each in answers] == ["accepted", "accepted", "duplicate"]
    assert len({each.case_id for each in answers}) == 1
    assert docket.judge(str(answers[0].case_id)) == ["received applied", "facts-updated applied"]


def test_another_charging_document_is_another_case_of_the_same_person(docket: Docket) -> None:
    docket.receive()
    docket.receive(sender="second", nta={"date": "2011-01-01"})

    first, second = docket.rows(cases)
    assert first.key != second.key
    assert first.a_number_key == second.a_number_key


@pytest.mark.parametrize("case", ["c_unheard_of", {"a_number": "A000000009", "nta_date": "2010-05-04"}])
def test_facts_of_a_case_that_was_never_received_are_refused_at_the_door(docket: Docket, case: object) -> None:
    docket.receive()

    (answer,) = docket.accept(facts_event(case, "f1", prior_removals=0))

    assert (answer.outcome, answer.event_id, answer.case_id) == ("unknown_case", None, None)
    assert len(docket.rows(inbox)) == 1


def test_what_was_refused_as_unknown_is_accepted_once_its_case_is_there(docket: Docket) -> None:
    key = {"a_number": "A000000001", "nta_date": "2010-05-04"}
    facts = facts_event(key, "f1", prior_removals=0)
    assert docket.accept(facts)[0].outcome == "unknown_case"
    docket.receive()

    assert docket.accept(facts)[0].outcome == "accepted"


def test_a_double_click_is_one_event(docket: Docket) -> None:
    case_id = docket.in_review()

    def click(event_id: str, rationale: str = "Because.") -> str:
        event = review_event(
            event_id,
            case_id,
            ATTORNEY,
            action="close",
            reasons=["family"],
            rationale=rationale,
            findings={},
            case_version=1,
        )
        return docket.accept(event)[0].outcome

    assert [click("form-a"), click("form-a"), click("form-a")] == ["accepted", "duplicate", "duplicate"]
    assert docket.judge(case_id) == ["reviewed applied"]
    assert click("form-a") == "duplicate"
    assert click("form-a", "Another.") == "conflict"


def test_neither_the_senders_ids_nor_personal_data_stand_readable_in_the_database(small_docket: Docket) -> None:
    case_id = small_docket.receive(sender="sender-id-4711", facts={"birth_date": "1945-02"})
    small_docket.judge(case_id)
    small_docket.database.close()
    path = small_docket.database.url.database
    assert path

    with open(path, "rb") as file:  # noqa: PTH123
        raw = file.read()
    for secret in (b"sender-id-4711", b"urn:test", b"Quillfeather", b"Ottoline", b"000000001", b"1945-02"):
        assert secret not in raw
    assert case_id.encode() in raw


def test_ids_are_random_and_never_the_senders(docket: Docket) -> None:
    answers = docket.accept(*(case_event(number) for number in range(1, 6)))

    assert len({each.event_id for each in answers} | {each.case_id for each in answers}) == 10
    for each in answers:
        assert each.event_id and each.event_id.startswith("e_") and len(each.event_id) == 26
        assert each.case_id and each.case_id.startswith("c_") and len(each.case_id) == 22


def test_two_doors_that_take_the_same_events_at_once_take_each_once(docket: Docket) -> None:
    events = [case_event(number) for number in range(1, 11)]
    together = threading.Barrier(4)

    def push() -> list[str]:
        together.wait(10)
        return [each.outcome for each in Door(docket.database, docket.vault).accept_now(events)]

    with ThreadPoolExecutor(4) as pool:
        outcomes = [future.result(20) for future in [pool.submit(push) for _ in range(4)]]

    for same_event in zip(*outcomes, strict=True):
        assert sorted(same_event) == ["accepted", "duplicate", "duplicate", "duplicate"]
    assert len(docket.rows(cases)) == len(docket.rows(inbox)) == 10


def test_an_event_asks_for_its_case_to_be_rung_by_what_it_is(docket: Docket) -> None:
    case_id = docket.receive()
    assert docket.case(case_id).ring_class == 2
    docket.judge(case_id)
    assert docket.case(case_id).ring_class is None

    docket.take(facts_event(case_id, "f1", prior_removals=0))
    assert docket.case(case_id).ring_class == 1
    docket.review(case_id)
    assert docket.case(case_id).ring_class == 0
    docket.take(facts_event(case_id, "f2", prior_removals=0))
    assert docket.case(case_id).ring_class == 0


def test_what_is_waiting_is_found_by_its_state_alone(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.review(case_id)
    pending = select(inbox.c.type, inbox.c.received_at).where(inbox.c.state == "pending")

    rows = docket.database.read_now(lambda connection: list(connection.execute(pending)))

    assert [tuple(row) for row in rows] == [("secondlook.case.reviewed.v1", NOON)]
