"""Another rule set, with other lists, parameters and criteria, needs no code."""

from datetime import date
from pathlib import Path

from secondlook.policy import load_ruleset, screen

LEVELS = load_ruleset(Path(__file__).parent / "rulesets/made-up-levels.yaml")
AS_OF = date(2024, 3, 1)
KNOWN: dict[str, object] = {"convictions": [], "last_entry_date": "2010-01-01", "last_entry_manner": "inspected"}


def results(**changed):
    return {c.id: c.result for c in screen({**KNOWN, **changed}, LEVELS, AS_OF).criteria}


def test_two_lists_of_one_direction_are_one_side_of_the_lane():
    assert screen(KNOWN, LEVELS, AS_OF).lane == "neither"
    three = [{"grade": "misdemeanor", "offense": "theft"}] * 3
    assert screen({**KNOWN, "convictions": three}, LEVELS, AS_OF).lane == "priority"


def test_a_list_that_is_only_weighed_asks_nothing_and_takes_no_part_in_the_lane():
    screening = screen(KNOWN, LEVELS, AS_OF)
    assert results()["W-1"] == "unknown"
    assert screening.open_questions == ()
    assert screen({**KNOWN, "victim_of": ["trafficking"]}, LEVELS, AS_OF).lane == "neither"


def test_its_own_parameters_decide():
    two = [{"grade": "misdemeanor", "offense": "theft"}] * 2
    assert results(convictions=two)["L2-a"] == "false"
    assert results(convictions=[*two, {}])["L2-a"] == "unknown"
    assert results(convictions=[*two, {"grade": "misdemeanor"}])["L2-a"] == "true"


def test_dates_of_list_elements_are_compared_and_may_be_partial():
    def grave(day):
        return results(convictions=[{"grade": "felony", "offense": "violence", "date": day}])["L1-a"]

    assert (grave("2019-03-01"), grave("2019-03-02"), grave("2019")) == ("false", "true", "unknown")
    assert results(convictions=[{"grade": "infraction", "offense": "violence", "date": "2023"}])["L1-a"] == "false"
    assert results(convictions=[{"offense": "violence", "date": "2023"}])["L1-a"] == "unknown"


def test_a_fixed_day_is_a_cut_off():
    def entered(day):
        return results(last_entry_date=day, last_entry_manner="without_inspection")["L2-b"]

    assert (entered("2013-12-31"), entered("2014-01-01"), entered("2014")) == ("false", "true", "true")
    assert (entered("2013"), entered({"unknown": "redacted"})) == ("false", "unknown")


def test_one_victim_kind_and_one_part_of_education_can_be_asked_for():
    answers = results(victim_of=["domestic_violence"], education={"enrolled": False})
    assert (answers["W-1"], answers["W-2"]) == ("false", "true")
    assert results(victim_of=["domestic_violence", "trafficking"])["W-1"] == "true"
    partly = {"value": ["domestic_violence"], "coverage": "partial"}
    assert results(victim_of=partly)["W-1"] == "unknown"


def test_it_is_in_force_except_while_suspended():
    days = [
        date(2022, 4, 24),
        date(2022, 4, 25),
        date(2022, 6, 9),
        date(2022, 6, 10),
        date(2023, 7, 27),
        date(2023, 7, 28),
    ]
    assert [LEVELS.in_force_on(day) for day in days] == [False, True, True, False, False, True]


def test_the_result_names_its_rule_set_and_explains_in_its_terms():
    screening = screen({**KNOWN, "last_entry_date": "2015-01-01"}, LEVELS, AS_OF)
    assert (screening.ruleset, screening.ruleset_digest) == ("made-up-levels", LEVELS.digest)
    entrant = next(c for c in screening.criteria if c.id == "L2-b")
    assert entrant.because == "The manner of the last entry is inspected, which rules this out."
