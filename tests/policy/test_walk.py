"""The walk docs/walks/add-a-criterion.md, followed literally."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from secondlook.policy import RuleSetError, load_ruleset

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "docs/walks/add-a-criterion.md").read_text(encoding="utf-8")
OPLA = (ROOT / "secondlook/policy/rulesets/opla-2011-11-17.yaml").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)


def test_the_walk_leads_to_the_result_that_it_states(tmp_path):
    (criterion,), (case, stated), (program,) = blocks("yaml"), blocks("json"), blocks("python")
    renamed = OPLA.replace("id: opla-2011-11-17", "id: opla-with-b-09", 1)
    (tmp_path / "opla-with-b-09.yaml").write_text(renamed + "\n" + criterion, encoding="utf-8")
    (tmp_path / "case.json").write_text(case, encoding="utf-8")

    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ran.stdout) == json.loads(stated)


def test_a_mistake_stops_with_the_file_and_line_of_the_mistake(tmp_path):
    text = OPLA + "\n" + blocks("yaml")[0].replace("[first_arrival_date, {", "[first_arival_date, {")
    path = tmp_path / "opla-with-b-09.yaml"
    path.write_text(text, encoding="utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "first_arival_date" in row)

    with pytest.raises(RuleSetError) as refused:
        load_ruleset(path)

    assert str(refused.value).startswith(f"opla-with-b-09.yaml:{line}: unknown fact 'first_arival_date'")
    assert "unknown fact 'first_arival_date'" in WALK


EXPRESSIONS = re.findall(r"`(\{(?!anniversary)[^`]*\})`", WALK.partition("## 2.")[2].partition("## 3.")[0])


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_that_the_walk_shows_is_understood(tmp_path, expression):
    of_an_element = expression.startswith("{part: ")
    inner = "{part: grade, is: felony}" if "where" in expression else "{fact: gang_member, is: true}"
    when = f"{{some: convictions, where: {expression}}}" if of_an_element else expression.replace("{…}", inner)
    before, _, _ = blocks("yaml")[0].partition("    when:")
    path = tmp_path / "tried.yaml"
    path.write_text(f"{OPLA}\n{before}    when: {when}\n", encoding="utf-8")

    assert load_ruleset(path).criteria[-1].when is not None


def test_the_walk_shows_every_operator():
    assert len(EXPRESSIONS) == 11
    for operator in ("on_or_before", "on_or_after", "after", "exactly"):
        assert f"`{operator}`" in WALK
