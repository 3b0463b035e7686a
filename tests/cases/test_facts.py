"""A received case: what INTERFACES allows comes through as it was, all else is refused by its place."""

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from secondlook.cases.fact_table import FACTS
from secondlook.cases.facts import CASE, Invalid, parse_case, parse_facts
from secondlook.cases.fields import FieldProblem
from secondlook.cases.plain_text import is_blank
from secondlook.settings import Settings, SettingsError
from tests.cases.documents import CANARY, FULL_CASE, Path, changed, full_case, place, values_in

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


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
        {"unknown": "not_asked", "coverage": "partial"},
        {"unknown": "retracted", "provided_by": "neighbour"},
        {"value": True, "document": " "},
        {"value": True, "document": "d1", "page": 0},
        {"value": True, "abuser_said": {"value": False}},
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
        (("facts", "gang_member"), {"value": True, "document": "d1", "page": 3}),
        (
            ("facts", "gang_member"),
            {"unknown": "retracted", "source": "ncic", "provided_by": ["agency"], "observed_at": "2011-11"},
        ),
        (("court", "next_hearing"), None),
        (("respondent", "family_name"), "Al-\u2067\u0634\u0631\u064a\u0641\u2069 \u200f(x)"),
        (("documents",), [{"id": "d1", "title": "NTA", "date": "2010-05", "kind": "charging", "pages": 3}] * 200),
        (("identifiers",), [{"scheme": "court", "value": "HX-1/2011"}]),
    ],
)
def test_uncommon_but_allowed_values_are_accepted(at: Path, good: object) -> None:
    case = changed(full_case(), at, good)
    assert parse_case(case) == case


@pytest.mark.parametrize(
    "name",
    [
        "\u202e91000000A",
        "\u2066Sample",
        "Sample\u202c",
        "\u202aSam\u2066ple\u202c\u2069",
        "\u2067Sam\u2069ple\u2069",
        "\u200b\u200b",
        "\u2066\u2069",
        "\ufeff \u00ad\u200d",
        "\u3164\u2800\u034f",
        "",
    ],
)
def test_a_name_that_turns_the_text_around_it_or_shows_nothing_is_refused_at_its_place(name: str) -> None:
    for at in (("respondent", "family_name"), ("respondent", "given_name")):
        assert list(refused(changed(full_case(), at, name))) == [place(at)]
    found = refused({**full_case(), "facts": {"gang_member": {"value": True, "source": name}}})
    assert list(found) == ["facts.gang_member.source"]


def test_every_format_character_of_unicode_is_blank() -> None:
    marks = [chr(n) for n in range(0x110000) if unicodedata.category(chr(n)) in ("Cf", "Zs", "Zl", "Zp")]
    assert [hex(ord(each)) for each in marks if not is_blank(each)] == []
    assert not any(is_blank(each) for each in "a1.-\u0301\u05d0\u4e00\U0001f600")


@pytest.fixture
def files_example() -> Iterator[None]:
    Settings.read(document_hosts="files.example, Files.example:8443")
    yield
    Settings.read(document_hosts="")


@pytest.mark.usefixtures("files_example")
def test_a_documents_address_is_of_a_host_that_the_configuration_allows() -> None:
    def addressed(address: object) -> dict[str, object]:
        return {**full_case(), "documents": [{"id": "d1", "address": address}]}

    for good in ("https://files.example/d1?page=2#x", "https://FILES.example", "https://files.example:8443/a"):
        assert parse_case(addressed(good)) == addressed(good)
    for bad in (
        *("http://files.example/d1", "https://elsewhere.example/", "https://files.example.elsewhere.example/", 7),
        *("https://files.example@elsewhere.example/", "https://files.example:8444/", "javascript:alert(1)", ""),
        *("https://files.example\\@elsewhere.example/", "https://files.example/\u202e", "//files.example/d1"),
        "https://files.example/" + "a" * 500,
    ):
        assert list(refused(addressed(bad))) == ["documents[0].address"]


def test_without_configured_hosts_no_documents_address_is_accepted() -> None:
    found = refused({**full_case(), "documents": [{"id": "d1", "address": "https://files.example/d1"}]})
    assert list(found) == ["documents[0].address"]


def test_a_setting_that_names_no_host_stops_the_program() -> None:
    with pytest.raises(SettingsError, match=r"^SECONDLOOK_DOCUMENT_HOSTS: write hosts alone"):
        Settings.read(document_hosts="https://files.example/")


@pytest.mark.parametrize(
    ("at", "bad"),
    [
        (("documents",), [{"id": "d"}] * 201),
        (("documents",), [{"title": "no id"}]),
        (("documents",), [{"id": "d", "pages": 0}]),
        (("documents",), [{"id": "d", "kind": CANARY * 20}]),
        (("identifiers",), {"court": "1"}),
        (("identifiers",), [{"scheme": "court"}]),
        (("identifiers",), [{"scheme": "a court", "value": "1"}]),
        (("identifiers",), [{"scheme": "court", "value": "\u200b"}]),
    ],
)
def test_documents_and_identifiers_are_held_to_their_format(at: Path, bad: object) -> None:
    assert all(each.startswith(place(at)) for each in refused({**full_case(), str(at[0]): bad}))


def test_every_check_describes_itself_and_what_is_accepted_is_as_described() -> None:
    schema = Draft202012Validator(CASE.schema)
    Draft202012Validator.check_schema(CASE.schema)
    for case in (full_case(), {"a_number": "42-000-000", "office": "DEN", "nta": {"date": "2010-05-04"}}):
        parse_case(case)
        assert list(schema.iter_errors(case)) == []
    for name, fact in FACTS.items():
        described = CASE.schema["properties"]["facts"]["properties"][name]["anyOf"]  # type: ignore[index, call-overload]
        assert len(described) == 3, name
        for word in fact.value.words if fact.value else ():
            assert Draft202012Validator(described[0]).is_valid(word)
        assert not Draft202012Validator(described[0]).is_valid(CANARY)


@given(st.data())
def test_what_the_description_of_a_case_refuses_the_check_refuses_too(data: st.DataObject) -> None:
    at = data.draw(st.sampled_from(list(values_in(FULL_CASE))))
    case = changed(full_case(), at, data.draw(json_values))
    problems: list[FieldProblem] = []
    CASE(case, "", problems)
    assert problems or Draft202012Validator(CASE.schema).is_valid(case)


def test_all_problems_are_told_at_once() -> None:
    case = {**full_case(), "office": "baltimore", "custody": "jail", "facts": {"convictions": [{"grade": "capital"}]}}
    assert set(refused(case)) == {"office", "custody", "facts.convictions[0].grade"}


def test_facts_alone_are_held_to_the_same_rules() -> None:
    assert parse_facts({"prior_removals": 2}) == {"prior_removals": 2}
    with pytest.raises(Invalid, match=r"^facts\.prior_removals: must be a whole number from 0 to 1000$"):
        parse_facts({"prior_removals": -1})


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
