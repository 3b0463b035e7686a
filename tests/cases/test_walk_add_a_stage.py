"""The walk docs/walks/add-a-stage.md, followed literally on a copy of the product."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "docs/walks/add-a-stage.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for found, text in FENCED.findall(WALK) if found == language]


def changes() -> list[tuple[str, str]]:
    """Each change with the file that the text before it names last."""
    found = []
    for block in FENCED.finditer(WALK):
        if block[1] == "diff":
            files = re.findall(r"`(secondlook/[\w/]+\.py)`", WALK[: block.start()])
            found += [(files[-1], hunk) for hunk in block[2].split("@@\n")]
    return found


def side(hunk: str, mark: str) -> str:
    """The lines of a hunk before (``-``) or after (``+``) the change."""
    return "".join(line[1:] or "\n" for line in hunk.splitlines(keepends=True) if line[0] in (" ", "\n", mark))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walk")
    shutil.copytree(ROOT / "secondlook", folder / "secondlook", ignore=shutil.ignore_patterns("__pycache__", "static"))
    for file, hunk in changes():
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(side(hunk, "-")) == 1, f"{file} has no one place for:\n{hunk}"
        path.write_text(text.replace(side(hunk, "-"), side(hunk, "+")), encoding="utf-8")
    return folder


def run(program: str, folder: Path) -> str:
    ran = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_case_goes_through_the_stage_as_the_walk_says(followed: Path) -> None:
    (program,), (stated,) = blocks("python"), blocks("text")

    assert run(program, followed) == stated


BY_THE_RULES = """
from datetime import timedelta
from secondlook.cases.lifecycle import BackgroundChecked, LIFE, Refusal, Stage, TimerKind, judge
from secondlook.cases.offices import OfficeSettings
from tests.cases.a_case import *

CHECKS = OfficeSettings(background_check=frozenset({"close"}))
state = after(at(Stage.SUPERVISOR_REVIEW).moved(settings=CHECKS), concurrence(), CHECKS)
assert state.stage is Stage.BACKGROUND_CHECK and state.disposition is None and state.concurred_by == "supervisor1"

hit = after(state, BackgroundChecked(clear=False), CHECKS)
assert hit.stage is Stage.ATTORNEY_REVIEW and hit.came_back == "background_hit"
assert hit.decision is None and hit.concurred_by is None

overdue = after(state, due(TimerKind.OVERDUE), CHECKS, NOON + timedelta(days=365))
assert overdue.stage is Stage.BACKGROUND_CHECK and overdue.escalated

assert after(state, withdrawal(version=4), CHECKS).stage is Stage.ATTORNEY_REVIEW
assert after(state, facts("priority"), CHECKS).stage is Stage.ATTORNEY_REVIEW
assert after(state, facts("mixed"), CHECKS).stage is Stage.BACKGROUND_CHECK

for stage in set(Stage) - {Stage.BACKGROUND_CHECK}:
    refused = judge(at(stage), BackgroundChecked(clear=True), NOON, CHECKS).refused
    assert refused is (Refusal.ENDED if stage.final else Refusal.NOTHING_TO_CHECK)
assert at(Stage.CLOSED).stage is Stage.CLOSED
"""


def test_the_stage_keeps_the_rules_and_offices_without_it_see_nothing_of_it(followed: Path) -> None:
    tests = followed / "tests" / "cases"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "tests/cases/a_case.py", tests)

    run(BY_THE_RULES, followed)


def test_the_web_has_words_for_it(followed: Path) -> None:
    program = """
from secondlook.cases.lifecycle import Refusal, Stage
from secondlook.web import words
from secondlook.web.case import view
assert set(words.STAGES) == set(Stage) and set(words.REFUSALS) == set(Refusal)
"""
    run(program, followed)


def test_the_table_of_tests_asks_for_the_new_rows(followed: Path) -> None:
    shutil.copytree(ROOT / "tests/cases", followed / "table/tests/cases", ignore=shutil.ignore_patterns("__pycache__"))
    program = """
import sys
sys.path.insert(1, "table")
from tests.cases import test_lifecycle_table as table
try:
    table.test_the_table_has_an_entry_for_every_pair()
except AssertionError:
    print("asks")
"""
    assert run(program, followed) == "asks\n"
