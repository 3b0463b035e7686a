"""The application in a real browser: with the keyboard alone and JavaScript off, and each page before axe."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from secondlook.settings import Settings
from secondlook.web.app import create_app
from tests.web.office import Office, until

pytestmark = pytest.mark.slow

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]


def chromium() -> str | None:
    """Where a Chromium is: ``CHROMIUM``, or one of its usual names."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@dataclass
class Screen:
    """A browser before a running application."""

    browser: Browser
    address: str
    office: Office

    def enter(self, subject: str, *, javascript: bool = True) -> Page:
        """A window in which somebody has signed in, by the provider's own page."""
        page = self.browser.new_context(java_script_enabled=javascript).new_page()
        page.set_default_timeout(10_000)
        hosts = (self.address, str(self.office.settings.oidc_issuer))
        page.on(
            "request", lambda request: self.asked.append(request.url) if not request.url.startswith(hosts) else None
        )
        page.goto(self.address)
        page.locator(f"button[value={subject}]").press("Enter")
        page.wait_for_url(f"{self.address}/**")
        return page

    def __post_init__(self) -> None:
        self.asked: list[str] = []


@pytest.fixture(scope="module")
def screen(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    executable = chromium()
    if executable is None:
        pytest.skip("there is no Chromium (set CHROMIUM)")
    folder: Path = tmp_path_factory.mktemp("browser")
    office = Office(
        Settings(data=folder / "data", oidc_issuer=provider, intake_token="x", lane_hidden_percent=0, _env_file=None)
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(office.settings), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until("the application", lambda: True if server.started else None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_QUIET)
        yield Screen(browser, f"http://127.0.0.1:{listening.getsockname()[1]}", office)
        browser.close()
    server.should_exit = True
    thread.join(10)
    office.close()


def focused(page: Page) -> str:
    """What has the focus, by the attribute that tells it apart; asked from outside the page's own scripts."""
    focus = page.locator("*:focus")
    return " ".join(str(focus.get_attribute(name)) for name in ("href", "id", "type")) if focus.count() else ""


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until something has the focus; that it can be reached so is the point."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if wanted in focused(page):
            return
    raise AssertionError(f"the keyboard never reaches {wanted}")


def test_a_case_is_reviewed_with_the_keyboard_alone_and_without_javascript(screen: Screen) -> None:
    case_id = screen.office.receive(1)
    page = screen.enter("attorney1", javascript=False)

    page.keyboard.press("Tab")
    assert "#main-content" in focused(page)
    tab_to(page, f"/cases/{case_id}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_id}")
    tab_to(page, "review-rationale")
    page.keyboard.type("Here since 1994.")
    tab_to(page, "None None submit")
    page.keyboard.press("Enter")

    page.locator("#error-summary").wait_for()
    assert "error-summary" in focused(page)
    tab_to(page, "#review-action")
    page.keyboard.press("Enter")
    tab_to(page, "review-action-")
    page.keyboard.press("Space")
    tab_to(page, "review-reasons-1")
    page.keyboard.press("Space")
    tab_to(page, "review-rationale")
    assert page.locator("#review-rationale").input_value() == "Here since 1994."
    tab_to(page, "None None submit")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="record this review?").wait_for()
    tab_to(page, "None None submit")  # to find
    tab_to(page, "None None submit")  # to sign out
    tab_to(page, "None None submit")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/cases/{case_id}?outcome=recorded")
    assert screen.office.stage(case_id) == "held"
    assert screen.asked == []


def test_no_page_has_a_serious_fault_for_people_with_disabilities(screen: Screen) -> None:
    case_id = screen.office.receive(2)
    other = screen.office.receive(3, office="DEN")
    page = screen.enter("supervisor1")
    faults: dict[str, list[str]] = {}
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text) if "Content Security Policy" in said.text else None)

    def look(what: str) -> None:
        found = Axe().run(page).response["violations"]
        serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        if serious:
            faults[what] = serious

    for address in (
        "/queue",
        "/queue?office=BAL&stage=attorney_review",
        "/queue?stage=closed",
        "/escalated",
        f"/cases/{case_id}/facts/convictions",
        f"/cases/{case_id}/facts/birth_date",
        "/nothing",
    ):
        page.goto(screen.address + address)
        look(address)
    page.goto(f"{screen.address}/cases/{case_id}")
    look("a case")
    page.get_by_role("button", name="Go on to confirm").click()
    page.locator("#error-summary").wait_for()
    look("a form with errors")
    page.goto(f"{screen.address}/cases/{other}")
    page.get_by_label("Dismiss").check()
    page.get_by_label("Education").check()
    page.get_by_label("Rationale").fill("In school since 2001.")
    page.get_by_role("button", name="Go on to confirm").click()
    page.get_by_role("heading", name="record this review?").wait_for()
    look("a review played back beside its evidence")
    page.get_by_role("button", name="Record it").click()
    page.get_by_role("heading", name="Decision in force").wait_for()
    look("a held case")
    page.get_by_role("button", name="Show in full").click()
    look("a revealed A-number")

    assert faults == {}
    assert blocked == []
    assert screen.asked == []


def test_nothing_overflows_a_narrow_window_and_nothing_is_painted_over(screen: Screen) -> None:
    case_id = screen.office.receive(901, respondent={"family_name": "Quillfeather" * 6, "given_name": "Ottoline"})
    page = screen.enter("attorney1")
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)

    for address in ("/queue", f"/cases/{case_id}"):
        page.set_viewport_size({"width": 320, "height": 900})
        page.goto(screen.address + address)
        page.wait_for_load_state("networkidle")
        assert page.locator("html").evaluate("page => page.scrollWidth") == 320, address
    see_through = page.locator(".usa-radio, .usa-checkbox, .usa-radio__label, .usa-checkbox__label").evaluate_all(
        "found => found.every(each => getComputedStyle(each).backgroundColor === 'rgba(0, 0, 0, 0)')"
    )
    assert see_through
    page.goto(f"{screen.address}/queue")
    colours = (
        page.locator(".usa-table--striped tbody tr")
        .first.locator("th, td")
        .evaluate_all("cells => [...new Set(cells.map(cell => getComputedStyle(cell).backgroundColor))]")
    )
    assert len(colours) == 1, "a stripe goes through the whole row"
    page.goto(f"{screen.address}/cases/{case_id}")
    page.emulate_media(media="print")
    assert not page.locator("#review-form").is_visible()
    assert not page.locator("#facts").is_visible()
    assert page.locator(".sl-paper").is_visible()
    page.goto(f"{screen.address}/cases/{case_id}?paper=yes")
    assert page.locator("#facts").is_visible()
    for kept_off in ("#protected-form", ".sl-inline", ".sl-work"):
        assert not page.locator(kept_off).first.is_visible(), kept_off
    assert failed == []


def test_the_form_stays_beside_the_evidence_in_a_wide_window_alone(screen: Screen) -> None:
    case_id = screen.office.receive(902)

    def places(*, width: int, javascript: bool = True) -> tuple[dict[str, float], dict[str, float]]:
        """Where the evidence and the form are, after scrolling down."""
        page = screen.enter("attorney1", javascript=javascript)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{screen.address}/cases/{case_id}")
        page.locator("#unknown").scroll_into_view_if_needed()
        evidence, form = (page.locator(each).bounding_box() for each in (".sl-case__evidence", "#review-form"))
        assert evidence is not None and form is not None
        return dict(evidence), dict(form)

    evidence, form = places(width=1280)
    assert form["x"] > evidence["x"] + evidence["width"]
    assert 0 <= form["y"] < 900, "nobody scrolls to reach the form"
    for evidence, form in (places(width=1000), places(width=1280, javascript=False)):
        assert form["y"] > evidence["y"] + evidence["height"]


def test_a_decision_record_opens_as_a_page_and_is_saved_as_a_pdf(screen: Screen, tmp_path: Path) -> None:
    case_id = screen.office.receive(904)
    page = screen.enter("attorney1")
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text) if said.type == "error" else None)
    page.goto(f"{screen.address}/cases/{case_id}")
    page.get_by_label("Administratively close").check()
    page.get_by_label("Family ties").check()
    page.get_by_label("Rationale").fill("Here since 1994, with three children who were born here.")
    page.get_by_role("button", name="Go on to confirm").click()
    page.get_by_role("button", name="Record it", exact=True).click()
    page.get_by_role("heading", name="Decision in force").wait_for()
    screen.office.later(minutes=11)
    until("the supervisor's turn", lambda: True if screen.office.stage(case_id) == "supervisor_review" else None)
    supervisor = screen.enter("supervisor1")
    supervisor.goto(f"{screen.address}/cases/{case_id}")
    supervisor.get_by_label("Concur", exact=True).check()
    supervisor.get_by_role("checkbox", name="Facts").check()
    supervisor.get_by_role("button", name="Record the answer", exact=True).click()
    until("the end", lambda: True if screen.office.stage(case_id) == "closed" else None)
    screen.office.later()
    page.goto(f"{screen.address}/cases/{case_id}")
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="Get as a PDF").click()
    saved.value.save_as(tmp_path / "record.pdf")

    page.get_by_role("button", name="Open as a page").click()
    page.get_by_role("heading", name="Decision record").wait_for()

    assert saved.value.suggested_filename == f"decision-record-{case_id}-round-1.pdf"
    assert (tmp_path / "record.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert page.locator("body").evaluate("body => getComputedStyle(body).maxWidth") == "896px", "its own style counts"
    assert Axe().run(page).response["violations"] == []
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.locator("html").evaluate("page => page.scrollWidth") == 320
    page.reload()
    page.wait_for_url(f"{screen.address}/cases/{case_id}**")
    assert blocked == []
    assert screen.asked == []
