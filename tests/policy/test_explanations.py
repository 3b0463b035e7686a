"""Every result explains itself in one sentence that an attorney can read."""

import pytest

from .cases import because, screened

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


def test_an_unlisted_coverage_counts_as_partial_and_an_unlisted_provider_as_possibly_the_abuser():
    assert "not listed" in because("A-08", prior_removals={"value": 0, "coverage": "most"})
    assert because("A-08", prior_removals={"value": 2, "coverage": "most"}).startswith(
        "The number of prior removals is 2"
    )
    assert "may be the abuser" in because("A-08", prior_removals={"value": 2, "provided_by": "neighbour"})
    assert because("A-08", prior_removals={"value": 2, "provided_by": ["neighbour", "agency"]}).startswith("The number")


def test_an_attorneys_criterion_says_that_only_an_attorney_can_find_it():
    assert because("A-10") == "Only an attorney can find this."
    assert because("B-08", relatives=[{"relation": "child", "citizenship": "usc"}]).startswith("Only an attorney")


def test_every_explanation_is_one_sentence():
    for criterion in screened(convictions=[DUI, {}], relatives=[{}], birth_date="1950").criteria:
        assert criterion.because[0].isupper()
        assert criterion.because.endswith(".")
        assert "\n" not in criterion.because
