"""What a case's facts prove, as every expression reads it: the words, dates and lists that are known of one case at one
date, and why the rest is not. `weighing` and `values` fill it in. It must never know a rule set, and never put a
value into a remark that is not a listed word or a date.
"""

from collections.abc import Mapping
from typing import NamedTuple

from secondlook.cases.fact_kinds import Fact, readable
from secondlook.cases.fact_table import FACTS
from secondlook.policy.dates import PartialDate

Scalar = str | int
"""A listed word, a flag (bool is an int) or a whole number."""


class Element(NamedTuple):
    """One element of a list fact. Parts that are not known are absent; `certain` is False if it may not count."""

    words: Mapping[str, Scalar]
    dates: Mapping[str, PartialDate | None]
    certain: bool


class ListEvidence(NamedTuple):
    """The elements that count and whether a partial search leaves room for more."""

    elements: tuple[Element, ...]
    more: bool


class Evidence:
    """The known facts of one case at one date. A name that is in none of the three mappings is unknown."""

    __slots__ = ("as_of", "dates", "doubted", "lists", "reasons", "remarks", "words")

    def __init__(self, as_of: PartialDate) -> None:
        self.as_of = as_of
        self.words: dict[str, Scalar] = {}
        self.dates: dict[str, PartialDate | None] = {}
        self.lists: dict[str, ListEvidence] = {}
        self.reasons: dict[str, str] = {}
        self.remarks: dict[str, tuple[str, ...]] = {}
        self.doubted: dict[str, bool] = {}
        """What an abuser alone says something of, and whether somebody else does too."""

    def why_unknown(self, key: str, fact: str) -> str:
        """Why the fact, or its part `key`, is not known: a clause."""
        return self.reasons.get(key) or self.reasons.get(fact) or _ABSENT[fact]

    def set_unknown(self, key: str, fact: str, reason: str, *, remark: bool = False) -> None:
        self.reasons[key] = reason
        if remark:
            self.remark(fact, reason)

    def remark(self, fact: str, text: str) -> None:
        self.remarks[fact] = (*self.remarks.get(fact, ()), text)


_ABSENT = {name: f"{fact.were()} not given (not asked)" for name, fact in FACTS.items()}


def describe(fact: Fact, element: Element) -> str:
    """The element in words, from its listed words and dates alone."""
    text = ""
    for phrase in fact.phrases:
        value = element.words.get(phrase.part)
        day = element.dates.get(phrase.part)
        if value is not None:
            text += phrase.known.format(readable(str(value)))
        else:
            text += phrase.unknown if day is None else phrase.known.format(day.text)
    return text
