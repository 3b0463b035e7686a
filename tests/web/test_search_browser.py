"""Finding a case in a real browser: with the keyboard alone and without JavaScript, in a narrow window, before axe."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.web.test_browser import Screen, screen, tab_to

pytestmark = pytest.mark.slow

__all__ = ["screen"]


def faults(page: Page) -> list[str]:
    return [each["id"] for each in Axe().run(page).response["violations"]]


def test_a_case_is_found_with_the_keyboard_alone_and_without_javascript(screen: Screen) -> None:
    case_id = screen.office.receive(1, respondent={"family_name": "García-López", "given_name": "Alfa"})
    page = screen.enter("attorney1", javascript=False)
    page.set_viewport_size({"width": 320, "height": 600})

    tab_to(page, "find")
    page.keyboard.type("lopez gar")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/*")
    tab_to(page, f"/cases/{case_id}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_id}")

    tab_to(page, "find")
    page.keyboard.type("A000 000 001")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_id}")


def test_no_state_of_the_search_has_a_fault(screen: Screen) -> None:
    for number in range(10, 36):
        screen.office.receive(number, respondent={"family_name": "Limber", "given_name": "Bravo"})
    page = screen.enter("attorney1")
    for text, shown in (
        ("limber", "Showing 1–25 of 26 cases"),
        ("nobody", "No case in your office"),
        ("12345", "7 to 9 digits"),
        ("", "Write a family name"),
    ):
        page.goto(f"{screen.address}/search")
        page.locator("#q").fill(text)
        page.locator("#q").press("Enter")
        page.get_by_text(shown).wait_for()
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert faults(page) == []
    page.goto(f"{screen.address}/queue")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
