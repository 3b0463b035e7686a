"""Coming back from a case to the list and place that one came from, and going on to the case beside it."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.web.conftest import Enter
from tests.web.office import Office, Visitor
from tests.web.pages import Page
from tests.web.test_queue import hearing, listed
from tests.web.test_queue_pages import NEXT, link
from tests.web.test_work import REVIEW, confirm

HOST = "http://127.0.0.1"


def follow(visitor: Visitor, address: str, came_from: str) -> Page:
    """Follow a link as a browser does, which says where it comes from."""
    visitor.client.headers["Referer"] = HOST + came_from
    page = visitor.get(address)
    del visitor.client.headers["Referer"]
    return page


def by_hearing(office: Office, count: int) -> list[str]:
    """Cases in the order of their hearings."""
    return [
        office.receive(number, court=hearing(f"20{20 + number // 28}-01-{number % 28 + 1:02}"))
        for number in range(1, count + 1)
    ]


def beside(page: Page) -> str:
    """What the page says of the list that one came from."""
    words = page.words.partition("Second Look")[2]
    return words[words.index("Back") : words.index("Quillfeather")].strip() if "Back" in words else ""


def test_a_case_leads_back_to_the_tab_filters_and_place_and_on_to_its_neighbours(office: Office, enter: Enter) -> None:
    cases = by_hearing(office, 28)
    attorney = enter("attorney1")
    start = "/queue?tab=unassigned&office=BAL&sort=hearing"
    first = attorney.get(start)
    assert listed(first) == cases[:25]

    page = follow(attorney, f"/cases/{cases[11]}", start)

    assert beside(page) == "Back to the list: Unassigned 12 of 28Previous case in this listNext case in this list"
    assert start in page.links
    assert {f"/cases/{cases[10]}", f"/cases/{cases[12]}"} <= set(page.links)
    onward = link(first, NEXT)
    assert onward is not None
    page = follow(attorney, f"/cases/{cases[26]}", onward)
    assert "27 of 28" in beside(page)
    assert onward in page.links


def test_going_on_case_by_case_turns_the_page_and_the_list_has_ends(office: Office, enter: Enter) -> None:
    cases = by_hearing(office, 27)
    attorney = enter("attorney1")
    start = "/queue?sort=hearing"
    attorney.get(start)
    page = follow(attorney, f"/cases/{cases[23]}", start)

    for number in range(24, 27):
        page = follow(attorney, f"/cases/{cases[number]}", f"/cases/{cases[number - 1]}")
        assert f"{number + 1} of 27" in beside(page)
    assert "Next case" not in beside(page)
    back = next(each for each in page.links if each.startswith("/queue?") and "page=2" in each)
    assert listed(attorney.get(back)) == cases[25:]
    page = follow(attorney, f"/cases/{cases[24]}", f"/cases/{cases[25]}")
    assert "25 of 27" in beside(page)
    page = follow(attorney, f"/cases/{cases[0]}", start)
    assert "Previous case" not in beside(page)


def test_a_decided_case_still_leads_back_and_to_the_next_of_its_list(office: Office, enter: Enter) -> None:
    cases = by_hearing(office, 3)
    attorney = enter("attorney1")
    start = "/queue?tab=unassigned&sort=hearing"
    page = follow(attorney, f"/cases/{cases[1]}", start)
    form = page.form("/review")

    answer = attorney.decide(form.action, form.filled(**REVIEW))

    page = follow(attorney, answer.headers["location"], f"/cases/{cases[1]}/review")
    assert beside(page).startswith("Back to the list: Unassigned Previous case in this listNext case in this list")
    assert {start, f"/cases/{cases[0]}", f"/cases/{cases[2]}"} <= set(page.links)
    assert listed(attorney.get(start)) == [cases[0], cases[2]]


def test_a_form_with_errors_and_a_reload_keep_the_way_back(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = follow(attorney, f"/cases/{case_id}", "/queue?tab=unassigned")
    form = page.form("/review")

    for page in (attorney.post(form.action, form.fields, status=422), attorney.get(f"/cases/{case_id}")):
        assert "Back to the list: Unassigned 1 of 1" in beside(page)


def test_two_windows_with_two_lists_do_not_mix(office: Office, enter: Enter) -> None:
    one, other = office.receive(1), office.receive(2)
    attorney = enter("attorney1")
    follow(attorney, f"/cases/{one}", "/queue?tab=unassigned")
    follow(attorney, f"/cases/{other}", "/queue?sort=age")

    assert "Back to the list: Unassigned" in beside(attorney.get(f"/cases/{one}"))
    assert "Back to the list: All open" in beside(attorney.get(f"/cases/{other}"))


def test_what_was_last_decided_is_gone_through_in_its_own_order(office: Office, enter: Enter) -> None:
    cases = [office.receive(number) for number in range(1, 4)]
    attorney = enter("attorney1")
    for case_id in cases:
        confirm(attorney, case_id)

    page = follow(attorney, f"/cases/{cases[1]}", "/queue?tab=done")

    assert "2 of 3" in beside(page)
    assert page.links.index(f"/cases/{cases[2]}") < page.links.index(f"/cases/{cases[0]}")


def test_home_and_a_search_are_come_back_to(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    assert beside(follow(attorney, f"/cases/{case_id}", "/")) == "Back home"
    assert "/search/sealed" in follow(attorney, f"/cases/{case_id}", "/search/sealed").links


def test_only_pages_of_one_s_own_are_come_back_to(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")

    for came_from in ("/queue?lane=mixed", "/queue?tab=nonsense", "/queue?" + urlencode({"tab": "x" * 900})):
        assert beside(follow(attorney, f"/cases/{case_id}", came_from)) == "", came_from
    for elsewhere in (
        "https://elsewhere.test/queue?tab=mine",
        "http://127.0.0.1:81/queue",
        "nonsense",
        "//",
        "http://[",
    ):
        attorney.client.headers["Referer"] = elsewhere
        assert beside(attorney.get(f"/cases/{case_id}")) == "", elsewhere
    del attorney.client.headers["Referer"]


def test_a_list_of_others_is_looked_up_among_one_s_own_cases(office: Office, enter: Enter) -> None:
    mine, theirs = office.receive(1), office.receive(2, office="DEN")
    page = follow(enter("attorney1"), f"/cases/{mine}", "/queue?office=DEN")

    assert f"/cases/{theirs}" not in page.links
    assert "of" not in beside(page).split()
