"""One way of writing names and numbers: what people write differently is found alike, and what differs is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.cases.findable import MOST_WORDS, findable, number_in, wanted_names, words_in
from secondlook.cases.identity import Identity

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12)
NAMES = st.lists(LETTERS, min_size=1, max_size=4, unique=True)
ANY_TEXT = st.text(max_size=100)


def known(**more: object) -> Identity:
    return Identity.of({"a_number": "A000000001", "nta": {"date": "2010-05-04"}, "office": "BAL", **more})


def found(name: str, written: str) -> bool:
    """Whether a case of this family name is found by what somebody wrote."""
    words = findable(known(respondent={"family_name": name})).words
    return any(all(any(word.startswith(each) for word in words) for each in sought) for sought in wanted_names(written))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Quillfeather", "quill"),
        ("García López", "lopez garcia"),
        ("Garcia-Lopez", "GARCÍA"),
        ("O'Brien", "obrien"),
        ("O’Brien", "O Brien"),
        ("OBrien", "o'brien"),
        ("De La Cruz", "delacruz"),
        ("Delacruz", "de la cruz"),
        ("Nuñez", "nunez"),
        ("Nun\u0303ez", "nuñ"),
        ("Søren-Łuków", "soren lukow"),
        ("Großmann", "GROSSMANN"),
        ("Æthelred", "aethel"),
        ("Al-Hussein", "alhussein"),
        ("Иванов", "иван"),
        ("金", "金"),
        ("Li", "LI"),
        ("Quill\u200bfeather", "quillfeather"),
    ],
)
def test_names_are_found_as_people_write_them(name: str, written: str) -> None:
    assert found(name, written)


@pytest.mark.parametrize(("name", "written"), [("Quillfeather", "feather"), ("Garcia", "garcia lopez"), ("Li", "lin")])
def test_other_names_are_not_found(name: str, written: str) -> None:
    assert not found(name, written)


@given(NAMES, st.randoms())
def test_order_case_and_what_stands_between_make_no_difference(words: list[str], random: object) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    between = random.choice([" ", "-", "  ", " - ", "’", "/"])  # type: ignore[attr-defined]
    assert found("-".join(words), between.join(shuffled).upper())
    assert found("".join(words), between.join(words))
    assert found(" ".join(words), "".join(words))


@given(NAMES, st.data())
def test_each_beginning_finds(words: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(words))
    assert found(" ".join(words), word[: data.draw(st.integers(2, len(word)))])


@given(LETTERS, st.sampled_from(["\u0301", "\u0308", "\u0303", "\u0327", "\u030c"]), st.integers(1, 11))
def test_accents_make_no_difference(word: str, accent: str, place: int) -> None:
    accented = word[:place] + accent + word[place:]
    assert words_in(accented) == words_in(unicodedata.normalize("NFC", accented)) == words_in(word) == (word,)


@given(ANY_TEXT)
def test_what_is_written_one_way_is_not_changed_again(text: str) -> None:
    words = words_in(text)
    assert words_in(" ".join(words)) == words
    assert len(words) <= MOST_WORDS
    assert number_in(number_in(text)) == number_in(text)


@given(ANY_TEXT)
def test_every_name_is_found_by_itself(text: str) -> None:
    words = words_in(text)
    assert found(text, text) == bool(words)


def test_numbers_are_alike_without_case_and_what_stands_between() -> None:
    assert number_in("BAL-2011/00 123") == number_in("bal201100123")
    assert number_in("BAL-2011/00 123") != number_in("BAL-2011/00 124")
    assert number_in("###") == "###"


def test_a_case_is_found_by_the_senders_numbers_and_by_other_systems() -> None:
    court = {"scheme": "court", "value": "BAL 0099"}
    assert findable(known(sender_numbers=["CMS-7", "cms 7"], identifiers=[court])).numbers == ("cms7", "bal0099")
    assert findable(known()).words == ()
