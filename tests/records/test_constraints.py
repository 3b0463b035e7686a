"""What the database itself refuses, whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, update

from secondlook.records.database import UnitFailed
from secondlook.records.schema import audit, cases, dispositions, inbox
from tests.records.docket import NOON, Docket


def ended(docket: Docket) -> str:
    case_id = docket.in_review()
    docket.close(case_id)
    return case_id


def disposition(case_id: str, **changed: object) -> dict[str, object]:
    row = {
        "case_id": case_id,
        "round": 1,
        "disposition": "closed",
        "decided_by": "attorney1",
        "concurred_by": "supervisor1",
        "decided_event": "e_1",
        "at": NOON,
    }
    return {**row, **changed}


def test_a_second_disposition_of_a_round_is_refused(docket: Docket) -> None:
    with pytest.raises(UnitFailed):
        docket.write(insert(dispositions).values(disposition(ended(docket), disposition="dismissed")))


@pytest.mark.parametrize(
    "change", [{"concurred_by": "attorney1"}, {"disposition": "deported"}, {"case_id": "c_nothing"}], ids=str
)
def test_a_disposition_needs_two_people_an_outcome_and_a_case(docket: Docket, change: dict[str, object]) -> None:
    case_id = docket.in_review()

    with pytest.raises(UnitFailed):
        docket.write(insert(dispositions).values({**disposition(case_id), **change}))

    docket.write(insert(dispositions).values(disposition(case_id)))


def test_one_case_an_a_number_and_date(docket: Docket) -> None:
    first, second = docket.receive(1), docket.receive(2)

    with pytest.raises(UnitFailed):
        docket.write(update(cases).where(cases.c.id == second).values(key=docket.case(first).key))


@pytest.mark.parametrize("column", ["sender_key", "event_id"])
def test_an_event_is_there_once(docket: Docket, column: str) -> None:
    case_id = docket.in_review()
    docket.review(case_id)
    first, second = docket.events(case_id)

    with pytest.raises(UnitFailed):
        same = {column: first._mapping[column]}
        docket.write(update(inbox).where(inbox.c.seq == second.seq).values(same))


def test_an_event_without_a_place_in_the_order_has_no_outcome(docket: Docket) -> None:
    case_id = docket.receive()

    with pytest.raises(UnitFailed):
        docket.write(update(inbox).where(inbox.c.case_id == case_id).values(state="applied"))


def test_the_audit_trail_cannot_be_changed_or_shortened(docket: Docket) -> None:
    case_id = ended(docket)
    before = docket.entries(case_id)

    for statement in (update(audit).values(actor="nobody"), delete(audit)):
        with pytest.raises(UnitFailed):
            docket.write(statement)

    assert docket.entries(case_id) == before
