"""The walk docs/walks/add-a-stage.md, followed literally on a copy of the product, which then works beside this one."""

from __future__ import annotations

import json
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


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product with the walk's changes, applied as git applies them."""
    folder = tmp_path_factory.mktemp("walk")
    shutil.copytree(ROOT / "secondlook", folder / "secondlook", ignore=shutil.ignore_patterns("__pycache__", "img"))
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__", "histories"))
    shutil.copytree(ROOT / "docs", folder / "docs")
    for change in blocks("diff"):
        applied = subprocess.run(
            ["git", "apply", "--verbose", "-"], input=change, cwd=folder, capture_output=True, text=True, check=False
        )
        assert applied.returncode == 0, applied.stderr
    return folder


def run(program: str, folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_case_goes_through_the_stage_as_the_walk_says(followed: Path) -> None:
    (program,), (stated,) = blocks("python"), blocks("text")

    assert run(program, followed) == stated


BY_THE_RULES = """
from datetime import timedelta
from secondlook.cases.event_types.background_check_completed import NOTHING_TO_CHECK, BackgroundChecked
from secondlook.cases.lifecycle import judge, stages
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import ENDED
from secondlook.cases.stages.background_check import BACKGROUND_CHECK
from tests.cases.a_case import *

CHECKS = OfficeSettings(passes={"background_check": {"close"}})
state = after(at(SUPERVISOR_REVIEW).moved(settings=CHECKS), concurrence(), CHECKS)
assert state.stage == BACKGROUND_CHECK and state.disposition is None and state.concurred_by == "supervisor1"

hit = after(state, BackgroundChecked("hit"), CHECKS)
assert hit.stage == ATTORNEY_REVIEW and hit.came_back == "background_hit"
assert hit.decision is None and hit.concurred_by is None

overdue = after(state, due(TimerKind.OVERDUE), CHECKS, NOON + timedelta(days=365))
assert overdue.stage == BACKGROUND_CHECK and overdue.escalated

assert after(state, withdrawal(version=4), CHECKS).stage == ATTORNEY_REVIEW
assert after(state, facts("priority"), CHECKS).stage == ATTORNEY_REVIEW
assert after(state, facts("mixed"), CHECKS).stage == BACKGROUND_CHECK

for stage in set(stages()) - {BACKGROUND_CHECK}:
    refused = judge(at(stage), BackgroundChecked("clear"), NOON, CHECKS).refused
    assert refused is (ENDED if stage.final else NOTHING_TO_CHECK)
"""


def test_the_stage_keeps_the_rules_and_offices_without_it_see_nothing_of_it(followed: Path) -> None:
    run(BY_THE_RULES, followed)


SHOWN = """
import json, sys
from datetime import timedelta
from secondlook.cases.events import parse_event
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.intake.openapi import OPENAPI
from secondlook.policy import load_ruleset
from secondlook.records import reading
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.migrate import upgrade
from secondlook.web import words
from secondlook.web.asking.view import Asking
from secondlook.web.case.view import case_view
from secondlook.web.people import Person
from secondlook.web.work.view import read_work
from tests.records.docket import Docket

database, vault = Database(sys.argv[1]), Vault({"test": bytes(32)})
upgrade(database)
office = OfficeSettings(passes={"background_check": {"close"}}, withdraw_window=timedelta(0), concurrence=frozenset())
docket = Docket(database, vault, Bench(vault, Offices(office), lambda _: load_ruleset("opla-2011-11-17")))

def page():
    case = database.read_now(lambda c: reading.read_case(c, vault, case_id))
    work = database.read_now(lambda c: read_work(c, vault, case_id, "attorney1", docket.now))
    person = Person("attorney1", "attorney1", frozenset({"attorney"}), frozenset({"BAL"}), "")
    asking = Asking((), OfficeSettings(), docket.now.date())
    return case_view(case, None, person, work, asking, whole=True, today=docket.now.date())

case_id = docket.in_review()
docket.review(case_id)
docket.judge(case_id)
waiting = page()
docket.take(parse_event({"specversion": "1.0", "source": "urn:walk", "id": "1",
    "type": "secondlook.background-check.completed.v1", "data": {"case": case_id, "result": "hit"}}))
docket.judge(case_id)
back = page()
print(json.dumps({
    "stage": waiting.stage, "next": waiting.next.words, "withdraw": waiting.withdrawal_form is not None,
    "review": waiting.review_form is not None, "history": back.history[0].sentence, "back": back.came_back.sentence,
    "refusal": words.refusal("nothing_to_check"), "openapi": json.dumps(OPENAPI),
}))
database.close()
"""


def test_people_and_senders_see_it_in_words(followed: Path, tmp_path: Path) -> None:
    shown = json.loads(run(SHOWN, followed, f"sqlite:///{tmp_path / 'shown.db'}"))

    assert (shown["stage"], shown["next"]) == ("Background check", "the background check, which is made outside")
    assert (shown["withdraw"], shown["review"]) == (True, False)
    assert shown["history"] == (
        "The background check found something. The case is now: Attorney review. "
        "The decision was set aside, because the background check found something."
    )
    assert shown["back"].startswith("The background check found something, so the decision was set aside.")
    assert shown["refusal"] == "No background check is awaited for this case."
    assert "secondlook.background-check.completed.v1" in shown["openapi"]
    assert "What the background check of a respondent found" in shown["openapi"]


def test_the_page_of_events_takes_it_from_there(followed: Path) -> None:
    run("import runpy; runpy.run_path('docs/events.py', run_name='__main__')", followed)

    page = (followed / "docs/events.md").read_text(encoding="utf-8")
    assert "| `secondlook.background-check.completed.v1` |" in page
    assert "| `background_check` | Background check |" in page


def test_the_table_of_tests_asks_for_the_new_rows(followed: Path) -> None:
    program = """
from tests.cases import test_lifecycle_table as table
try:
    table.test_the_table_has_an_entry_for_every_pair()
except AssertionError:
    print("asks")
"""
    assert run(program, followed) == "asks\n"


NEWER = """
import sys
from datetime import timedelta
from secondlook.cases.events import Unavailable, parse_event
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records import store
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from tests.records.docket import Docket

database, vault = Database(sys.argv[1]), Vault({"test": bytes(32)})
office = OfficeSettings(passes={"background_check": {"close"}}, withdraw_window=timedelta(0))
docket = Docket(database, vault, Bench(vault, Offices(office), lambda _: load_ruleset("opla-2011-11-17")))
def check(number, case_id):
    return parse_event({"specversion": "1.0", "source": "urn:walk", "id": number, "subject": None,
        "type": "secondlook.background-check.completed.v1", "data": {"case": case_id, "result": "clear"}})
what, case_id = sys.argv[2:]
if what == "lead":
    try:
        docket.accept(check("too early", case_id))
    except Unavailable:
        print("come again")
    database.write_now(store.raise_level)
    database.write_now(lambda c: c.exec_driver_sql("ALTER TABLE cases ADD COLUMN checked_at BIGINT") and None)
    docket.review(case_id); docket.judge(case_id)
    docket.concur(case_id, version=2); docket.judge(case_id)
    docket.take(check("1", case_id))
    print(docket.case(case_id).stage)
else:
    print(*docket.judge(case_id), docket.case(case_id).stage)
database.close()
"""
OLDER = """
import sys
from secondlook.cases.readable import CannotRead
from secondlook.records import reading, rings, status
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.web.asking.view import Asking
from secondlook.web.case.view import case_view
from secondlook.web.people import Person
from secondlook.web.work.view import read_work
from tests.records.docket import Docket, facts_event

database, vault = Database(sys.argv[1]), Vault({"test": bytes(32)})
docket = Docket(database, vault, Bench(vault, Offices(OfficeSettings()), lambda _: load_ruleset("opla-2011-11-17")))
what = sys.argv[2]
if what == "open":
    print(docket.in_review())
else:
    case_id = sys.argv[3]
    before = docket.case(case_id)
    for judge in (docket.screen, docket.apply):
        try:
            print(judge(case_id).step)
        except CannotRead as problem:
            print(problem.code)
    print(docket.case(case_id) == before)
    (ring,) = database.write_now(lambda c: rings.claim(c, docket.now, 10))
    print([bell.type for bell in ring.bells])
    case = database.read_now(lambda c: reading.read_case(c, vault, case_id))
    work = database.read_now(lambda c: read_work(c, vault, case_id, "attorney1", docket.now))
    person = Person("attorney1", "attorney1", frozenset({"attorney"}), frozenset({"BAL"}), "")
    asking = Asking((), OfficeSettings(), docket.now.date())
    page = case_view(case, None, person, work, asking, whole=True, today=docket.now.date())
    print(page.stage)
    print(database.read_now(lambda c: status.count(c, docket.now)).cases["background_check"])
database.close()
"""


def test_a_release_with_it_and_this_one_share_a_record(followed: Path, tmp_path: Path) -> None:
    """The older leaves what it does not know to the newer, refuses nothing, and fails no page."""
    record = f"sqlite:///{tmp_path / 'shared.db'}"
    made = "import sys; from secondlook.records import migrate, database as d; migrate.upgrade(d.Database(sys.argv[1]))"
    run(made, ROOT, record)
    case_id = run(OLDER, ROOT, record, "open").strip()

    assert run(NEWER, followed, record, "lead", case_id).split("\n")[:2] == ["come again", "background_check"]
    screened, applied, untouched, bells, stage, counted = run(OLDER, ROOT, record, "look", case_id).splitlines()

    assert (screened, applied, untouched) == ("unknown_stage", "unknown_type", "True")
    assert bells == "['secondlook.background-check.completed.v1']"
    assert (stage, counted) == ("In a stage that this release does not know", "1")
    assert run(NEWER, followed, record, "judge", case_id) == "background-check-completed applied closed\n"
