"""The queue's pages in a real browser: with the keyboard alone, without JavaScript, in a narrow window, before axe."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.web.test_browser import Screen, screen, tab_to

pytestmark = pytest.mark.slow

__all__ = ["screen"]


def test_pages_are_turned_with_the_keyboard_alone_and_without_javascript(screen: Screen) -> None:
    for number in range(1, 53):
        screen.office.receive(number)
    page = screen.enter("attorney1", javascript=False)
    page.goto(f"{screen.address}/queue")
    status = page.locator("p[role=status]")

    for link, shown in (
        ("/queue?page=2&after=", "26–50 of 52"),
        ("/queue?page=3&after=", "51–52 of 52"),
        ("/queue?page=2&before=", "26–50 of 52"),
        ("/queue?page=last", "51–52 of 52"),
    ):
        tab_to(page, link)
        page.keyboard.press("Enter")
        status.filter(has_text=shown).wait_for()

    page.set_viewport_size({"width": 320, "height": 600})
    assert page.get_by_role("link", name="Previous page").is_visible()
    assert page.get_by_role("link", name="First page").is_visible()


def test_a_page_in_the_middle_has_no_serious_fault(screen: Screen) -> None:
    page = screen.enter("attorney1")
    page.goto(f"{screen.address}/queue?page=2")
    page.get_by_role("link", name="Last page").wait_for()

    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_home_tabs_and_kept_views_have_no_fault_and_fit_narrow_windows(screen: Screen) -> None:
    case_id = screen.office.receive(1001)
    screen.office.receive(1002, office="DEN")
    page = screen.enter("supervisor1")
    faults: dict[str, list[str]] = {}

    def look(what: str) -> None:
        found = [each["id"] for each in Axe().run(page).response["violations"]]
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            found += [f"overflows {width}"] if wide else []
        if found:
            faults[what] = found

    for address in ("/", "/queue?tab=unassigned&office=BAL", "/queue?tab=returned&due=soon", "/assignment"):
        page.goto(screen.address + address)
        look(address)
    page.goto(f"{screen.address}/queue?tab=unassigned")
    page.get_by_text("Saved views").click()
    page.get_by_role("button", name="Save view").click()
    page.locator("#error-summary").wait_for()
    look("a view without a name")
    page.locator("#view-name").fill("What is nobody's")
    page.get_by_role("button", name="Save view").click()
    page.get_by_text("Saved views (1)").click()
    look("kept views")
    page.goto(f"{screen.address}/queue?tab=unassigned&sort=age&page=last")
    page.locator(f"a[href='/cases/{case_id}']").click()
    page.get_by_role("link", name="Back to the list: Unassigned").wait_for()
    look("a case from a list")

    assert faults == {}
    assert screen.asked == []


def test_one_comes_back_to_the_same_list_with_the_keyboard_alone_and_without_javascript(screen: Screen) -> None:
    case_ids = [screen.office.receive(number) for number in range(1003, 1005)]
    page = screen.enter("attorney1", javascript=False)
    address = "/queue?tab=unassigned&office=BAL&sort=age&page=last"
    page.goto(screen.address + address)

    tab_to(page, f"/cases/{case_ids[0]}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_ids[0]}")
    tab_to(page, f"/cases/{case_ids[1]}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_ids[1]}")
    tab_to(page, "/queue?tab=unassigned")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**{address}")
    assert page.locator(f"a[href='/cases/{case_ids[1]}']").is_visible()
