"""Turning the queue's pages: by its links, while cases come and go, and by addresses that mean nothing any more."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from tests.web.conftest import Enter
from tests.web.office import Office, Visitor
from tests.web.pages import Page
from tests.web.test_queue import hearing, listed

NEXT, PREVIOUS, FIRST, LAST = "after=", "before=", "/queue", "page=last"


def link(page: Page, mark: str) -> str | None:
    """The page's link to another page, by what its address has; the places stand last in it."""
    return next((each for each in page.links if each.startswith("/queue") and mark in each), None)


def turned(visitor: Visitor, start: str, mark: str) -> list[Page]:
    """The page at an address, and all that its links of one kind lead to."""
    pages = [visitor.get(start)]
    while (onward := link(pages[-1], mark)) is not None:
        pages.append(visitor.get(onward))
        assert len(pages) < 10, "the links lead round and round"
    return pages


def cases_on(pages: Sequence[Page]) -> list[str]:
    return [case_id for page in pages for case_id in listed(page)]


def receive_many(office: Office, count: int, **changed: object) -> list[str]:
    return [office.receive(number, **changed) for number in range(1, count + 1)]


@pytest.fixture
def sixty(office: Office) -> list[str]:
    """Sixty cases with hearings on few days, so that ids decide between many."""
    return [
        office.receive(
            number, court=hearing(f"2012-03-{number % 4 + 10}"), custody="detained" if number % 3 else "never"
        )
        for number in range(1, 61)
    ]


@pytest.mark.parametrize("sort", ["urgency", "hearing", "age"])
def test_next_and_previous_show_each_case_once(enter: Enter, sixty: list[str], sort: str) -> None:
    attorney = enter("attorney1")

    there = turned(attorney, f"/queue?sort={sort}", NEXT)
    back = turned(attorney, f"/queue?sort={sort}&page=last", PREVIOUS)

    assert [len(listed(page)) for page in there] == [25, 25, 10]
    assert sorted(cases_on(there)) == sorted(sixty)
    assert cases_on(reversed(back)) == cases_on(there)
    for pages in (there, back[::-1]):
        words = [page.words for page in pages]
        assert "Showing 1–25 of 60" in words[0]
        assert "Showing 26–50 of 60" in words[1]
        assert "Page 2 of 3" in words[1]
        assert "Showing 51–60 of 60" in words[2]


def test_a_page_leads_on_only_where_something_is(enter: Enter, sixty: list[str]) -> None:
    attorney = enter("attorney1")
    first = attorney.get("/queue?lane=&office=BAL")
    last = attorney.get("/queue?office=BAL&page=last")

    assert link(first, PREVIOUS) is None
    assert "First page" not in first.words
    assert link(last, NEXT) is None
    assert "Last page" not in last.words
    assert "/queue?office=BAL" in last.links
    assert link(first, "office=BAL&page=last") is not None


def test_cases_that_come_in_meanwhile_move_nothing(office: Office, enter: Enter, sixty: list[str]) -> None:
    attorney = enter("attorney1")
    first = attorney.get("/queue")
    onward = link(first, NEXT)
    assert onward is not None
    second = listed(attorney.get(onward))

    urgent = [office.receive(100 + number, court=hearing("2012-01-02"), custody="detained") for number in range(3)]

    again = attorney.get(onward)
    assert listed(again) == second
    back = turned(attorney, onward, PREVIOUS)
    assert set(cases_on(back)) == {*second, *listed(first), *urgent}, "going back skips no case that came in"
    assert listed(back[-1])[:3] == listed(attorney.get("/queue"))[:3]
    assert set(listed(back[-1])[:3]) == set(urgent)


def test_a_place_tells_nothing_of_a_case(office: Office, enter: Enter, sixty: list[str]) -> None:
    page = enter("attorney1").get("/queue")

    place = str(link(page, NEXT)).partition(NEXT)[2]
    within = base64.urlsafe_b64decode(place + "==")
    for kept in (*sixty, "201203", "detained"):
        assert kept not in place
        assert kept.encode() not in within


def test_a_place_of_others_shows_only_ones_own_cases(office: Office, enter: Enter) -> None:
    receive_many(office, 30)
    theirs = [office.receive(100 + number, office="DEN", court={"base_city": "DEN"}) for number in range(3)]
    onward = link(enter("attorney1").get("/queue"), NEXT)
    assert onward is not None

    shown = listed(enter("attorney3").get(onward))

    assert sorted(shown) == sorted(theirs)


def test_an_address_that_means_nothing_is_the_first_page(enter: Enter, sixty: list[str]) -> None:
    attorney = enter("attorney1")
    first = listed(attorney.get("/queue"))
    by_age = listed(attorney.get("/queue?sort=age"))
    onward = link(attorney.get("/queue"), NEXT)
    assert onward is not None
    place = onward.partition(NEXT)[2]

    for nonsense in ("", "x", "é", "%25", "AAAA", "A" * 3000, place[:-5], place[::-1], "0", "c_1", "[]"):
        for name in ("after", "before"):
            assert listed(attorney.get(f"/queue?page=2&{name}={nonsense}" if nonsense else "/queue")) == first
    assert listed(attorney.get(f"/queue?sort=age&page=2&after={place}")) == by_age, "a place of another order"
    for number in ("0", "-1", "1.5", "٢", "99999999"):
        assert listed(attorney.get(f"/queue?page={number}")) == first


def test_a_page_that_is_no_longer_there_is_the_last_one(enter: Enter, sixty: list[str]) -> None:
    attorney = enter("attorney1")
    last = attorney.get("/queue?page=last")
    place = str(link(last, PREVIOUS)).partition(PREVIOUS)[2]

    beyond = attorney.get("/queue?page=39")
    assert listed(beyond) == listed(last)
    assert "Showing 51–60 of 60" in beyond.words
    onward = attorney.get(f"/queue?stage=held&page=3&after={place}")
    assert "No case matches" in onward.words


def test_a_queue_of_one_page_has_no_links_to_others(office: Office, enter: Enter) -> None:
    received = receive_many(office, 25)
    attorney = enter("attorney1")

    for address in ("/queue", "/queue?page=last", "/queue?page=3"):
        page = attorney.get(address)
        assert sorted(listed(page)) == sorted(received)
        assert "Showing 1–25 of 25" in page.words
        assert all(mark not in each for each in page.links for mark in (NEXT, PREVIOUS, LAST))


def test_an_auditor_turns_the_pages_of_all_offices(office: Office, enter: Enter) -> None:
    received = receive_many(office, 20)
    received += [office.receive(100 + number, office="DEN", court={"base_city": "DEN"}) for number in range(10)]

    assert sorted(cases_on(turned(enter("auditor1"), "/queue", NEXT))) == sorted(received)
