"""The synthetic docket: nobody real, always the same, with the programme's shares."""

import json
from collections import Counter
from importlib.resources import files
from itertools import islice

import pytest

from secondlook.cases.events import CaseKey, parse_event
from secondlook.cases.kept_facts import kept_facts
from secondlook.intake.sample import AS_OF, sample_events
from secondlook.policy import load_ruleset, screen

DOCKET = [parse_event(event) for event in sample_events(2500, seed=1)]


def codes(table: str) -> set[str]:
    """The court's codes of one table."""
    return set(json.loads((files("secondlook.cases") / "reference" / f"{table}.json").read_text()))


def test_the_same_seed_gives_the_same_docket_and_a_longer_one_begins_with_it() -> None:
    assert list(sample_events(50, seed=9)) == list(islice(sample_events(500, seed=9), 50))
    assert list(sample_events(50, seed=9)) != list(sample_events(50, seed=10))


def test_every_event_is_another_respondent_from_the_unassigned_range() -> None:
    keys = [event.case for event in DOCKET]
    assert all(isinstance(key, CaseKey) for key in keys)
    assert [key.a_number for key in keys if isinstance(key, CaseKey)] == [f"A{n:09d}" for n in range(1, 2501)]
    assert len({(event.source, event.id) for event in DOCKET}) == len(DOCKET)


def test_its_codes_are_the_court_s_own() -> None:
    used: dict[str, set[str]] = {"languages": set(), "nationalities": set(), "case_types": set(), "base_cities": set()}
    charges: set[str] = set()
    for event in DOCKET:
        used["languages"].add(str(event.data["language"]))
        used["nationalities"].add(str(event.data["nationality"]))
        used["case_types"].add(str(event.data["case_type"]))
        used["base_cities"].add(str(event.data["office"]))
        nta = event.data["nta"]
        assert isinstance(nta, dict)
        charges.update(nta["charges"])
    for table, found in {**used, "charges": charges}.items():
        assert found <= codes(table), table


def test_nobody_was_charged_before_the_entry_that_the_charge_is_about() -> None:
    for event in DOCKET:
        facts = event.data["facts"]
        assert isinstance(facts, dict)
        entered, key = kept_facts(facts)["last_entry_date"].value, event.case
        assert isinstance(key, CaseKey)
        assert key.nta_date < AS_OF.isoformat()
        if isinstance(entered, str):
            assert entered < key.nta_date


def test_between_7_and_10_percent_come_out_for_discretion_and_every_lane_occurs() -> None:
    ruleset = load_ruleset("opla-2011-11-17")
    lanes: Counter[str] = Counter()
    for event in DOCKET:
        facts = event.data["facts"]
        assert isinstance(facts, dict)
        lanes[screen(facts, ruleset, AS_OF).lane] += 1
    assert lanes["discretion"] / len(DOCKET) == pytest.approx(0.085, abs=0.015)
    assert set(lanes) == {"priority", "discretion", "mixed", "neither", "insufficient_facts"}


def test_most_facts_say_where_they_come_from_and_some_conflict_or_are_known_in_part() -> None:
    facts = [fact for event in DOCKET for fact in kept_facts(event.data["facts"]).values()]  # type: ignore[arg-type]
    known = [fact for fact in facts if fact.unknown is None]
    told = [saying for fact in known for saying in fact.sayings]
    assert sum(bool(each.source and each.provided_by and each.observed_at) for each in told) > 0.8 * len(known)
    assert {fact.unknown for fact in facts} >= {None, "conflicting", "redacted", "not_asked"}
    assert any(fact.partial for fact in facts)


def test_families_share_their_name_and_their_court() -> None:
    families: dict[str, set[str]] = {}
    for event in DOCKET:
        respondent = event.data["respondent"]
        assert isinstance(respondent, dict)
        families.setdefault(respondent["family_name"], set()).add(str(event.data["office"]))
    assert len(families) < 0.95 * len(DOCKET)
    assert all(len(offices) == 1 for offices in families.values())


def test_about_half_are_represented_and_some_are_detained() -> None:
    shares = {name: sum(event.data[name] == value for event in DOCKET) / len(DOCKET)
              for name, value in (("represented", True), ("custody", "detained"), ("office", "BAL"))}  # fmt: skip
    assert shares == pytest.approx({"represented": 0.52, "custody": 0.09, "office": 0.12}, abs=0.04)
