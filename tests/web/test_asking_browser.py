"""Facts asked for in a real browser, with and without a script, and the pages that show it before axe."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from secondlook.cases.documents import allow_hosts
from tests.web.test_browser import Screen, screen  # noqa: F401

pytestmark = pytest.mark.slow

FILE = {"id": "d-1", "title": "Rap sheet", "date": "2011-11", "address": "https://files.example/f/17", "pages": 12}
CONVICTIONS = {"value": [], "source": "fbi", "document": "d-1", "page": 3}


@pytest.fixture(autouse=True)
def hosts() -> Iterator[None]:
    allow_hosts(frozenset({"files.example"}))
    yield
    allow_hosts(frozenset())


def faults(page: Page) -> str:
    found = Axe().run(page)
    return str(found.generate_report()) if found.violations_count else ""


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_facts_are_asked_for_where_a_criterion_misses_them(screen: Screen, javascript: bool) -> None:  # noqa: F811
    case_id = screen.office.receive(
        7100 + javascript, documents=[FILE], facts={"first_arrival_date": "1994-08-11", "convictions": CONVICTIONS}
    )
    page = screen.enter("attorney1", javascript=javascript)
    page.goto(f"{screen.address}/cases/{case_id}")

    expect(page.locator("#ask-education-from")).to_be_hidden()
    page.get_by_label("Ask for this: Education").check()
    page.get_by_label("Of whom: Education").select_option("Another agency")
    page.get_by_label("Ask for this: Previous removals").check()
    due = page.get_by_label("Due: Previous removals").input_value()
    page.get_by_label("Ask for facts").check()
    expect(page.locator("#review-ask")).to_be_visible()
    page.locator("label[for=review-reasons-1]").click()
    page.get_by_label("Rationale").fill("The file does not say, and it would matter for the lane.")
    assert not javascript or faults(page) == ""
    page.get_by_role("button", name="Go on to confirm").click()
    expect(page.get_by_text("Ask for: Education")).to_be_visible()
    page.get_by_role("button", name="Record it", exact=True).click()

    expect(page.get_by_text("Asked for, and not there yet")).to_be_visible()
    expect(page.get_by_label("Ask for this: Education")).to_be_checked()
    expect(page.get_by_role("link", name="Rap sheet").first).to_have_attribute("rel", "noreferrer")
    assert not javascript or faults(page) == ""
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width if javascript else True
    told = httpx.get(f"{screen.address}/requests", headers={"Authorization": "Bearer x"}).json()["requests"]
    assert sorted((each["facts"], each["addressee"], each["due"]) for each in told if each["case"] == case_id) == [
        (["education"], "Another agency", due),
        (["prior_removals"], "The system that sent the case", due),
    ]
    assert screen.asked == []
