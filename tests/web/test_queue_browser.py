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
