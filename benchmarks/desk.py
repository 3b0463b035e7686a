"""What a decision and a concurrence take at the desk: clicks, keys, page loads and seconds, in a real browser.

``python -m benchmarks.desk [DECISIONS]``. On ``secondlook up`` an attorney decides case after case with "Record and
open next", by mouse and then by keyboard alone, and a supervisor answers one after the other. Counted from a case that
is open to the next one, without what is written; nobody thinks, so the seconds are the product's. Needs the packages of
requirements-dev.txt and a Chromium (``CHROMIUM``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks import report
from benchmarks.latency import waiting
from benchmarks.ours import RATIONALE, write_docket
from benchmarks.processes import python, up
from secondlook.intake.sample import AS_OF
from secondlook.records.database import Database
from secondlook.settings import Settings

_SHARE = 0.12
"""Baltimore's share of a sample docket."""
_WINDOW = {"width": 1280, "height": 800}


@dataclass
class Hand:
    """Somebody at a page. What they do is counted."""

    page: Page
    clicks: int = 0
    keys: int = 0
    loads: int = 0

    def __post_init__(self) -> None:
        self.page.on("domcontentloaded", self.loaded)

    def loaded(self, _page: Page) -> None:
        self.loads += 1

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.keys += 1

    def tab_to(self, wanted: str) -> None:
        """Tab until something has the focus, at most 200 times."""
        for _ in range(200):
            self.press("Tab")
            if self.page.locator(f"{wanted}:focus").count():
                return
        raise RuntimeError(f"the keyboard does not reach {wanted}")


def by_mouse(hand: Hand) -> None:
    """A review, from the open case to the next."""
    page = hand.page
    hand.click(page.get_by_text("Continue proceedings", exact=True))
    hand.click(page.get_by_text("Serious criminal history", exact=True))
    hand.click(page.get_by_label("Rationale"))
    page.keyboard.insert_text(RATIONALE)
    hand.click(page.get_by_role("button", name="Go on to confirm"))
    hand.click(page.get_by_role("button", name="Record and open next"))


def by_keyboard(hand: Hand) -> None:
    """The same without a mouse, by the link that skips to the forms."""
    page = hand.page
    hand.tab_to("a[href='#acts']")
    hand.press("Enter")
    hand.tab_to("[name=action]")
    hand.press("Space")
    hand.tab_to("[name=reasons]")
    hand.press("Space")
    hand.tab_to("[name=rationale]")
    page.keyboard.insert_text(RATIONALE)
    hand.tab_to("form button[type=submit]")
    hand.press("Enter")
    page.locator("#confirming-title:focus").wait_for()
    hand.tab_to("button[name=next]")
    hand.press("Enter")


def answers(hand: Hand) -> None:
    """A supervisor concurs, from the open case to the next."""
    page = hand.page
    hand.click(page.locator("label[for=concurrence-answer-concur]"))
    hand.click(page.locator("label[for=concurrence-checked-facts]"))
    hand.click(page.get_by_role("button", name="Record and open next"))


def measured(page: Page, act: Callable[[Hand], None], times: int) -> dict[str, float]:
    """Medians over so many, one after the other on one page."""
    hands, seconds = [], []
    for _ in range(times):
        hand = Hand(page)
        begun = time.perf_counter()
        act(hand)
        page.get_by_text("Recorded. This is the next case").wait_for()
        seconds.append(time.perf_counter() - begun)
        page.remove_listener("domcontentloaded", hand.loaded)
        hands.append(hand)
    return {
        "clicks": median(hand.clicks for hand in hands),
        "keys": median(hand.keys for hand in hands),
        "page loads": median(hand.loads for hand in hands),
        "seconds": round(median(seconds), 2),
    }


def entered(browser: Browser, address: str, subject: str) -> Page:
    """A window in which somebody is signed in."""
    page = browser.new_context(viewport=_WINDOW).new_page()
    page.goto(address)
    page.locator(f"button[value={subject}]").click()
    page.wait_for_url(f"{address}/**")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decisions", nargs="?", type=int, default=20, help="by mouse, as many by keyboard, and answers")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)

    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder, file = Path(made) / "data", Path(made) / "docket.jsonl"
        folder.mkdir(mode=0o700)
        write_docket(file, int((given.decisions * 2 + 5) * 1.5 / _SHARE), given.seed)
        command = python("secondlook", "load", str(file), "--data", str(folder))
        subprocess.run(command, check=True, capture_output=True)
        settings = {
            "SECONDLOOK_AS_OF": AS_OF.isoformat(),
            "SECONDLOOK_WITHDRAW_WINDOW": "0s",
            "SECONDLOOK_LANE_HIDDEN_PERCENT": "0",
        }
        address = stack.enter_context(up(folder, 2, settings))
        database = Database(Settings(data=folder).url)
        while len(cases := database.read_now(waiting)) < given.decisions * 2 + 2:
            time.sleep(0.5)
        database.close()
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        stack.callback(browser.close)
        attorney = entered(browser, address, "attorney1")
        attorney.goto(f"{address}/cases/{cases[0]}")
        result = {"decision, mouse": measured(attorney, by_mouse, given.decisions)}
        result["decision, keyboard"] = measured(attorney, by_keyboard, given.decisions)
        supervisor = entered(browser, address, "supervisor1")
        supervisor.goto(f"{address}/cases/{cases[0]}")
        result["concurrence, mouse"] = measured(supervisor, answers, given.decisions)

    columns = ("", "clicks", "keys", "page loads", "seconds")
    report.show(
        "From a case that is open to the next one", columns, [[name, *each.values()] for name, each in result.items()]
    )
    print(report.write("desk", vars(given), result, "playwright"))


if __name__ == "__main__":
    main()
