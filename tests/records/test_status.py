"""What the record counts, what it thinks stuck, and one case without personal data."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy import update

from secondlook.cases.stage import stages
from secondlook.records import rings
from secondlook.records.schema import cases
from secondlook.records.status import Counts, count, describe
from tests.records.docket import MINUTE, Docket, facts_event
from tests.records.plans import plans_of


def counted(docket: Docket) -> Counts:
    return docket.database.read_now(lambda connection: count(connection, docket.now))


def test_every_stage_and_state_is_counted(docket: Docket) -> None:
    docket.receive(1)
    waiting, ended = docket.in_review(2), docket.in_review(3)
    docket.close(ended)
    docket.review(ended)
    docket.judge(ended)
    docket.take(facts_event(waiting, "f1", prior_removals=0))
    docket.database.write_now(lambda connection: rings.claim(connection, docket.now, 1))

    counts = counted(docket)

    assert set(counts.cases) == set(stages())
    assert {stage: number for stage, number in counts.cases.items() if number} == {
        "screening": 1,
        "attorney_review": 1,
        "closed": 1,
    }
    assert counts.events == {"pending": 1, "in_flight": 1, "applied": 4, "refused": 1}
    assert counts.backlog == 2
    assert counts.oldest_seconds == 600.0
    assert counts.stuck == []


def test_what_was_judged_lately_says_how_soon_the_backlog_is_empty(docket: Docket) -> None:
    for number in range(1, 6):
        docket.in_review(number)
    docket.receive(6)

    counts = counted(docket)

    assert (counts.drained_per_second, counts.seconds_to_empty) == (0.5, 2.0)
    docket.now += MINUTE
    assert counted(docket).seconds_to_empty is None


def test_a_healthy_docket_has_nothing_stuck_at_any_stage(docket: Docket) -> None:
    docket.receive(1)
    for number, action in enumerate(("close", "need_facts"), start=2):
        docket.held(docket.in_review(number), action)
    docket.before_supervisor(docket.in_review(4))

    assert counted(docket).stuck == []


def test_open_cases_that_nothing_moves_are_found(docket: Docket) -> None:
    held, forgotten, asleep, in_vain = (docket.in_review(number) for number in range(1, 5))
    never = docket.receive(5)
    for case_id in (held, forgotten, asleep):
        docket.held(case_id)
    docket.take(facts_event(in_vain, "f1", prior_removals=0))
    spoilt: dict[str, dict[str, object]] = {
        held: {"wake_at": None},
        never: {"ring_class": None},
        in_vain: {"rings": 6},
        forgotten: {"wake_at": docket.now - timedelta(minutes=11)},
    }
    for case_id, values in spoilt.items():
        docket.write(update(cases).where(cases.c.id == case_id).values(values))

    stuck = {each.case_id: each.reason for each in counted(docket).stuck}

    assert set(stuck) == {held, never, in_vain, forgotten}
    assert stuck[held] == stuck[never] == "no next actor or timer"


def test_one_case_is_described_in_order_of_judgement_and_without_personal_data(docket: Docket) -> None:
    case_id = docket.in_review(facts={"birth_date": "1945-02"}, sender="sender-id-4711")
    docket.close(case_id)
    docket.review(case_id)
    docket.judge(case_id)
    docket.take(facts_event(case_id, "sender-id-4712", prior_removals=0))

    case = docket.database.read_now(lambda connection: describe(connection, case_id))

    assert case is not None
    assert (case["stage"], case["round"], case["version"], case["disposition"]) == ("closed", 1, 4, "closed")
    events, entries = case["events"], case["audit"]
    assert isinstance(events, list) and isinstance(entries, list)
    assert [event["state"] for event in events] == ["applied"] * 4 + ["refused", "pending"]
    assert [event["reason"] for event in events] == [None] * 4 + ["ended", None]
    assert [entry["kind"] for entry in entries] == ["received", "reviewed", "timer.window", "concurred", "reviewed"]
    shown = json.dumps(case)
    for secret in ("Quillfeather", "000000001", "1945-02", "sender-id"):
        assert secret not in shown


def test_a_case_that_there_is_not_is_described_as_none(docket: Docket) -> None:
    assert docket.database.read_now(lambda connection: describe(connection, "c_nothing")) is None


def test_counting_reads_indexes_and_no_rows(small_docket: Docket) -> None:
    """Each worker counts every ten seconds; among 300,000 cases it must not read as many rows to do so."""
    plans = plans_of(small_docket.database, lambda connection: count(connection, small_docket.now))
    assert len(plans) >= 9
    of_few = ("ix_cases_rung", "ix_cases_unmoved", "ix_cases_wake", "ix_failing_since")
    for statement, plan in plans:
        steps = [step.detail for step in plan if step.detail.startswith(("SCAN", "SEARCH"))]
        read = [step for step in steps if "COVERING INDEX" not in step]
        assert steps and all(any(index in step for index in of_few) for step in read), (statement, read)
