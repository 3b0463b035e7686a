"""Second readings: which rounds are drawn, who may read them, and what a reading leaves."""

from __future__ import annotations

from datetime import date

import pytest

from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records.judging import Bench
from secondlook.records.schema import audit, second_reads
from secondlook.records.work.second_reads import (
    READ,
    Agreement,
    NotToRead,
    agreements,
    read,
    reading,
    to_read,
)
from tests.records.docket import ATTORNEY, COLLEAGUE, SUPERVISOR, Docket

RULES = load_ruleset("opla-2011-11-17")


def drawing(docket: Docket, percent: float) -> Docket:
    """The docket, of whose finished rounds so many are drawn."""
    offices = Offices(OfficeSettings(second_read_percent=percent))
    docket.bench = Bench(docket.vault, offices, lambda _: RULES, date(2011, 12, 5))
    return docket


def theirs(docket: Docket, person: str) -> list[str]:
    return [each.case_id for each in docket.database.read_now(lambda c: to_read(c, person, ["BAL"], 50))]


def read_by(docket: Docket, person: str, case_id: str, action: str = "close") -> None:
    findings = {"A-04": "not_met"}
    docket.database.write_now(
        lambda c: read(c, docket.vault, case_id, 1, person, action, findings, "A long reason.", docket.now)
    )


def test_about_the_share_that_was_asked_for_is_drawn_and_never_twice(docket: Docket) -> None:
    drawing(docket, 40)
    for number in range(1, 61):
        docket.close(docket.in_review(number))
    assert 10 < len(docket.rows(second_reads)) < 40


@pytest.mark.parametrize(("percent", "drawn"), [(0, 0), (100, 1)])
def test_none_and_all_are_shares_too(docket: Docket, percent: float, drawn: int) -> None:
    drawing(docket, percent)
    docket.before_supervisor(case_id := docket.in_review())
    assert docket.rows(second_reads) == [], "a round that goes on is not drawn"
    docket.concur(case_id)
    docket.judge(case_id)
    assert len(docket.rows(second_reads)) == drawn


def test_who_acted_in_the_case_does_not_read_it(docket: Docket) -> None:
    drawing(docket, 100)
    docket.close(case_id := docket.in_review())
    assert theirs(docket, ATTORNEY.subject) == theirs(docket, SUPERVISOR.subject) == []
    assert theirs(docket, COLLEAGUE.subject) == [case_id]
    with pytest.raises(NotToRead):
        read_by(docket, ATTORNEY.subject, case_id)


def test_a_reading_is_kept_once_beside_the_decision_and_moves_nothing(docket: Docket) -> None:
    drawing(docket, 100)
    docket.close(case_id := docket.in_review())
    before = docket.case(case_id).state
    read_by(docket, COLLEAGUE.subject, case_id, "dismiss")

    with pytest.raises(NotToRead):
        read_by(docket, "attorney3", case_id)
    kept = docket.database.read_now(lambda c: reading(c, docket.vault, case_id, 1))
    assert kept is not None
    assert (kept.reader, kept.action, kept.decided, kept.decided_by) == (
        COLLEAGUE.subject, "dismiss", "close", ATTORNEY.subject,
    )  # fmt: skip
    assert (kept.rationale, kept.findings) == ("A long reason.", {"A-04": "not_met"})
    assert docket.case(case_id).state == before
    assert theirs(docket, "attorney3") == []


def test_the_chain_says_who_read_and_not_what_they_said(docket: Docket) -> None:
    drawing(docket, 100)
    docket.close(case_id := docket.in_review())
    read_by(docket, COLLEAGUE.subject, case_id)
    last = docket.rows(audit, case_id)[-1]
    assert (last.kind, last.actor, last.detail) == (READ, COLLEAGUE.subject, '{"round":1}')
    assert docket.breaks() == []


def test_agreement_is_counted_by_office_and_by_what_was_decided(docket: Docket) -> None:
    drawing(docket, 100)
    for number, action in enumerate(["close", "close", "dismiss"], 1):
        docket.close(case_id := docket.in_review(number))
        read_by(docket, COLLEAGUE.subject, case_id, action)
    counted = docket.database.read_now(lambda c: agreements(c, ["BAL"]))
    assert counted == [Agreement("BAL", "close", 3, 2)]
    assert docket.database.read_now(lambda c: agreements(c, ["DEN"])) == []
