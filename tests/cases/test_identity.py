"""The A-number: every accepted way of writing is one person, everything else is refused without being repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.cases.identity import Identity, IdentityError, mask_a_number, normalise_a_number


@pytest.mark.parametrize(
    "written", ["A012345678", "A12345678", "012-345-678", "a12 345 678", " A-012.345.678 ", "12345678", "A012‑345‑678"]
)
def test_all_ways_of_writing_one_number_are_one_number(written: str) -> None:
    assert normalise_a_number(written) == "A012345678"


def test_seven_digits_are_padded_to_nine() -> None:
    assert normalise_a_number("1234567") == "A001234567"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "A",
        "A123456",
        "A0123456789",
        "B12345678",
        "AA12345678",
        "A1234567B",
        "A١٢٣٤٥٦٧٨",
        "A12345678\n",
        "1" + "-" * 50,
    ],
)
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(IdentityError):
        normalise_a_number(written)


@given(st.text())
def test_any_text_is_normalised_for_good_or_refused_without_being_repeated(text: str) -> None:
    try:
        number = normalise_a_number(text)
    except IdentityError as error:
        assert str(error) == "must be an A-number: an optional A and 7 to 9 digits"
    else:
        assert normalise_a_number(number) == number


def test_a_masked_number_shows_its_last_four_digits_only() -> None:
    assert mask_a_number("A012345678") == "A•••••5678"


@pytest.mark.parametrize(
    ("a_number", "number", "shown"),
    [
        ("A012345678", "BAL/12345678-3", False),
        ("A012345678", "A12345678", False),
        ("A012345678", "1234567", True),
        ("A000000001", "SAMPLE-0000001", True),
        ("A000000001", "A0000001", False),
        ("A000000001", "CMS-000000001", False),
    ],
)
def test_a_number_that_holds_the_a_number_is_not_shown(a_number: str, number: str, shown: bool) -> None:
    document = {"a_number": a_number, "nta": {"date": "2010-05-04"}, "sender_numbers": [number]}
    identity = Identity.of({**document, "identifiers": [{"scheme": "x", "value": number}]})
    assert bool(identity.shown_numbers) == bool(identity.shown_identifiers) == shown
