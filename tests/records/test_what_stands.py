"""What senders tell of a case, in whatever order it arrives: nothing known is lost, nothing new moves nobody."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.policy.cases import KNOWN
from tests.records.docket import MINUTE, Docket, case_event, facts_event

FULL = {
    "respondent": {"family_name": "Quillfeather", "given_name": "Ottoline"},
    "court": {"base_city": "BAL", "next_hearing": {"date": "2012-03-01", "type": "master"}},
    "nta": {"date": "2010-05-04", "filed": True, "charges": ["212a06Ai"]},
    "custody": "detained",
}


def tell(docket: Docket, case_id: str, number: int, **facts: object) -> None:
    docket.now += MINUTE
    docket.take(facts_event(case_id, f"told-{number}", **facts))
    docket.judge(case_id)


def identity(docket: Docket, case_id: str) -> dict[str, object]:
    opened = docket.vault.open(docket.case(case_id).identity, f"cases.identity/{case_id}")
    assert isinstance(opened, dict)
    return opened


def test_a_shorter_second_receipt_takes_nothing_away_and_leaves_the_place_in_the_queue(docket: Docket) -> None:
    case_id = docket.in_review(facts=KNOWN, **FULL)
    before = docket.case(case_id)
    docket.now += MINUTE
    docket.accept(case_event(sender="again", respondent={}, facts={}))
    docket.judge(case_id)

    after = docket.case(case_id)
    assert {name: identity(docket, case_id)[name] for name in FULL} == FULL
    assert (after.detained, after.hearing_date, after.urgency) == (True, "2012-03-01", before.urgency)
    assert (after.version, after.lane, docket.facts(case_id)) == (1, before.lane, KNOWN)


def test_a_hearing_that_is_taken_off_leaves_the_order_of_hearings(docket: Docket) -> None:
    case_id = docket.in_review(**FULL)
    docket.now += MINUTE
    docket.accept(case_event(sender="again", court={"next_hearing": None}))
    docket.judge(case_id)

    assert docket.case(case_id).hearing_date is None
    assert identity(docket, case_id)["court"] == {"base_city": "BAL"}


@pytest.mark.parametrize("reason", ["not_asked", "unparseable", "redacted"])
def test_a_reason_for_not_knowing_moves_no_case(docket: Docket, reason: str) -> None:
    case_id = docket.in_review(facts={**KNOWN, "gang_member": True, "military_service": "honorable_discharge"})
    assert docket.case(case_id).lane == "mixed"
    tell(docket, case_id, 1, gang_member={"unknown": reason}, military_service={"unknown": reason})

    assert (docket.case(case_id).lane, docket.case(case_id).version) == ("mixed", 1)


def test_what_is_nothing_new_is_applied_without_a_version_or_a_screening(docket: Docket) -> None:
    case_id = docket.in_review(facts={**KNOWN, "gang_member": {"value": True, "source": "a-file"}})
    tell(docket, case_id, 1, gang_member={"value": True, "source": "ncic", "observed_at": "2011-12-05"})
    tell(docket, case_id, 2, prior_removals=0)
    review = docket.review(case_id, version=1)
    docket.judge(case_id)

    assert docket.outcome(review) == ("applied", None)
    assert [row.version for row in docket.screenings(case_id)] == [1]
    assert {row.state for row in docket.events(case_id)} == {"applied"}


TOLD = (
    {"birth_date": {"value": "1946", "source": "form", "observed_at": "2003-05-01"}},
    {"birth_date": {"value": "1970-05-05", "source": "a-file", "observed_at": "2011-11-20"}},
    {"birth_date": {"value": "1950", "source": "ncic", "observed_at": "2011-12-01"}},
    {"birth_date": {"unknown": "retracted", "source": "ncic", "observed_at": "2011-12-02"}},
)


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_whatever_arrives_first_the_same_observation_stands(small_docket: Docket, order: tuple[int, ...]) -> None:
    case_id = small_docket.in_review(facts={})
    for number in (*order, order[0]):
        tell(small_docket, case_id, len(small_docket.events(case_id)), **TOLD[number])

    assert small_docket.facts(case_id) == TOLD[1]


def test_what_an_abuser_says_stands_beside_what_somebody_else_said(docket: Docket) -> None:
    case_id = docket.in_review(facts={**KNOWN, "gang_member": True, "military_service": "none"})
    tell(
        docket,
        case_id,
        1,
        gang_member={"value": False, "provided_by": "abuser"},
        military_service={"value": "honorable_discharge", "provided_by": "abuser"},
    )

    assert docket.case(case_id).lane == "mixed"
