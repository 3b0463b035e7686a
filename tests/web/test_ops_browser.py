"""The pages of operators and auditors in a real browser: before axe, in narrow windows, refreshing by themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import update

from secondlook.policy import loading
from secondlook.records import failing, reports
from secondlook.records.database import Unit
from secondlook.records.reports import Report
from secondlook.records.schema import counted
from tests.policy.test_changes import TEXT
from tests.web.test_browser import Screen, screen  # noqa: F401

pytestmark = pytest.mark.slow


def write(screen: Screen, unit: Unit[None]) -> None:  # noqa: F811
    screen.office.database.write_now(unit)


def count_again(screen: Screen) -> None:  # noqa: F811
    """The next look finds no count of late."""
    long_ago = datetime(2011, 1, 1, tzinfo=UTC)
    write(screen, lambda c: c.execute(update(counted).values(due_at=long_ago, at=long_ago)).close())


def test_no_page_of_operators_and_auditors_has_a_fault_for_people_with_disabilities(
    screen: Screen,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path,
) -> None:
    case_id = screen.office.receive(1)
    now = datetime.now(UTC)
    write(screen, lambda c: failing.note(c, case_id, "damaged", now.replace(year=now.year - 1)))
    write(screen, lambda c: reports.tell(c, "w_one", Report("0.2.0", 12, 3, True, {"police": True}), now))
    later = TEXT.replace("id: opla-2011-11-17", "id: made-up-2012").replace("    value: 21\n", "    value: 18\n")
    (tmp_path / "made-up-2012.yaml").write_text(later)
    (tmp_path / "opla-2011-11-17.yaml").write_text(TEXT)
    monkeypatch.setattr(loading, "_BUILT_IN", tmp_path)
    faults: dict[str, list[str]] = {}
    blocked: list[str] = []

    def look(page: Page, address: str) -> None:
        page.goto(screen.address + address)
        page.locator("html").evaluate("page => page.querySelectorAll('details').forEach(each => { each.open = true; })")
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.locator("html").evaluate("page => page.scrollWidth") == width, address
        found = [each["id"] for each in Axe().run(page).response["violations"]]
        if found:
            faults[address] = found

    for subject, addresses in {
        "ops1": ("/ops",),
        "auditor1": (
            "/audit",
            "/audit?kind=received&office=BAL&person=attorney1",
            "/audit?from=yesterday",
            "/policy",
            "/policy?ruleset=made-up-2012&since=opla-2011-11-17",
        ),
    }.items():
        page = screen.enter(subject)
        page.on("console", lambda said: blocked.append(said.text) if "Content Security Policy" in said.text else None)
        for address in addresses:
            look(page, address)

    assert faults == {}
    assert blocked == []
    assert screen.asked == []


def test_numbers_refresh_by_themselves_until_that_is_stopped(screen: Screen) -> None:  # noqa: F811
    page = screen.enter("ops1")
    count_again(screen)
    page.goto(f"{screen.address}/ops")
    page.clock.install()
    page.goto(f"{screen.address}/ops")
    page.get_by_text("Received, by day: the numbers").click()
    page.locator("h1").click()

    write(screen, lambda c: reports.tell(c, "w_two", Report("0.2.0", 12, 3, True, {}), datetime.now(UTC)))
    page.clock.fast_forward(21_000)

    expect(page.locator("#ops-numbers").get_by_role("rowheader", name="w_two")).to_be_visible()
    expect(page.get_by_role("row", name="Day Received")).to_be_visible()
    page.get_by_role("button", name="Stop refreshing").click()
    write(screen, lambda c: reports.leave(c, "w_two"))
    page.clock.fast_forward(60_000)
    page.get_by_role("button", name="Refresh by itself").click()
    expect(page.locator("#ops-numbers").get_by_role("rowheader", name="w_two")).to_be_visible()
    page.clock.fast_forward(21_000)
    expect(page.locator("#ops-numbers").get_by_role("rowheader", name="w_two")).to_have_count(0)


def test_a_refresh_leaves_alone_what_somebody_is_in_and_says_when_it_fails(screen: Screen) -> None:  # noqa: F811
    page = screen.enter("ops1")
    page.goto(f"{screen.address}/ops")
    page.clock.install()
    page.goto(f"{screen.address}/ops")
    page.locator("#received-numbers summary").focus()
    write(screen, lambda c: reports.tell(c, "w_three", Report("0.2.0", 12, 3, True, {}), datetime.now(UTC)))

    page.clock.fast_forward(21_000)
    expect(page.locator("#received-numbers summary")).to_be_focused()
    expect(page.get_by_role("rowheader", name="w_three")).to_have_count(0)

    page.locator(".sl-refresh button").focus()
    page.clock.fast_forward(21_000)
    expect(page.get_by_role("rowheader", name="w_three")).to_be_visible()
    page.route("**/ops", lambda route: route.abort())
    page.clock.fast_forward(21_000)
    expect(page.get_by_text("Not refreshed: the server does not answer")).to_be_visible()
    expect(page.get_by_role("rowheader", name="w_three")).to_be_visible()
