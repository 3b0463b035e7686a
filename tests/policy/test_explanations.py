"""Every result explains itself in one sentence that an attorney can read."""

import pytest

from .cases import because, result, screened

DUI = {"grade": "misdemeanor", "offense": "dui", "date": "2003-07-01"}


def test_a_conviction_that_counts_is_named():
    assert because("A-05c", convictions=[DUI]) == "One misdemeanor conviction for dui (2003-07-01) is on record."


def test_an_absent_fact_is_named_with_its_reason():
    unknown = {"unknown": "source_unavailable"}
    assert because("A-02", convictions=unknown) == "Unknown: convictions were not given (source unavailable)."


def test_a_false_result_says_what_the_rule_looked_for():
    assert because("A-05d", convictions=[DUI]) == "No conviction of grade misdemeanor for hit and run is on record."
    assert because("A-08") == "The number of prior removals is 0, less than 1."


def test_a_comparison_of_dates_names_both_dates_and_the_years():
    assert because("B-04", birth_date="1946-12-04") == (
        "The as-of date (2011-12-05) is after the birth date (1946-12-04) plus 65 years;"
        " the as-of date (2011-12-05) is after the first arrival date (1990-01-01) plus 10 years."
    )


def test_a_partial_date_that_cannot_decide_says_so():
    assert "only partly known" in because("B-04", birth_date="1946-12")


def test_a_vacated_conviction_is_named_as_set_aside_in_every_criterion_about_convictions():
    for criterion in ("A-02", "A-03", "A-04", "A-05a", "B-06"):
        sentence = because(criterion, convictions=[{"grade": "felony", "offense": "fraud", "vacated": True}])
        assert "felony conviction for fraud was vacated and is set aside" in sentence
        assert "Pickering" in sentence
    assert "vacated" not in because("A-08", convictions=[{"grade": "felony", "offense": "fraud", "vacated": True}])


def test_what_the_abuser_alone_told_is_said_not_to_count():
    told = {"value": True, "provided_by": "abuser"}
    assert because("A-06a", gang_member=told) == (
        "Unknown: the answer on gang membership was told by the abuser alone, which does not count here (8 USC 1367)."
    )


def test_a_partial_search_is_said_to_prove_nothing():
    assert "partial" in because("A-08", prior_removals={"value": 0, "coverage": "partial"})
    assert "partial" in because("A-02", convictions={"value": [], "coverage": "partial"})


@pytest.mark.parametrize(
    ("criterion", "fact", "value"),
    [
        ("A-02", "convictions", [{"grade": "capital", "offense": "theft"}]),
        ("A-02", "convictions", "none"),
        ("A-02", "convictions", ["felony"]),
        ("A-02", "convictions", [{"grade": "felony", "vacated": "yes"}]),
        ("A-02", "convictions", {"unknown": "lost", "value": []}),
        ("A-06a", "gang_member", 1),
        ("A-07a", "last_entry_date", None),
        ("A-07b", "status_violation_date", "2011-02-30"),
        ("A-08", "prior_removals", 1.0),
        ("A-08", "prior_removals", True),
        ("A-08", "prior_removals", -1),
        ("A-09", "fraud_finding_by", "a judge"),
        ("B-04", "birth_date", "19400101"),
        ("B-05", "victim_of", ["robbery"]),
        ("B-05", "victim_of", [["trafficking"]]),
    ],
)
def test_a_value_outside_the_tables_counts_as_unknown_and_the_sentence_says_so(criterion, fact, value):
    changed = {"last_entry_manner": "without_inspection"} | {fact: value}
    screening = screened(**changed)
    answer = next(c for c in screening.criteria if c.id == criterion)

    assert (answer.result, answer.missing) == ("unknown", (fact,))
    assert "listed" in answer.because
    assert str(value) not in answer.because


@pytest.mark.parametrize(
    "unweighed",
    [
        {"value": 2, "coverage": "most"},
        {"value": 2, "provided_by": "neighbour"},
        {"value": 2, "provided_by": ["agency", "neighbour"]},
        {"value": 2, "coverage": None},
    ],
)
def test_a_fact_with_an_unlisted_coverage_or_provider_is_unknown_as_a_whole(unweighed):
    assert because("A-08", prior_removals=unweighed) == (
        "Unknown: the coverage or the provider of the number of prior removals is not a listed word,"
        " so that all of it counts as unknown."
    )
    assert result("A-07b", status_violation_date={**unweighed, "value": None}) == "unknown"


def test_an_impossible_date_is_named_with_what_is_wrong_with_it():
    assert because("B-04", birth_date="1899-12-30").startswith(
        "Unknown: the birth date (1899-12-30) is more than 110 years before the as-of date, which cannot be"
    )
    assert "the last entry date (9999) is after the as-of date" in because(
        "A-07a", last_entry_manner="without_inspection", last_entry_date="9999"
    )
    assert "the first arrival date (1970-05-04) is before the birth date (1970-05-05)" in because(
        "B-04", first_arrival_date="1970-05-04"
    )


def test_the_abusers_word_beside_somebody_elses_is_named_on_both_lists():
    manner = {"value": "none", "abuser_said": {"value": "mental", "provided_by": "abuser"}}
    service = {"value": "none", "abuser_said": {"value": "honorable_discharge", "provided_by": "abuser"}}
    gang = {"value": False, "abuser_said": {"value": True, "provided_by": "abuser"}}
    assert because("B-01", military_service=service).endswith("which may help and never hurt (8 USC 1367).")
    assert because("A-06a", gang_member=gang) == (
        "It is known that there is no gang membership;"
        " what the abuser alone says of the answer on gang membership does not count here (8 USC 1367)."
    )
    assert result("B-07", serious_condition=manner, condition_needs_significant_resources=True) == "true"


def test_each_part_of_education_stands_with_whoever_told_it():
    born, arrived = "1970-05-05", "1985-01-01"
    told = {
        "value": {"high_school_completed": True, "higher_education": "none"},
        "abuser_said": {"value": {"high_school_completed": False, "higher_education": "completed"}},
    }
    assert result("B-03", birth_date=born, first_arrival_date=arrived, education=told) == "true"
    assert result("B-03", birth_date=born, first_arrival_date=arrived, education={"value": told["value"]}) == "false"


def test_an_attorneys_criterion_says_that_only_an_attorney_can_find_it():
    assert because("A-10") == "Only an attorney can find this."
    assert because("B-08", relatives=[{"relation": "child", "citizenship": "usc"}]).startswith("Only an attorney")


def test_every_explanation_is_one_sentence():
    for criterion in screened(convictions=[DUI, {}], relatives=[{}], birth_date="1950").criteria:
        assert criterion.because[0].isupper()
        assert criterion.because.endswith(".")
        assert "\n" not in criterion.because


def test_a_family_criterion_is_false_where_no_such_relative_exists_and_the_attorneys_where_one_does():
    child = {"relation": "child", "citizenship": "usc"}
    assert result("B-08") == "false"
    assert result("B-08", relatives=[child]) == "unknown"
    assert screened(relatives=[child]).lane == "neither"
