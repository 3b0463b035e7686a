"""Events: the envelope, who may send what, equality by value, and nothing repeated from what was refused."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.cases.event_types.concurred import CONCURRED
from secondlook.cases.event_types.reviewed import REVIEWED
from secondlook.cases.event_types.withdrawn import WITHDRAWN
from secondlook.cases.events import (
    Actor,
    CaseKey,
    IncomingEvent,
    bare_case_event,
    concurrence_event,
    parse_event,
    review_event,
    withdrawal_event,
)
from secondlook.cases.fields import Invalid
from tests.cases.documents import CANARY, FULL_CASE, facts_updated, full_case, received
from tests.cases.test_facts import json_values

ATTORNEY = Actor("attorney1", ("attorney",), ("BAL",))


def refused(raw: object) -> set[str]:
    """The places at which an event is refused."""
    return places(lambda: parse_event(raw))


def places(build: Callable[[], IncomingEvent]) -> set[str]:
    """The places that the Invalid names which this raises."""
    with pytest.raises(Invalid) as caught:
        build()
    assert CANARY not in str(caught.value) + repr(caught.value.problems)
    return {each.place for each in caught.value.problems}


def review(**changes: object) -> IncomingEvent:
    """A review with these fields changed."""
    fields: dict[str, object] = {
        "action": "close",
        "reasons": ["B-01"],
        "rationale": "A veteran.",
        "findings": {"A-05f": "false", "B-08": "cannot_tell"},
        "case_version": 1,
        **changes,
    }
    return review_event("f-1", "c_1", ATTORNEY, **fields)  # type: ignore[arg-type]


def test_a_received_case_is_known_by_its_charging_document() -> None:
    event = parse_event(received())
    assert (event.source, event.id, event.subject) == ("urn:example:intake", "1", "SAMPLE-1")
    assert event.case == CaseKey("A000000042", "2010-05-04")
    assert event.type.short == "received"
    assert event.data == {**FULL_CASE, "sender_numbers": ["SAMPLE-1"]}


def test_changed_facts_name_their_case_by_key_or_by_case_id() -> None:
    by_key = parse_event(facts_updated())
    assert by_key.case == CaseKey("A042000000", "2010-05-04")
    assert by_key.data["case"] == {"a_number": "A042000000", "nta_date": "2010-05-04"}
    by_id = parse_event(facts_updated(data={"case": "c_0123456789", "facts": {"lpr_since": None}}))
    assert by_id.case == "c_0123456789"
    assert by_id.data["facts"] == {"lpr_since": None}


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type", "data"])
def test_a_required_attribute_is_missed(missing: str) -> None:
    event = received()
    del event[missing]
    assert refused(event) == {missing}


@pytest.mark.parametrize(
    ("attribute", "bad"),
    [
        ("specversion", "0.3"),
        ("specversion", 1.0),
        ("id", ""),
        ("id", 7),
        ("id", CANARY + "\n"),
        ("id", "x" * 513),
        ("source", ""),
        ("source", f"urn:{CANARY} {CANARY}"),
        ("source", "secondlook:web"),
        ("source", "secondlook:load"),
        ("type", CANARY),
        ("type", None),
        ("subject", ""),
        ("subject", "x" * 513),
        ("subject", f"{CANARY}\u202e"),
        ("time", CANARY),
        ("time", "2011-12-05"),
        ("time", "2011-02-30T00:00:00Z"),
        ("datacontenttype", "application/xml"),
        ("dataschema", ""),
        ("data", None),
        ("data", CANARY),
        ("data_base64", "e30="),
    ],
)
def test_a_wrong_attribute_is_refused_at_its_name(attribute: str, bad: object) -> None:
    assert refused(received(**{attribute: bad})) == {attribute}


@pytest.mark.parametrize(
    ("name", "value"), [("Upper", "x"), ("with_underscore", "x"), (CANARY, "x"), ("a", {}), ("b", 1.5), ("c", "\x00")]
)
def test_an_extension_outside_the_specification_is_refused(name: str, value: object) -> None:
    assert refused(received(**{name: value})) == {"attribute number 8"}


def test_extensions_are_bounded_in_number() -> None:
    assert refused(received(**{f"x{n}": 1 for n in range(60)})) == {"(document)"}


@pytest.mark.parametrize(
    "changes",
    [
        {
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "sequence": 7,
            "urgent": True,
            "none": None,
        },
        {"datacontenttype": "application/json; charset=utf-8"},
        {"datacontenttype": "application/vnd.intake+json"},
        {"time": "2016-12-31T23:59:60.123456789-05:00"},
        {"dataschema": "https://example.com/case.json"},
    ],
)
def test_time_and_other_attributes_make_no_other_content(changes: dict[str, object]) -> None:
    assert parse_event(received(**changes)).content == parse_event(received()).content


@pytest.mark.parametrize("without", ["subject", "time"])
def test_a_null_attribute_is_an_absent_one(without: str) -> None:
    absent = received()
    del absent[without]
    assert parse_event(received(**{without: None})) == parse_event(absent)


def test_content_is_compared_by_value_not_by_bytes() -> None:
    other_order = json.loads(json.dumps(received(), sort_keys=True))
    assert parse_event(other_order).content == parse_event(received()).content


@pytest.mark.parametrize(
    "other",
    [
        received(subject="SAMPLE-2"),
        received(subject=None),
        received(data={**full_case(), "a_number": "A0000042"}),  # the same person; compared as sent
        received(data={**full_case(), "represented": False}),
        received(data={**full_case(), "facts": {"gang_member": False}}),
        received(data={**full_case(), "facts": {"prior_removals": 0}}),
        received(data={**full_case(), "facts": {}}),
    ],
)
def test_another_subject_or_value_is_other_content(other: dict[str, object]) -> None:
    assert parse_event(other).content != parse_event(received()).content


def test_people_s_acts_are_not_taken_from_outside() -> None:
    for event_type in (REVIEWED, CONCURRED, WITHDRAWN):
        assert refused(received(type=event_type.name, data=dict(review().data))) == {"type"}


def test_a_review_holds_what_the_attorney_said_and_who_it_was() -> None:
    event = review()
    assert (event.source, event.id, event.case, event.type) == ("secondlook:web", "f-1", "c_1", REVIEWED)
    assert event.data["actor"] == {"subject": "attorney1", "roles": ["attorney"], "offices": ["BAL"]}
    assert event.data["findings"] == {"A-05f": "false", "B-08": "cannot_tell"}
    assert review(rationale="Other words.").content != event.content


@pytest.mark.parametrize(
    ("field", "bad", "at"),
    [
        ("action", "approve", "data.action"),
        ("reasons", [], "data.reasons"),
        ("reasons", ["B-01"] * 21, "data.reasons"),
        ("reasons", ["B-01", f"<{CANARY}>"], "data.reasons[1]"),
        ("reasons", ["x" * 41], "data.reasons[0]"),
        ("rationale", " \n\t", "data.rationale"),
        ("rationale", "x" * 20_001, "data.rationale"),
        ("rationale", CANARY + "\x00", "data.rationale"),
        ("findings", {"A-05f": CANARY}, "data.findings (value number 1)"),
        ("findings", {CANARY: "true"}, "data.findings (key number 1)"),
        ("case_version", 0, "data.case_version"),
        ("case_version", True, "data.case_version"),
    ],
)
def test_a_review_is_refused_at_the_field_that_is_wrong(field: str, bad: object, at: str) -> None:
    assert places(lambda: review(**{field: bad})) == {at}


def test_a_long_rationale_of_several_lines_is_accepted() -> None:
    words = "A line.\r\n" * 2_000
    assert review(rationale=words).data["rationale"] == words


def test_only_who_returns_a_case_must_say_why() -> None:
    concur = concurrence_event("f-2", "c_1", ATTORNEY, answer="concur", note="", case_version=2)
    assert concur.data["note"] == ""
    assert places(lambda: concurrence_event("f-3", "c_1", ATTORNEY, answer="return", note=" ", case_version=2)) == {
        "data.note"
    }


def test_a_withdrawal_says_why() -> None:
    assert withdrawal_event("f-4", "c_1", ATTORNEY, reason="New papers.", case_version=2).type.short == "withdrawn"
    assert places(lambda: withdrawal_event("f-4", "c_1", ATTORNEY, reason="", case_version=2)) == {"data.reason"}


def test_the_same_bare_case_is_the_same_event() -> None:
    first, again = bare_case_event(full_case()), bare_case_event(json.loads(json.dumps(full_case(), sort_keys=True)))
    assert first == again
    assert first.source == "secondlook:load"
    assert bare_case_event({**full_case(), "represented": False}).id != first.id


@given(json_values)
def test_no_value_raises_anything_but_invalid(value: object) -> None:
    for parse in (parse_event, bare_case_event):
        with pytest.raises(Invalid):
            parse(value)


@given(st.sampled_from(sorted(received())), json_values)
def test_an_event_with_any_attribute_changed_is_accepted_or_invalid(attribute: str, value: object) -> None:
    try:
        parse_event(received(**{attribute: value}))
    except Invalid as invalid:
        assert invalid.problems
