"""A received case: what INTERFACES allows comes through as it was, all else is refused by its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.cases.facts import Invalid, parse_case, parse_facts
from tests.cases.documents import CANARY, FULL_CASE, Path, changed, full_case, place, values_in


def refused(document: object) -> dict[str, str]:
    """What is wrong with a case, by place."""
    with pytest.raises(Invalid) as caught:
        parse_case(document)
    assert CANARY not in str(caught.value) + repr(caught.value.problems)
    return {each.place: each.problem for each in caught.value.problems}


def test_a_full_case_comes_through_as_it_was() -> None:
    assert parse_case(full_case()) == FULL_CASE


def test_the_required_fields_are_enough() -> None:
    case = {"a_number": "42-000-000", "office": "DEN", "nta": {"date": "2010-05-04"}}
    assert parse_case(case) == {**case, "a_number": "A042000000", "facts": {}}


@pytest.mark.parametrize("missing", [("a_number",), ("office",), ("nta",), ("nta", "date")], ids=place)
def test_a_required_field_is_missed(missing: Path) -> None:
    case = full_case()
    holder = case if len(missing) == 1 else case[str(missing[0])]
    del holder[missing[-1]]  # type: ignore[attr-defined]
    assert refused(case) == {place(missing): "is required"}


@pytest.mark.parametrize("at", list(values_in(FULL_CASE)), ids=place)
@pytest.mark.parametrize(
    "bad", [{CANARY: 1}, [[CANARY]], CANARY + "\x00", 1.5, -1], ids=["object", "list", "text", "float", "-1"]
)
def test_a_wrong_value_is_refused_at_its_place_and_not_repeated(at: Path, bad: object) -> None:
    found = refused(changed(full_case(), at, bad))
    # An object or a list is looked into; what is wrong then stands below the place, or in the whole of it.
    assert all(each.startswith(place(at)) for each in found)


@pytest.mark.parametrize("at", [(), *values_in(FULL_CASE)], ids=place)
def test_an_unknown_key_is_refused_and_not_repeated(at: Path) -> None:
    case = full_case()
    holder: object = case
    for key in at:
        holder = holder[key]  # type: ignore[index]
    if isinstance(holder, dict):
        holder[CANARY] = CANARY
        assert any("is not known here" in problem for problem in refused(case).values())


@pytest.mark.parametrize(
    ("fact", "bad"),
    [
        ("birth_date", None),
        ("birth_date", "2011-02-29"),
        ("birth_date", "1950-13"),
        ("birth_date", "1950-6"),
        ("birth_date", "19500601"),
        ("birth_date", "1950-W01-1"),
        ("birth_date", "0000"),
        ("birth_date", "1950-06-01T00:00:00Z"),
        ("birth_date", "١٩٥٠"),
        ("birth_date", "1950-06-01\n"),
        ("prior_removals", True),
        ("prior_removals", 1.0),
        ("prior_removals", "1"),
        ("prior_removals", None),
        ("gang_member", 1),
        ("gang_member", "true"),
        ("military_service", None),
        ("military_service", ""),
        ("convictions", [{"grade": None}]),
        ("convictions", [{"grade": {"value": "felony"}}]),
        ("convictions", {}),
        ("convictions", [{}] * 201),
        ("relatives", [{}]),
        ("victim_of", "trafficking"),
        ("education", {"enrolled": None}),
        ("education", []),
        ("serious_condition", ["mental"]),
    ],
)
def test_values_outside_the_tables_are_refused(fact: str, bad: object) -> None:
    case = full_case()
    for given_as in (bad, {"value": bad, "source": "a-file"}):
        case["facts"] = {fact: given_as}
        assert all(at.startswith(f"facts.{fact}") for at in refused(case))


@pytest.mark.parametrize(
    "wrapper",
    [
        {"unknown": "because"},
        {"unknown": None},
        {"unknown": "not_asked", "value": True},
        {"unknown": "not_asked", "source": "a-file"},
        {"source": "a-file"},
        {"value": True, "coverage": "some"},
        {"value": True, "provided_by": []},
        {"value": True, "provided_by": ["agency", "neighbour"]},
        {"value": True, "observed_at": "2011-11-31"},
        {"value": True, "observed_at": "2011-11-20T09:00:00"},
        {"value": True, "observed_at": "2011-11-20T24:00:00Z"},
        {"value": True, "source": " "},
        {"value": {"value": True}},
    ],
)
def test_a_wrapper_holds_listed_words_only(wrapper: dict[str, object]) -> None:
    assert all(at.startswith("facts.gang_member") for at in refused({**full_case(), "facts": {"gang_member": wrapper}}))


def test_problems_of_victim_status_do_not_even_say_that_there_are_entries() -> None:
    for bad in (["trafficking", CANARY], [CANARY], CANARY):
        assert list(refused({**full_case(), "facts": {"victim_of": bad}})) == ["facts.victim_of"]


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (("office",), "LA1"),
        (("language",), "???"),
        (("nationality",), "??"),
        (("nta", "charges"), ["(212)(a)(03)(E)(i  )(   )"]),
        (("respondent",), {}),
        (("respondent", "family_name"), "Ñandú-Öztürk O’Neill 李"),
        (("facts", "birth_date"), "2012-02-29"),
        (("facts", "birth_date"), {"value": "1950", "observed_at": "2016-12-31T23:59:60.5+05:30"}),
        (("facts", "education"), {}),
        (("facts", "victim_of"), {"value": ["trafficking", "domestic_violence"], "provided_by": "respondent"}),
        (("facts", "convictions"), []),
    ],
)
def test_uncommon_but_allowed_values_are_accepted(at: Path, good: object) -> None:
    case = changed(full_case(), at, good)
    assert parse_case(case) == case


def test_all_problems_are_told_at_once() -> None:
    case = {**full_case(), "office": "baltimore", "custody": "jail", "facts": {"convictions": [{"grade": "capital"}]}}
    assert set(refused(case)) == {"office", "custody", "facts.convictions[0].grade"}


def test_facts_alone_are_held_to_the_same_rules() -> None:
    assert parse_facts({"prior_removals": 2}) == {"prior_removals": 2}
    with pytest.raises(Invalid, match=r"^facts\.prior_removals: must be a whole number from 0 to 1000$"):
        parse_facts({"prior_removals": -1})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_no_value_raises_anything_but_invalid(value: object) -> None:
    with pytest.raises(Invalid):
        parse_case(value)


@given(st.sampled_from(list(values_in(FULL_CASE))), json_values)
def test_a_case_with_any_one_value_changed_is_accepted_as_it_is_or_invalid(at: Path, value: object) -> None:
    case = changed(full_case(), at, value)
    try:
        assert parse_case(case)["nta"] == case["nta"]
    except Invalid as invalid:
        assert invalid.problems
