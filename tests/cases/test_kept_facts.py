"""Facts as the record keeps them, read; and whose case it is."""

from __future__ import annotations

import pytest

from secondlook.cases.identity import Identity
from secondlook.cases.kept_facts import KeptFact, Saying, as_given, kept_facts
from secondlook.cases.readable import CannotRead


def test_a_plain_value_was_said_by_nobody_in_particular() -> None:
    fact = KeptFact.of(2)
    assert (fact.value, fact.unknown, fact.sayings) == (2, None, (Saying("", (), "", "", None),))


def test_a_wrapper_says_who_when_and_on_which_page() -> None:
    given = {"value": None, "source": "a-file", "provided_by": ["respondent", "agency"], "observed_at": "2011-05",
             "coverage": "partial", "document": "d1", "page": 12}  # fmt: skip
    fact = KeptFact.of(given)
    assert (fact.value, fact.partial) == (None, True)
    assert fact.sayings == (Saying("a-file", ("agency", "respondent"), "2011-05", "d1", 12),)


def test_what_an_abuser_says_beside_somebody_else_is_a_voice_of_its_own() -> None:
    fact = KeptFact.of({"unknown": "conflicting", "abuser_said": {"value": True, "provided_by": "abuser"}})
    assert [(each.value, each.unknown) for each in fact.voices] == [(None, "conflicting"), (True, None)]


@pytest.mark.parametrize("odd", [{}, [], 1.5, {"part": ["deep"]}, [["nested"]], {"value": {"a": 1.5}}])
def test_a_value_that_no_door_takes_today_is_read_and_given_back(odd: object) -> None:
    facts = kept_facts({"of_a_newer_release": odd})
    assert as_given(facts) == {"of_a_newer_release": odd}


def test_an_identity_says_what_was_received_and_leaves_the_rest_empty() -> None:
    case = {"a_number": "A000000001", "office": "ATL", "nta": {"date": "2010-01-02"}, "of_a_newer_release": 1}
    identity = Identity.of({**case, "court": {"next_hearing": {"date": "2011-12-09"}}, "custody": "detained"})
    assert (identity.a_number, identity.key.nta_date, identity.detained) == ("A000000001", "2010-01-02", True)
    assert identity.next_hearing is not None
    assert (identity.next_hearing.date, identity.next_hearing.type) == ("2011-12-09", None)
    assert (identity.family_name, identity.nta_filed, identity.documents) == ("", None, ())


@pytest.mark.parametrize("document", [{}, [], None, {"a_number": "A000000001"}, {"nta": {"date": "2010-01-02"}}])
def test_an_identity_that_does_not_say_whose_case_it_is_cannot_be_read(document: object) -> None:
    with pytest.raises(CannotRead):
        Identity.of(document)
