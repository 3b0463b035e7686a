"""A rule set is refused whole, with file and line, for the first thing that is wrong with it."""

from datetime import date
from pathlib import Path

import pytest

from secondlook.cases.fact_table import FACTS
from secondlook.policy import RuleSetError, available_rulesets, choose_ruleset, load_ruleset

HEAD = """\
id: small
title: Small
source: made up
in_force:
  - {from: 2011-11-17, because: issued}
lists:
  A: {title: Pursue, direction: priority}
parameters:
  several: {value: 2, text: How many are several., confirmed: false}
criteria:
"""
CRITERION = """\
  - id: A-1
    list: A
    kind: auto
    title: Several
    text: Several convictions.
    citation: made up, 1
    confirmed: true
    when: {count: convictions, at_least: $several}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sound_file_loads(tmp_path):
    ruleset = load_ruleset(written(tmp_path, HEAD + CRITERION))

    assert [criterion.id for criterion in ruleset.criteria] == ["A-1"]
    assert ruleset.parameters["several"].value == 2
    assert ruleset.criteria[0].facts == ("convictions",)
    assert load_ruleset(str(tmp_path / "small.yaml")) == ruleset


@pytest.mark.parametrize(
    ("found", "replaced", "line", "problem"),
    [
        ("    citation: made up, 1\n", "", 11, "missing 'citation'"),
        ("citation: made up, 1", "citation: ''", 16, "expected text"),
        ("confirmed: true", "confirmed: perhaps", 17, "true or false"),
        ("{count: convictions,", "{count: convicions,", 18, "unknown fact 'convicions'"),
        ("{count: convictions,", "{count: gang_member,", 18, "needs a fact that is a list"),
        ("{count: convictions,", "{counting: convictions,", 18, "exactly one operator"),
        ("at_least: $several", "at_most: $several", 18, "unknown key 'at_most'"),
        ("at_least: $several", "at_least: $multiple", 18, "not a parameter"),
        ("at_least: $several", "at_least: 0", 18, "1 or more"),
        ("at_least: $several", "at_least: 1", 9, "read by no criterion"),
        ("at_least: $several", "at_least: $several, exactly: 1", 18, "either"),
        ("at_least: $several", "at_least: $several, where: {part: degree, is: felony}", 18, "no part 'degree'"),
        (
            "at_least: $several",
            "at_least: $several, where: {part: grade, is: capital}",
            18,
            "not among the listed words",
        ),
        ("at_least: $several", "at_least: $several, where: {part: date, is: dui}", 18, "not a date"),
        ("at_least: $several", "at_least: $several, where: {after: [grade, as_of]}", 18, "not a date"),
        ("{count: convictions, at_least: $several}", "{before: [birth_date]}", 18, "exactly two dates"),
        ("{count: convictions, at_least: $several}", "{before: [gang_member, as_of]}", 18, "is not a date"),
        ("{count: convictions, at_least: $several}", "{before: [$several, as_of]}", 18, "expected a date"),
        ("{count: convictions, at_least: $several}", "{fact: prior_removals, is: one}", 18, "not a whole number"),
        ("{count: convictions, at_least: $several}", "{fact: gang_member, is: perhaps}", 18, "true or false"),
        ("{count: convictions, at_least: $several}", "{fact: gang_member, at_least: 1}", 18, "whole number"),
        ("{count: convictions, at_least: $several}", "{fact: gang_member, is: true, in: [a]}", 18, "exactly one"),
        ("{count: convictions, at_least: $several}", "{fact: education, is: true}", 18, "single value"),
        ("{count: convictions, at_least: $several}", "{fact: education.degree, is: true}", 18, "single value"),
        ("{count: convictions, at_least: $several}", "{all: []}", 18, "not empty"),
        ("    when: {count: convictions, at_least: $several}\n", "", 11, "needs 'when'"),
        ("kind: auto", "kind: judge", 18, "has no 'when'"),
        ("kind: auto", "kind: manual", 13, "unknown kind"),
        ("list: A", "list: C", 12, "unknown list"),
        ("direction: priority", "direction: sideways", 7, "unknown direction"),
        ("from: 2011-11-17", "from: soon", 5, "expected a date"),
        ("from: 2011-11-17", "from: 2011-11-17 09:00:00", 5, "expected a date"),
        ("value: 2", "value: 2014-01-01 09:00:00", 9, "expected"),
        ("from: 2011-11-17", "from: 2011-11-31", 5, "not a readable value"),
        ("because: issued", "because: issued, to: 2011-11-17", 5, "ends after it begins"),
        ("title: Small", "title: Small\ntitle: Smaller", 3, "given twice"),
        ("title: Small", "name: Small", 2, "unknown key 'name'"),
        ("value: 2", "value: 2.5", 9, "expected"),
        ("value: 2", "value: [2]", 9, "expected text"),
        ("kind: auto", "kind: [auto", 14, "not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, found, replaced, line, problem):
    text = HEAD + CRITERION
    assert text.count(found) == 1

    with pytest.raises(RuleSetError) as refused:
        load_ruleset(written(tmp_path, text.replace(found, replaced)))

    assert problem in refused.value.problem
    assert (refused.value.file, refused.value.line) == ("small.yaml", line)
    assert str(refused.value).startswith(f"small.yaml:{line}: ")


def test_a_criterion_id_is_given_once(tmp_path):
    with pytest.raises(RuleSetError, match=r"small\.yaml:19: criterion 'A-1' is given twice"):
        load_ruleset(written(tmp_path, HEAD + CRITERION + CRITERION))


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a list\n", "\x00"])
def test_a_file_that_is_no_rule_set_is_refused(tmp_path, text):
    with pytest.raises(RuleSetError, match=r"small\.yaml"):
        load_ruleset(written(tmp_path, text))


def test_a_missing_file_and_an_unknown_id_are_refused(tmp_path):
    with pytest.raises(RuleSetError):
        load_ruleset(tmp_path / "none.yaml")
    with pytest.raises(RuleSetError, match="opla-2011-11-17"):
        load_ruleset("opla-1999")


def test_the_digest_is_of_the_content_not_of_its_layout(tmp_path):
    digest = load_ruleset(written(tmp_path, HEAD + CRITERION)).digest

    assert digest.startswith("sha256:")
    assert load_ruleset(written(tmp_path, "# a comment\n" + HEAD + CRITERION)).digest == digest
    assert load_ruleset(written(tmp_path, HEAD.replace("value: 2", "value: 3") + CRITERION)).digest != digest


def test_the_rule_set_in_force_is_chosen_by_date():
    assert available_rulesets() == ["opla-2011-11-17"]
    assert choose_ruleset(date(2011, 11, 17)).id == "opla-2011-11-17"
    with pytest.raises(RuleSetError, match="2011-11-16"):
        choose_ruleset(date(2011, 11, 16))


def test_the_2011_rule_set_cites_every_criterion_and_marks_second_hand_wording():
    opla = load_ruleset("opla-2011-11-17")

    assert all(criterion.citation for criterion in opla.criteria)
    assert {c.id for c in opla.criteria if not c.confirmed} == {c.id for c in opla.criteria if c.list == "B"} | {"A-10"}
    assert [c.id for c in opla.criteria if c.protected] == ["B-05"]
    assert {"multiple_misdemeanors", "child_under"} <= set(opla.parameters)
    assert {fact for criterion in opla.criteria for fact in criterion.facts} == set(FACTS)
