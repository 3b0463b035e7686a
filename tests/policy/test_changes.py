"""What changed from one rule set to another, told of the real one and made-up followers of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondlook.policy import RuleSet, load_ruleset
from secondlook.policy.changes import Became, changes

OLD = load_ruleset("opla-2011-11-17")
TEXT = (Path(__file__).parents[2] / "secondlook/policy/rulesets/opla-2011-11-17.yaml").read_text()


def follower(folder: Path, *exchanged: tuple[str, str]) -> RuleSet:
    """A rule set of another name that differs in some text."""
    text = TEXT.replace("id: opla-2011-11-17", "id: made-up-2012")
    for before, after in exchanged:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    (folder / "made-up-2012.yaml").write_text(text)
    return load_ruleset(folder / "made-up-2012.yaml")


def test_a_copy_under_another_name_changes_nothing(tmp_path: Path) -> None:
    assert changes(OLD, follower(tmp_path)) == ()
    assert changes(OLD, OLD) == ()


def test_a_layout_changes_nothing(tmp_path: Path) -> None:
    laid_out = "when: {fact: gang_member, is: true}", "when:\n      fact: gang_member\n      is: true  # a word"

    assert changes(OLD, follower(tmp_path, laid_out)) == ()


def test_a_parameter_changes_the_criteria_that_read_it(tmp_path: Path) -> None:
    parameter, criterion = changes(OLD, follower(tmp_path, ("    value: 2\n", "    value: 3\n")))

    assert (parameter.id, parameter.said) == ("multiple_misdemeanors", (("Value", "2", "3"),))
    assert (criterion.id, criterion.became) == ("A-03", Became.CHANGED)
    assert criterion.said == (
        (
            "Rule",
            "At least 2 convictions of grade misdemeanor are on record.",
            "At least 3 convictions of grade misdemeanor are on record.",
        ),
    )


def test_a_criterion_that_is_new_and_one_that_is_gone_are_told_whole(tmp_path: Path) -> None:
    new = follower(tmp_path, ("  - id: A-06a\n", "  - id: A-06x\n"))

    added, removed = changes(OLD, new)

    assert (added.id, added.became, removed.id, removed.became) == ("A-06x", Became.ADDED, "A-06a", Became.REMOVED)
    assert ("Text", "", "The person is a gang member.") in added.said
    assert ("Text", "The person is a gang member.", "") in removed.said


@pytest.mark.parametrize(
    ("before", "after", "part", "what"),
    [
        ("title: OPLA case-by-case review", "title: Another review", "Rule set", "Title"),
        ("  - from: 2011-11-17\n", "  - from: 2011-11-17\n    to: 2012-01-01\n", "Rule set", "In force"),
        ("{title: Pursue on an accelerated basis", "{title: Pursue", "List", "Title"),
        ("basis, direction: priority}", "basis, direction: weigh}", "List", "Speaks for"),
        ('How many misdemeanor convictions are "multiple".', "How many.", "Parameter", "Text"),
        ("when: {fact: gang_member, is: true}", "when: {fact: gang_member, is: false}", "Criterion", "Rule"),
        ("text: The person was removed before.", "text: Removed.", "Criterion", "Text"),
        ("title: Gang member", "title: Member of a gang", "Criterion", "Title"),
        (
            "citation: Guidance (17 Nov 2011), cases to pursue, previously",
            "citation: Previously",
            "Criterion",
            "Citation",
        ),
        ("    protected: true\n", "    protected: false\n", "Criterion", "Protected"),
    ],
)
def test_nothing_that_a_rule_set_says_changes_unseen(
    tmp_path: Path, before: str, after: str, part: str, what: str
) -> None:
    found = changes(OLD, follower(tmp_path, (before, after)))

    assert part in {each.part for each in found}
    assert what in {said[0] for each in found for said in each.said}


def test_two_rules_that_read_alike_are_told_apart_as_they_are_written(tmp_path: Path) -> None:
    rule = "when: {fact: gang_member, is: true}"

    (criterion,) = changes(OLD, follower(tmp_path, (rule, "when: {all: [{fact: gang_member, is: true}]}")))

    assert [what for what, _, _ in criterion.said] == ["Rule as written"]


def test_each_rule_of_the_guidance_reads_as_a_sentence() -> None:
    rules = {each.id: each.rule for each in OLD.criteria}

    assert rules["A-05c"] == "A conviction of grade misdemeanor for dui is on record."
    assert rules["B-05"].startswith("An experience")
    assert rules["B-02"] == (
        "The as-of date is before the birth date plus 21 years; and the as-of date is after the first arrival date "
        "plus 5 years; and (education (enrolled) is true; or education (high school completed) is true)."
    )
    assert "it is not so that a conviction of grade felony or for violence" in rules["B-06"]
    assert rules["A-10"] == ""
