"""An attorney's findings, and what they do to the results and the lane."""

import pytest

from secondlook.policy import FindingError

from .cases import OPLA, because, result, screened

CITIZEN_CHILD = {"relation": "child", "citizenship": "usc"}


def criterion(screening, name):
    return next(c for c in screening.criteria if c.id == name)


def test_a_finding_replaces_the_result_of_a_semi_criterion_and_asks_nothing_more():
    screening = screened({"A-06a": "false"}, gang_member={"unknown": "not_asked"})

    assert criterion(screening, "A-06a").result == "false"
    assert criterion(screening, "A-06a").missing == ()
    assert screening.lane == "neither"
    assert screening.open_questions == ()


def test_a_finding_on_an_attorneys_criterion_takes_part_in_the_lane_and_is_required_no_more():
    screening = screened({"A-10": "true"})

    assert screening.lane == "priority"
    assert screening.findings_required == ("A-05f", "A-06c")
    assert because("A-10", {"A-10": "true"}) == "An attorney found this true."


def test_without_findings_an_attorneys_criterion_takes_no_part_in_the_lane():
    assert screened(relatives=[CITIZEN_CHILD]).lane == "neither"
    assert screened({"B-08": "true"}, relatives=[CITIZEN_CHILD]).lane == "discretion"


def test_cannot_tell_leaves_a_result_as_it_was_but_is_a_finding():
    screening = screened({"A-10": "cannot_tell", "A-06a": "cannot_tell"}, gang_member={"unknown": "not_asked"})

    assert criterion(screening, "A-10").result == "unknown"
    assert "A-10" not in screening.findings_required
    assert criterion(screening, "A-06a").missing == ("gang_member",)
    assert screening.possible_lanes == ("neither", "priority")


def test_the_explanation_keeps_what_the_facts_alone_say():
    assert because("A-06a", {"A-06a": "true"}) == (
        "An attorney found this true; from the facts alone: it is known that there is no gang membership."
    )


@pytest.mark.parametrize("auto", [c.id for c in OPLA.criteria if c.kind == "auto"])
def test_a_computed_criterion_takes_no_finding(auto):
    with pytest.raises(FindingError, match=auto):
        screened({auto: "true"})


def test_a_family_criterion_that_is_false_by_the_facts_takes_no_finding():
    assert result("B-08") == "false"
    with pytest.raises(FindingError, match="B-08"):
        screened({"B-08": "true"})


def test_an_unknown_criterion_or_answer_is_refused_without_repeating_it():
    with pytest.raises(FindingError) as refused:
        screened({"Z-99 secret": "true"})
    assert "secret" not in str(refused.value)
    with pytest.raises(FindingError) as refused:
        screened({"A-10": "maybe secret"})
    assert "secret" not in str(refused.value)
    assert refused.value.criterion == "A-10"
