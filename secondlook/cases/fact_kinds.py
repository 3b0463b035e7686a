"""What a fact can be: its kind of value, its shape, and the words for it. ``fact_table`` states the facts with these.
Nothing here may name one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a single value is."""

    DATE = "date"
    WORD = "word"
    FLAG = "flag"
    WHOLE = "whole number"


class Shape(StrEnum):
    """How a fact holds its values: one, named parts, or a list of elements."""

    SINGLE = "single"
    RECORD = "record"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its kind, the listed words of a ``word`` in order, and whether null ("known: never") is allowed."""

    kind: Kind
    words: Mapping[str, None] = field(default_factory=dict)
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """How one part of a list element reads: known (``{}`` takes the value), unknown, and as what a rule asks for."""

    part: str
    known: str
    unknown: str
    asked: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the INTERFACES table. ``parts`` belong to records and to the elements of lists."""

    name: str
    title: str
    """On pages."""
    label: str
    """In the sentences of explanations."""
    shape: Shape
    value: Value | None = None
    parts: Mapping[str, Value] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    """Parts that an element must have."""
    most: int = 0
    """Elements that a list may have; the most that a whole number may be."""
    ordinary: object = None
    """What the synthetic docket says of somebody of whom there is nothing to say."""
    protected: bool = False
    """8 USC 1367: shown on the case's own page alone, and marked there."""
    plural: bool = False
    yes: str = ""
    no: str = ""
    """A flag in words."""
    never: str = ""
    """What null says."""
    noun: str = ""
    nouns: str = ""
    phrases: tuple[Phrase, ...] = ()
    bare: bool = False
    """The elements of the list are words, not objects; a rule set calls the word itself the part ``word``."""

    def were(self) -> str:
        return f"{self.label} {'were' if self.plural else 'was'}"


def words(*listed: str, nullable: bool = False) -> Value:
    """A value that is one of the listed words."""
    return Value(Kind.WORD, dict.fromkeys(listed), nullable)


_READABLE = {"member_good_standing": "member in good standing", "usc": "US", "lpr": "lawful permanent resident"}


def readable(word: str) -> str:
    """A listed word as an attorney reads it."""
    return _READABLE.get(word) or word.replace("_", " ")
