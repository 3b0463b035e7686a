"""The queue: what it lists, in which order, and what it keeps to itself."""

from __future__ import annotations

from tests.web.conftest import Enter
from tests.web.office import KNOWN, Office
from tests.web.pages import Page


def listed(page: Page) -> list[str]:
    return [link.removeprefix("/cases/") for link in page.links if link.startswith("/cases/")]


def hearing(date: str) -> dict[str, object]:
    return {"base_city": "BAL", "next_hearing": {"date": date, "type": "merits"}}


def test_detained_people_come_first_then_the_nearest_hearing(office: Office, enter: Enter) -> None:
    late = office.receive(1, court=hearing("2012-09-01"))
    none = office.receive(2, court={"base_city": "BAL"})
    soon = office.receive(3, court=hearing("2012-02-01"))
    detained = office.receive(4, court=hearing("2012-12-01"), custody="detained")
    attorney = enter("attorney1")

    assert listed(attorney.get("/queue")) == [detained, soon, late, none]
    assert listed(attorney.get("/queue?sort=hearing")) == [soon, late, detained, none]
    assert listed(attorney.get("/queue?sort=age")) == [late, none, soon, detained]


def test_filters_are_the_address_and_can_be_removed_one_by_one(office: Office, enter: Enter) -> None:
    here, there = office.receive(1), office.receive(2, office="DEN")
    sparse = office.receive(3, facts={})
    supervisor = enter("supervisor1")

    assert set(listed(supervisor.get("/queue"))) == {here, there, sparse}
    assert listed(supervisor.get("/queue?office=DEN")) == [there]
    page = supervisor.get("/queue?office=BAL&lane=insufficient_facts&stage=attorney_review")
    assert listed(page) == [sparse]
    assert {
        "/queue?lane=insufficient_facts&stage=attorney_review",
        "/queue?office=BAL&stage=attorney_review",
        "/queue?office=BAL&lane=insufficient_facts",
    } <= set(page.links)
    assert listed(supervisor.get("/queue?stage=closed")) == []
    for nonsense in ("office=XXX", "lane=nonsense", "stage=nonsense"):
        assert listed(supervisor.get(f"/queue?{nonsense}")) == []
    assert len(listed(supervisor.get("/queue?sort=nonsense&page=nonsense"))) == 3


def test_pages_hold_each_case_once(office: Office, enter: Enter) -> None:
    received = [office.receive(number) for number in range(1, 53)]
    attorney = enter("attorney1")
    first = attorney.get("/queue")
    assert "Showing 1–25 of 52" in first.words
    assert "/queue?page=last" in first.links

    for sort in ("urgency", "hearing", "age"):
        pages = [listed(attorney.get(f"/queue?sort={sort}&page={number}")) for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [25, 25, 2]
        assert sorted(case_id for page in pages for case_id in page) == sorted(received)


def test_a_list_shows_no_fact_and_no_criterion(office: Office, enter: Enter) -> None:
    office.receive(1, facts={**KNOWN, "victim_of": ["domestic_violence"], "gang_member": True})

    page = enter("attorney1").get("/queue")

    assert "Quillfeather, Ottoline A•••••0001" in page.words
    for kept in ("ictim", "iolence", "B-05", "gang", "rotected", "A000000001", "1945", "dui"):
        assert kept not in page.text


def test_counts_are_those_of_ones_own_offices(office: Office, enter: Enter) -> None:
    office.receive(1)
    office.receive(2, office="DEN")
    office.receive(3, office="DEN")

    assert "All open 1 " in enter("attorney1").get("/queue").words
    assert "All open 2 " in enter("attorney3").get("/queue").words
    assert "All open 3 " in enter("supervisor1").get("/queue").words


def test_a_protected_fact_is_on_the_cases_own_page_and_marked(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={**KNOWN, "victim_of": ["trafficking"]})

    page = enter("attorney1").get(f"/cases/{case_id}")

    assert "Victim of protected Touches B-05 Trafficking" in page.words
    assert "trafficking or another serious crime protected, 8 USC 1367" in page.words


def test_a_case_shows_what_is_unknown_and_which_of_it_matters(office: Office, enter: Enter) -> None:
    page = enter("attorney1").get(f"/cases/{office.receive(1, facts={})}")

    assert "No fact is known." in page.words
    assert "Convictions: not asked matters for the lane" in page.words
    assert "Every lane ends at an attorney" in page.words
    assert "Wording not confirmed" in page.words
