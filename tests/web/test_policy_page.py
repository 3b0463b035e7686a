"""The rules by which cases are screened, in words, and what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondlook.policy import load_ruleset, loading
from tests.policy.test_changes import TEXT
from tests.web.conftest import Enter
from tests.web.office import Office

OLD = "opla-2011-11-17"


def test_everybody_may_read_the_rule_set_in_words(office: Office, enter: Enter) -> None:
    page = enter("ops1").get("/policy")

    assert page.heading == load_ruleset(OLD).title
    for each in load_ruleset(OLD).criteria:
        assert f"{each.id} {each.title}" in page.words
        assert each.text in page.words
    assert "Rule: At least 2 convictions of grade misdemeanor are on record. Found by the facts. Reads:" in page.words
    assert "The wording is known second-hand only" in page.words
    assert "Multiple misdemeanors2How many misdemeanor convictions" in page.words
    assert f"{OLD} in use" in page.words
    assert "The first one" in page.words


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A made-up rule set that came into force after the real one."""
    later = TEXT.replace(f"id: {OLD}", "id: made-up-2012").replace("from: 2011-11-17", "from: 2012-06-15")
    later = later.replace("    value: 21\n", "    value: 18\n")
    folder = tmp_path / "rulesets"
    folder.mkdir()
    (folder / f"{OLD}.yaml").write_text(TEXT)
    (folder / "made-up-2012.yaml").write_text(later)
    monkeypatch.setattr(loading, "_BUILT_IN", folder)
    return "made-up-2012"


def test_what_changed_between_two_stands_before_and_after(office: Office, enter: Enter, two: str) -> None:
    attorney = enter("attorney1")
    link = next(link for link in attorney.get("/policy").links if "since=" in link)

    page = attorney.get(link)

    assert link == f"/policy?ruleset={two}&since={OLD}"
    assert f"What changed from {OLD}" in page.words
    assert "Parameter child_under: changed" in page.words
    assert "Value2118" in page.words
    assert "Criterion B-02: changed" in page.words
    assert "Criterion B-01: changed" not in page.words
    assert "from 15 Jun 2012" in page.words
    back = attorney.get(f"/policy?ruleset={OLD}&since={two}")
    assert "Value1821" in back.words
    assert "Nothing: they screen alike" in attorney.get(f"/policy?ruleset={two}&since={two}").words


def test_a_rule_set_that_is_not_there_is_said_to_be_missing(office: Office, enter: Enter) -> None:
    for query in ("ruleset=opla-1999", f"ruleset={OLD}&since=opla-1999", "ruleset=../secrets.yaml"):
        assert "No such rule set" in enter("auditor1").get(f"/policy?{query}", status=404).words
