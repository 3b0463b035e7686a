"""The case's page as a desk, in a real browser: a decision without leaving the evidence, colleagues, and being away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.office import KNOWN
from tests.web.test_browser import Screen, screen  # noqa: F401

pytestmark = pytest.mark.slow

WHY = "Here since 1994, and nothing weighs against it."


@pytest.fixture(autouse=True)
def as_before(screen: Screen) -> Iterator[None]:  # noqa: F811
    yield
    screen.office.later(seconds=0)


def fill(page: Page) -> None:
    page.get_by_label("Dismiss").check()
    page.get_by_label("Education").check()
    page.get_by_label("Rationale").fill(WHY)


def faults(page: Page, what: str) -> list[str]:
    """What axe finds, and widths in which something overflows."""
    found = [f"{what}: {each['id']}" for each in Axe().run(page).response["violations"]]
    for width in (1024, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{what}: overflows at {width}")
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{what} {width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


def test_a_decision_takes_one_page_load_and_no_scrolling_and_opens_the_next(screen: Screen) -> None:  # noqa: F811
    first, second = (screen.office.receive(n, respondent={"family_name": "Nextone"}) for n in (8001, 8002))
    page = screen.enter("attorney1")
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{screen.address}/cases/{first}")
    for wanted in ("Administratively close", "Long presence"):
        expect(page.get_by_label(wanted)).to_be_in_viewport()
    expect(page.get_by_role("button", name="Go on to confirm")).to_be_in_viewport()
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    fill(page)
    page.locator("#finding-A-10").get_by_label("Not met").check()
    page.get_by_role("button", name="Go on to confirm").click()
    expect(page.get_by_role("heading", name="Dismiss: record this review?")).to_be_focused()
    assert faults(page, "confirming") == []
    expect(page.get_by_text("A-05c").first).to_be_visible()
    expect(page.locator("#finding-A-10").get_by_label("Cannot tell")).to_be_disabled()
    page.get_by_role("button", name="Change something first").click()
    page.locator("#finding-A-10").get_by_label("Cannot tell").check()
    page.get_by_role("button", name="Go on to confirm").click()
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(page.get_by_role("button", name="Record and open next")).to_be_in_viewport()
    page.get_by_role("button", name="Record and open next").click()
    page.get_by_text("This is the next case, and you have it.").wait_for()

    assert len(loads) == 1
    assert screen.office.stage(first) == "held"
    assert second in page.url or "cases/" in page.url
    page.goto(f"{screen.address}/cases/{first}")
    expect(page.get_by_text("Found by Attorney One: Cannot tell")).to_be_visible()


def test_a_colleague_is_seen_while_the_page_is_open_and_not_afterwards(screen: Screen) -> None:  # noqa: F811
    case_id = screen.office.receive(8003)
    first, second = screen.enter("attorney1"), screen.enter("attorney2")

    with first.expect_response(lambda answer: answer.url.endswith("/looking")):
        first.goto(f"{screen.address}/cases/{case_id}")
    second.goto(f"{screen.address}/cases/{case_id}")
    expect(second.get_by_text("Attorney One opened this case at")).to_be_visible()

    first.goto(f"{screen.address}/queue")
    for _ in range(50):
        second.reload()
        if not second.get_by_text("Attorney One opened this case at").count():
            break
    expect(second.get_by_text("Attorney One opened this case at")).to_have_count(0)


def test_the_time_that_is_left_to_withdraw_counts_down_and_the_form_is_beside_it(screen: Screen) -> None:  # noqa: F811
    case_id = screen.office.receive(8004)
    page = screen.enter("attorney1")
    page.clock.install()
    page.goto(f"{screen.address}/cases/{case_id}")
    fill(page)
    page.get_by_role("button", name="Go on to confirm").click()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("10 minutes left")).to_be_visible()

    page.clock.fast_forward("06:30")
    expect(page.get_by_text("4 minutes left")).to_be_visible()
    page.clock.fast_forward("04:00")
    expect(page.get_by_text("(over)")).to_be_visible()
    page.locator("summary", has_text="Withdraw it").click()
    assert faults(page, "held") == []
    page.get_by_label("Reason", exact=True).fill("The wrong file.")
    page.get_by_role("button", name="Withdraw", exact=True).click()

    page.get_by_role("heading", name="Back in review").wait_for()


def test_whoever_is_signed_out_in_mid_text_signs_in_beside_it_and_sends_the_same_text(
    screen: Screen,  # noqa: F811
) -> None:
    case_id = screen.office.receive(8005)
    page = screen.enter("attorney1")
    page.goto(f"{screen.address}/cases/{case_id}")
    fill(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Go on to confirm").click()
    page.get_by_role("heading", name="You are not signed in").wait_for()
    assert faults(page, "signed out") == []

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    opened.value.locator("button[value=attorney1]").press("Enter")
    opened.value.wait_for_url(f"{screen.address}/**")
    page.get_by_role("button", name="Send it again").click()
    page.get_by_role("heading", name="record this review?").wait_for()
    page.get_by_role("button", name="Record it").click()

    page.get_by_role("heading", name="Decision in force").wait_for()
    expect(page.get_by_text(WHY).first).to_be_visible()


def test_a_supervisor_answers_beside_the_evidence(screen: Screen) -> None:  # noqa: F811
    case_id = screen.office.receive(8006, facts={**KNOWN, "prior_removals": {"value": 0, "source": "index"}})
    attorney, supervisor = screen.enter("attorney1"), screen.enter("supervisor1")
    attorney.goto(f"{screen.address}/cases/{case_id}")
    fill(attorney)
    attorney.get_by_role("button", name="Go on to confirm").click()
    attorney.get_by_role("button", name="Record it").click()
    attorney.get_by_role("heading", name="Decision in force").wait_for()
    screen.office.later(minutes=11)
    supervisor.set_viewport_size({"width": 1024, "height": 768})
    for _ in range(100):
        supervisor.goto(f"{screen.address}/cases/{case_id}")
        if supervisor.get_by_role("button", name="Record the answer").count():
            break

    expect(supervisor.get_by_role("heading", name="Decision in force")).to_be_in_viewport()
    expect(supervisor.get_by_role("heading", name="Found", exact=True)).to_be_in_viewport()
    assert faults(supervisor, "concurrence") == []
    supervisor.get_by_role("radio", name="Concur").check()
    supervisor.get_by_role("checkbox", name="Facts").check()
    supervisor.get_by_role("button", name="Record the answer").click()
    supervisor.get_by_text("Recorded. The history").wait_for()
    assert screen.office.stage(case_id) == "dismissed"
