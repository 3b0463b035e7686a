"""Drafts that are saved while somebody types, and the pages of people's work before axe and in a narrow window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.test_browser import Screen, screen  # noqa: F401

pytestmark = pytest.mark.slow


def test_what_is_typed_is_saved_and_stands_in_another_browser(screen: Screen) -> None:  # noqa: F811
    case_id = screen.office.receive(7001)
    address = f"{screen.address}/cases/{case_id}"
    page = screen.enter("attorney1")
    page.goto(address)

    page.get_by_label("Rationale").fill("Here since 1994.")
    page.get_by_label("Dismiss").check()
    expect(page.get_by_text("Draft saved at")).to_be_visible()

    other = screen.enter("attorney1", javascript=False)
    other.goto(address)
    expect(other.get_by_label("Rationale")).to_have_value("Here since 1994.")
    expect(other.get_by_label("Dismiss")).to_be_checked()
    other.get_by_label("Rationale").fill("Here since 1994, and in school.")
    other.get_by_role("button", name="Save draft").click()
    expect(other.get_by_text("Your draft is saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Rationale")).to_have_value("Here since 1994, and in school.")
    assert screen.asked == []


def test_whoever_was_signed_out_while_typing_is_told_and_goes_on_in_the_same_form(screen: Screen) -> None:  # noqa: F811
    case_id = screen.office.receive(7002)
    page = screen.enter("attorney1")
    page.goto(f"{screen.address}/cases/{case_id}")
    page.context.clear_cookies()

    page.get_by_label("Rationale").fill("Here since 1994.")

    expect(page.get_by_text("Not saved: you are signed out.")).to_be_visible()
    expect(page.get_by_label("Rationale")).to_have_value("Here since 1994.")


def test_the_pages_of_people_s_work_have_no_fault_and_fit_a_narrow_window(screen: Screen) -> None:  # noqa: F811
    case_id = screen.office.receive(7003, respondent={"family_name": "Quillfeather" * 5, "given_name": "Ottoline"})
    attorney, supervisor = screen.enter("attorney1"), screen.enter("supervisor1")
    faults: dict[str, list[str]] = {}

    def look(page: Page, what: str) -> None:
        found = [each["id"] for each in Axe().run(page).response["violations"]]
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"overflows at {width}")
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=Path(folder) / f"{what} {width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        if found:
            faults[what] = found

    attorney.goto(f"{screen.address}/cases/{case_id}")
    attorney.locator("summary", has_text="Put on hold").click()
    look(attorney, "nobody has it")
    attorney.get_by_role("button", name="Put on hold").click()
    look(attorney, "a hold with errors")
    attorney.get_by_label("Why it waits").fill("The file is at the court.")
    attorney.get_by_label("Until").fill("2999-01-01")
    attorney.get_by_role("button", name="Start review").click()
    attorney.get_by_text("You have this case until").wait_for()
    attorney.get_by_label("Write a note").fill("The sister has called.")
    attorney.get_by_role("button", name="Add the note").click()
    attorney.get_by_text("The sister has called.").wait_for()
    look(attorney, "mine")
    supervisor.goto(f"{screen.address}/cases/{case_id}")
    supervisor.locator("summary", has_text="Take the case back").click()
    look(supervisor, "somebody else's")
    supervisor.goto(f"{screen.address}/assignment")
    look(supervisor, "assignment")
    supervisor.get_by_text("Tick all").click()
    supervisor.get_by_role("button", name="Look at what will change").click()
    look(supervisor, "preview")
    supervisor.get_by_role("button", name="Assign").click()
    look(supervisor, "results")
    supervisor.goto(f"{screen.address}/queue?outcome=nothing")
    look(supervisor, "queue")

    assert faults == {}
