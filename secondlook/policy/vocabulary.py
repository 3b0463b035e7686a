"""The facts that a rule set may name, their kinds of value and the words for them in explanations. The loader checks
rule sets against this table and the evidence is read by it; it mirrors INTERFACES section 2 (a case, as it is
received) and must never hold a rule.
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
    """One value: its kind, the listed words of a `word`, and whether null ("known: never") is allowed."""

    kind: Kind
    words: frozenset[str] = frozenset()
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """How one part of a list element reads: known (`{}` takes the value), unknown, and as what a rule asks for."""

    part: str
    known: str
    unknown: str
    asked: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the INTERFACES table. `parts` belong to records and to the elements of lists."""

    name: str
    label: str
    shape: Shape
    plural: bool = False
    value: Value | None = None
    parts: Mapping[str, Value] = field(default_factory=dict)
    yes: str = ""
    no: str = ""
    """A flag in words."""
    never: str = ""
    """What null says."""
    noun: str = ""
    nouns: str = ""
    phrases: tuple[Phrase, ...] = ()
    bare: bool = False
    """The elements of the list are words, not objects; a rule set calls the word itself the part `word`."""

    def were(self) -> str:
        return f"{self.label} {'were' if self.plural else 'was'}"


def _words(*words: str) -> Value:
    return Value(Kind.WORD, frozenset(words))


_FLAG = Value(Kind.FLAG)
_DATE = Value(Kind.DATE)
_SERVICE = _words("none", "member_good_standing", "honorable_discharge", "other_discharge")


def _single(name: str, label: str, value: Value) -> Fact:
    return Fact(name, label, Shape.SINGLE, value=value)


def _flag(name: str, label: str, yes: str, no: str) -> Fact:
    return Fact(name, label, Shape.SINGLE, value=_FLAG, yes=yes, no=no)


def _date_or_never(name: str, label: str, never: str) -> Fact:
    return Fact(name, label, Shape.SINGLE, value=Value(Kind.DATE, nullable=True), never=never)


_CONVICTIONS = Fact(
    "convictions",
    "convictions",
    Shape.LIST,
    plural=True,
    noun="conviction",
    nouns="convictions",
    parts={
        "grade": _words("felony", "misdemeanor", "infraction"),
        "offense": _words(
            *("illegal_entry", "illegal_reentry", "immigration_fraud", "violence", "threats", "assault"),
            *("sexual_abuse", "sexual_exploitation", "dui", "hit_and_run", "drug_distribution", "drug_trafficking"),
            *("drug_possession", "theft", "fraud", "traffic", "other"),
        ),
        "date": _DATE,
        "vacated": _FLAG,
    },
    phrases=(
        Phrase("grade", "{} conviction", "conviction of unknown grade", "of grade {}"),
        Phrase("offense", " for {}", " for an unknown offense", "for {}"),
        Phrase("date", " ({})", "", "dated {}"),
    ),
)
_RELATIVES = Fact(
    "relatives",
    "relatives",
    Shape.LIST,
    plural=True,
    noun="relative",
    nouns="relatives",
    parts={
        "relation": _words("spouse", "parent", "child", "sibling"),
        "citizenship": _words("usc", "lpr", "other"),
        "military_service": _SERVICE,
    },
    phrases=(
        Phrase("relation", "{}", "relative of unknown relation", "who is a {}"),
        Phrase("citizenship", " with citizenship {}", " of unknown citizenship", "with citizenship {}"),
        Phrase(
            "military_service", " and military service {}", " and unknown military service", "with military service {}"
        ),
    ),
)
_VICTIM_OF = Fact(
    "victim_of",
    "the answer on having been a victim",
    Shape.LIST,
    noun="experience as a victim",
    nouns="experiences as a victim",
    parts={"word": _words("domestic_violence", "trafficking", "other_serious_crime")},
    phrases=(Phrase("word", "experience as a victim of {}", "experience as a victim of something unlisted", "of {}"),),
    bare=True,
)
_EDUCATION = Fact(
    "education",
    "education",
    Shape.RECORD,
    parts={
        "enrolled": _FLAG,
        "high_school_completed": _FLAG,
        "higher_education": _words("none", "pursuing", "completed"),
    },
)

FACTS: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        _single("birth_date", "the birth date", _DATE),
        _single("first_arrival_date", "the first arrival date", _DATE),
        _single("last_entry_date", "the last entry date", _DATE),
        _single("last_entry_manner", "the manner of the last entry", _words("without_inspection", "inspected")),
        _date_or_never(
            "status_violation_date", "the date of a status violation", "it is known that status was never violated"
        ),
        _date_or_never(
            "lpr_since",
            "the start of lawful permanent residence",
            "it is known that there was never lawful permanent residence",
        ),
        _CONVICTIONS,
        _single("prior_removals", "the number of prior removals", Value(Kind.WHOLE)),
        _flag(
            "national_security_concern",
            "the answer on a national security concern",
            "a national security concern is on record",
            "it is known that there is no national security concern",
        ),
        _flag(
            "gang_member",
            "the answer on gang membership",
            "gang membership is on record",
            "it is known that there is no gang membership",
        ),
        _flag(
            "human_rights_violator",
            "the answer on human rights violations",
            "human rights violations are on record",
            "it is known that there are no human rights violations",
        ),
        _flag(
            "condition_needs_significant_resources",
            "the answer on significant medical or detention resources",
            "the condition needs significant resources",
            "it is known that no condition needs significant resources",
        ),
        _single(
            "fraud_finding_by",
            "the maker of a fraud finding",
            _words("none", "immigration_officer", "immigration_judge"),
        ),
        _single("military_service", "military service", _SERVICE),
        _RELATIVES,
        _EDUCATION,
        _VICTIM_OF,
        _single("serious_condition", "the serious condition", _words("none", "mental", "physical")),
    )
}

REASONS = frozenset(
    {"not_asked", "no_source", "redacted", "conflicting", "unparseable", "source_unavailable", "retracted"}
)
COVERAGES = frozenset({"complete", "partial"})
PROVIDERS = frozenset({"agency", "respondent", "abuser", "third_party"})
ABUSER_SAID = "abuser_said"
"""Where a merged fact holds what an abuser alone says, beside what somebody else says: a wrapper like its own."""

_READABLE = {"member_good_standing": "member in good standing", "usc": "US", "lpr": "lawful permanent resident"}


def readable(word: str) -> str:
    """A listed word as an attorney reads it."""
    return _READABLE.get(word) or word.replace("_", " ")
