"""Many tellings of one case end in the same facts, whatever their order, and nothing known is lost by silence."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondlook.cases.merging import Merged, Told, merge, same_facts

NOON = datetime(2011, 12, 5, 12, 0, tzinfo=UTC)
DUI = {"grade": "misdemeanor", "offense": "dui", "date": "2003-07-01"}
THEFT = {"grade": "felony", "offense": "theft"}


def told(*facts, received=NOON, **case):
    """Events of facts, a minute apart."""
    return [Told(n, received + timedelta(minutes=n), {"facts": each, **case}) for n, each in enumerate(facts)]


def fact(name, *given):
    """How one fact stands after these tellings."""
    return merge(told(*({name: each} for each in given))).facts.get(name)


def value(name, *given):
    stands = fact(name, *given)
    return stands["value"] if isinstance(stands, dict) and "value" in stands else stands


def seen(what, when, **more):
    return {"value": what, "observed_at": when, **more}


# One fact, told several times.


@pytest.mark.parametrize(
    "given",
    ["1970", None, [], [DUI], {"enrolled": True}, {"unknown": "retracted"}, {"value": False, "coverage": "partial"}, 0],
)
def test_a_fact_told_once_comes_out_as_it_was_given(given):
    assert fact("anything", given) == given
    assert merge(told({"anything": given})).facts == {"anything": given}


def test_the_later_observation_stands_and_not_the_later_receipt():
    assert value("birth_date", seen("1970", "2011"), seen("1980", "2003-02-01")) == "1970"
    assert value("birth_date", seen("1970", "2003-02-01"), seen("1980", "2003-02")) == "1980"
    assert value("birth_date", seen("1970", "2003-02-01T01:00:00+02:00"), seen("1980", "2003-01-31")) == "1980"
    assert value("birth_date", seen("1970", "2003-02-01T00:00:00.0000000002Z"), seen("1980", "2003-01-31")) == "1970"


def test_what_has_no_time_or_one_after_its_receipt_was_observed_when_it_was_received():
    assert value("birth_date", "1970", seen("1980", "2011-12-05T12:00:30Z")) == "1980"
    assert value("birth_date", seen("1980", "2011-12-31"), "1970") == "1970"
    assert value("birth_date", seen("1980", "9999"), seen("1990", "2011-12"), "1970") == "1970"


def test_of_two_at_the_same_instant_the_lower_text_stands():
    at_once = [Told(n, NOON, {"facts": {"birth_date": day}}) for n, day in enumerate(("1980", "1970", "1990"))]
    assert merge(at_once).facts == {"birth_date": "1970"}
    assert merge(reversed(at_once)).facts == {"birth_date": "1970"}


@pytest.mark.parametrize("reason", ["not_asked", "no_source", "redacted", "unparseable", "source_unavailable"])
def test_a_reason_for_not_knowing_erases_nothing(reason):
    assert fact("gang_member", True, {"unknown": reason}) is True
    assert fact("gang_member", {"unknown": reason}, False) is False
    assert fact("gang_member", {"unknown": "not_asked"}, {"unknown": reason}) == {"unknown": reason}


def test_a_conflict_stands_until_a_later_value():
    conflict = {"unknown": "conflicting", "source": "ncic"}
    assert fact("gang_member", True, conflict) == conflict
    assert fact("gang_member", True, conflict, {"unknown": "redacted"}) == conflict
    assert fact("gang_member", True, conflict, False) is False
    assert fact("gang_member", seen(True, "2010"), {**conflict, "observed_at": "2009"}) == seen(True, "2010")


def test_a_source_takes_back_what_it_said_and_the_next_best_stands():
    first, second = {"value": "1970", "source": "a-file"}, {"value": "1980", "source": "ncic"}
    back = {"unknown": "retracted", "source": "ncic"}
    assert fact("birth_date", first, second, back) == first
    assert fact("birth_date", second, first, back) == first
    assert fact("birth_date", second, back) == back
    assert fact("birth_date", second, back, second) == second
    assert fact("birth_date", first, {**back, "source": "elsewhere"}) == first


def test_without_a_source_the_standing_value_is_taken_back_however_often_it_was_said():
    assert fact("birth_date", "1970", "1980", {"unknown": "retracted"}) == "1970"
    assert fact("birth_date", "1980", "1980", {"unknown": "retracted"}) == {"unknown": "retracted"}
    conflict = {"unknown": "conflicting"}
    assert fact("birth_date", "1980", conflict, {"unknown": "retracted"}) == conflict


@pytest.mark.parametrize("nothing", [False, 0, "none", None])
def test_a_partial_search_that_found_nothing_is_no_news_over_a_value(nothing):
    partial = {"value": nothing, "coverage": "partial"}
    assert fact("anything", "found", partial) == "found"
    assert fact("anything", partial, {"unknown": "no_source"}) == partial
    assert fact("anything", partial, "found") == "found"
    assert fact("anything", "found", {"value": "more", "coverage": "partial"})["value"] == "more"


# Lists.


def test_a_whole_list_replaces_and_a_partial_one_adds():
    assert fact("convictions", [DUI], [THEFT]) == [THEFT]
    assert fact("convictions", [DUI], []) == []
    both = fact("convictions", {"value": [DUI], "source": "a"}, {"value": [THEFT], "coverage": "partial"})
    assert both["value"] == [DUI, THEFT]
    assert "coverage" not in both
    assert both["observations"] == [{"value": [DUI], "source": "a"}, {"value": [THEFT], "coverage": "partial"}]


def test_a_partial_list_before_a_whole_one_is_replaced_and_one_alone_stays_partial():
    partial = {"value": [THEFT], "coverage": "partial"}
    assert fact("convictions", partial, [DUI]) == [DUI]
    assert fact("convictions", partial, {"value": [DUI, THEFT], "coverage": "partial"})["coverage"] == "partial"
    assert fact("convictions", [DUI], {"value": [DUI], "coverage": "partial"}) == [DUI]
    assert value("convictions", [DUI], {"value": [DUI, DUI], "coverage": "partial"}) == [DUI, DUI]


def test_a_list_taken_back_leaves_what_others_said():
    first, more = {"value": [DUI], "source": "a"}, {"value": [THEFT], "source": "b", "coverage": "partial"}
    assert fact("convictions", first, more, {"unknown": "retracted", "source": "b"}) == first
    assert fact("convictions", first, more, {"unknown": "retracted", "source": "a"}) == more


# Education, part by part.


def test_parts_of_education_stand_each_by_itself_with_who_said_them():
    stands = fact(
        "education",
        {"value": {"enrolled": True, "higher_education": "none"}, "source": "school", "provided_by": "third_party"},
        {"value": {"enrolled": False, "high_school_completed": True}, "source": "person", "provided_by": "respondent"},
    )
    assert stands["value"] == {"enrolled": False, "higher_education": "none", "high_school_completed": True}
    assert stands["provided_by"] == ["respondent", "third_party"]
    assert [each["source"] for each in stands["observations"]] == ["school", "person"]
    assert stands["observations"][0]["value"] == {"higher_education": "none"}


def test_a_partial_search_unsays_no_part_of_education():
    partial = {"value": {"enrolled": False, "high_school_completed": False}, "coverage": "partial"}
    assert fact("education", {"enrolled": True}, partial)["value"] == {
        "enrolled": True,
        "high_school_completed": False,
    }
    assert fact("education", {"enrolled": True}, partial)["coverage"] == "partial"
    assert fact("education", {"enrolled": False}, partial) == {"enrolled": False}


# The abuser's word.


def by_abuser(what, **more):
    return {"value": what, "provided_by": "abuser", **more}


def test_what_an_abuser_alone_says_stands_beside_and_never_instead():
    agency = {"value": False, "provided_by": "agency", "source": "a-file"}
    for order in ([agency, by_abuser(True)], [by_abuser(True), agency]):
        assert fact("gang_member", *order) == {**agency, "abuser_said": by_abuser(True)}
    assert fact("gang_member", False, by_abuser(True)) == {"value": False, "abuser_said": by_abuser(True)}
    assert fact("gang_member", {"unknown": "redacted"}, by_abuser(True)) == by_abuser(True)
    assert fact("gang_member", by_abuser(True), {**agency, "provided_by": ["abuser", "agency"]})["value"] is False


def test_an_abuser_takes_back_only_the_abusers_word():
    back = {"unknown": "retracted", "provided_by": "abuser"}
    assert fact("gang_member", False, by_abuser(True), back) is False
    assert fact("gang_member", False, back) is False
    assert fact("gang_member", False, {"unknown": "conflicting", "provided_by": ["abuser"]}) is False
    agencys = {"unknown": "retracted", "source": "hotline"}
    assert fact("gang_member", False, by_abuser(True, source="hotline"), agencys) is False


# Identity.

CASE = {
    "a_number": "A000000001",
    "office": "BAL",
    "respondent": {"family_name": "Testcase", "given_name": "Pat"},
    "court": {"base_city": "BAL", "next_hearing": {"date": "2012-03-01", "type": "master"}},
    "nta": {"date": "2010-05-04", "filed": True, "charges": ["212a06Ai"]},
    "custody": "detained",
}
SHORT = {"a_number": "A000000001", "office": "BAL", "nta": {"date": "2010-05-04"}}


def identity(*cases):
    return merge([Told(n, NOON, each) for n, each in enumerate(cases)]).identity


def test_a_shorter_case_erases_nothing_and_changes_what_it_says():
    assert identity(CASE, SHORT) == CASE
    moved = identity(CASE, {**SHORT, "office": "DEN", "court": {"next_hearing": {"date": "2012-04-01"}}})
    assert moved["office"] == "DEN"
    assert moved["court"] == {"base_city": "BAL", "next_hearing": {"date": "2012-04-01"}}


def test_a_hearing_of_null_is_taken_off():
    off = {**SHORT, "court": {"next_hearing": None}}
    assert identity(CASE, off)["court"] == {"base_city": "BAL"}
    assert identity(CASE, off, SHORT)["court"] == {"base_city": "BAL"}
    assert identity(off)["court"] == {}


def test_documents_stand_by_id_and_identifiers_by_scheme():
    first = {**SHORT, "documents": [{"id": "1", "title": "Old"}, {"id": "2"}], "identifiers": [{"scheme": "court"}]}
    later = {**SHORT, "documents": [{"id": "1", "title": "New"}, {"id": "3"}]}
    assert identity(first, later)["documents"] == [{"id": "1", "title": "New"}, {"id": "2"}, {"id": "3"}]
    assert identity(first, later)["identifiers"] == [{"scheme": "court"}]


def test_facts_events_tell_nothing_of_identity():
    facts = Told(1, NOON, {"case": "abc", "facts": {}, "note": "from the file", "case_version": 2})
    assert merge([Told(0, NOON, CASE), facts]).identity == CASE


# Nothing new.


def same(one, other):
    return same_facts(Merged({"fact": one}, {}), Merged({"fact": other}, {}))


def test_a_newer_source_time_or_document_is_nothing_new():
    assert same("1970", seen("1970", "2011", source="a-file", document="d1", page=3))
    assert same({"unknown": "not_asked"}, {"unknown": "no_source", "source": "x"})
    assert same([DUI, THEFT], [THEFT, DUI])
    assert same_facts(Merged({}, {}), Merged({"fact": {"unknown": "redacted"}}, {}))


def test_another_value_coverage_or_provider_is_news():
    assert not same("1970", "1971")
    assert not same(True, 1)
    assert not same([DUI], [DUI, DUI])
    assert not same("1970", {"value": "1970", "coverage": "partial"})
    assert not same("1970", {"value": "1970", "provided_by": "agency"})
    assert not same({"value": False}, {"value": False, "abuser_said": by_abuser(True)})
    assert not same({"unknown": "not_asked"}, False)
    assert not same_facts(Merged({}, CASE), Merged({}, {**CASE, "custody": "released"}))


def test_the_same_told_again_later_is_nothing_new():
    once = told({"gang_member": {"value": True, "source": "a"}, "convictions": [DUI]}, **CASE)
    again = told({"gang_member": {"value": True, "source": "b"}, "convictions": [DUI]}, received=NOON, **CASE)
    assert same_facts(merge(once), merge([*once, *(Told(9, NOON + timedelta(days=1), each.content) for each in again)]))


# Whatever is told, in whatever order.

VALUES = {
    "birth_date": st.sampled_from(["1950", "1960-06", "1970-05-05"]),
    "lpr_since": st.sampled_from([None, "1990", "2000-01-01"]),
    "gang_member": st.booleans(),
    "prior_removals": st.integers(0, 2),
    "serious_condition": st.sampled_from(["none", "mental"]),
    "convictions": st.lists(st.sampled_from([DUI, THEFT, {}]), max_size=3),
    "education": st.fixed_dictionaries(
        {}, optional={"enrolled": st.booleans(), "higher_education": st.sampled_from(["none", "completed"])}
    ),
}
TIMES = st.sampled_from(
    ["2003", "2009-05", "2009-05-31", "2009-06-01T00:30:00+01:00", "2011-11-20", "2011-11-20T09:00:00Z"]
)
MORE = {
    "source": st.sampled_from(["a-file", "ncic"]),
    "provided_by": st.sampled_from(["agency", "abuser", ["abuser"], ["abuser", "agency"]]),
}


def observation(name, times=TIMES, reasons=("not_asked", "conflicting", "retracted", "redacted")):
    known = st.fixed_dictionaries(
        {"value": VALUES[name], "observed_at": times},
        optional={**MORE, "coverage": st.sampled_from(["complete", "partial"])},
    )
    unknown = st.fixed_dictionaries({"unknown": st.sampled_from(reasons), "observed_at": times}, optional=MORE)
    return st.tuples(st.just(name), st.one_of(known, known, unknown))


OBSERVATIONS = st.lists(st.sampled_from(sorted(VALUES)).flatmap(observation), min_size=1, max_size=9)


def received(observations):
    """Each as an event of its own, received an hour after the one before."""
    return [
        Told(n, NOON + timedelta(hours=n), {"facts": {name: given}}) for n, (name, given) in enumerate(observations)
    ]


@settings(max_examples=400)
@given(OBSERVATIONS, st.data())
def test_any_shuffle_and_repetition_of_the_same_observations_ends_in_the_same_facts(observations, data):
    once = merge(received(observations)).facts
    again = data.draw(st.lists(st.sampled_from(observations), max_size=4))
    shuffled = data.draw(st.permutations([*observations, *again]))

    assert merge(received(shuffled)).facts == once


@given(OBSERVATIONS, st.permutations(range(9)))
def test_the_order_in_which_events_are_handed_in_means_nothing(observations, order):
    events = received([(name, {k: v for k, v in given.items() if k != "observed_at"}) for name, given in observations])
    assert merge([events[n] for n in order if n < len(events)]) == merge(events)


def standing_value(facts, name):
    stands = facts.get(name)
    return stands.get("value", "unknown") if isinstance(stands, dict) and "unknown" not in stands else "unknown"


NO_NEWS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: observation(
        name, reasons=("not_asked", "no_source", "redacted", "unparseable", "source_unavailable")
    ).filter(lambda each: "unknown" in each[1])
)


@given(OBSERVATIONS, st.lists(NO_NEWS, max_size=4))
def test_neither_silence_nor_a_reason_for_not_knowing_erases_a_value(observations, no_news):
    before = merge(received(observations)).facts
    after = merge(received([*observations, *no_news])).facts

    for name in before:
        if standing_value(before, name) != "unknown":
            assert after[name] == before[name]


@given(OBSERVATIONS, st.data())
def test_what_an_abuser_alone_says_never_replaces_what_somebody_else_said(observations, data):
    others = [each for each in observations if each[1].get("provided_by") not in ("abuser", ["abuser"])]
    abusers = [each for each in observations if each not in others]
    said = [(name, {**given, "provided_by": ["abuser"]}) for name, given in abusers]
    alone = merge(received(others)).facts
    both = merge(received(data.draw(st.permutations([*others, *said])))).facts

    for name in alone:
        if standing_value(alone, name) not in ("unknown", {}):
            for kept in ("value", "coverage", "provided_by", "observations"):
                assert both[name].get(kept) == alone[name].get(kept)


def convictions_of(observations):
    """All that are on record, whoever told them."""
    stands = fact_of(merge(received(observations)).facts)
    return [*stands.get("value", []), *stands.get("abuser_said", {}).get("value", [])]


def fact_of(facts):
    stands = facts.get("convictions", [])
    return stands if isinstance(stands, dict) else {"value": stands}


@given(OBSERVATIONS, st.lists(st.sampled_from([DUI, THEFT, {}]), max_size=3), TIMES)
def test_a_partial_list_never_removes(observations, more, when):
    before = convictions_of(observations)
    after = convictions_of([*observations, ("convictions", seen(more, when, coverage="partial"))])

    for each in before:
        assert after.count(each) >= before.count(each)


def test_two_hundred_tellings_of_every_fact_are_cheap():
    events = told(
        *(
            {name: seen(None, f"{1900 + n}") for name in VALUES}
            | {"convictions": seen([DUI], f"{1900 + n}", coverage="partial"), "education": {"enrolled": n % 2 == 0}}
            for n in range(200)
        ),
        **CASE,
    )
    begun = time.process_time()
    merge(events)
    assert time.process_time() - begun < 0.5
