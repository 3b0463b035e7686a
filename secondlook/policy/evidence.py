"""What a case's facts prove under criteria.md: wrappers opened, coverage and providers weighed, vacated convictions set
aside, unlisted values made unknown. `screen` prepares it once a case and every expression reads it. It must never
know a rule set, and never put a value into a remark that is not a listed word or a date.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from secondlook.policy.dates import PartialDate, full_date, parse_partial_date
from secondlook.policy.vocabulary import COVERAGES, FACTS, PROVIDERS, REASONS, Fact, Kind, Shape, Value, readable

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

    __slots__ = ("as_of", "dates", "lists", "reasons", "remarks", "words")

    def __init__(self, as_of: PartialDate) -> None:
        self.as_of = as_of
        self.words: dict[str, Scalar] = {}
        self.dates: dict[str, PartialDate | None] = {}
        self.lists: dict[str, ListEvidence] = {}
        self.reasons: dict[str, str] = {}
        self.remarks: dict[str, tuple[str, ...]] = {}

    def why_unknown(self, key: str, fact: str) -> str:
        """Why the fact, or its part `key`, is not known: a clause."""
        return self.reasons.get(key) or self.reasons.get(fact) or _ABSENT[fact]

    def set_unknown(self, key: str, fact: str, reason: str, *, remark: bool = False) -> None:
        self.reasons[key] = reason
        if remark:
            self.remark(fact, reason)

    def remark(self, fact: str, text: str) -> None:
        self.remarks[fact] = (*self.remarks.get(fact, ()), text)

    def without(self, told_by_abuser: Mapping[str, str]) -> "Evidence":
        """This evidence without the named facts, each with the clause that says who told it."""
        rest = Evidence(self.as_of)
        dropped = {key for name in told_by_abuser for key in _KEYS[name]}
        rest.words = {key: value for key, value in self.words.items() if key not in dropped}
        rest.dates = {key: value for key, value in self.dates.items() if key not in dropped}
        rest.lists = {key: value for key, value in self.lists.items() if key not in dropped}
        rest.reasons = {key: value for key, value in self.reasons.items() if key not in dropped}
        rest.remarks = {name: texts for name, texts in self.remarks.items() if name not in told_by_abuser}
        for name, told in told_by_abuser.items():
            rest.set_unknown(name, name, f"{told}, which does not count here (8 USC 1367)", remark=True)
        return rest


_ABSENT = {name: f"{fact.were()} not given (not asked)" for name, fact in FACTS.items()}
_UNGIVEN = {
    (name, why): f"{fact.were()} not given ({readable(why)})" for name, fact in FACTS.items() for why in REASONS
}
_UNLISTED = {
    name: f"{fact.label} {'hold' if fact.plural else 'holds'} a value that is not listed, which counts as unknown"
    for name, fact in FACTS.items()
}
_PARTIAL = {
    name: f"the search behind {fact.label} was partial, so that nothing found proves nothing"
    for name, fact in FACTS.items()
}
_KEYS = {name: (name, *(f"{name}.{part}" for part in fact.parts)) for name, fact in FACTS.items()}
_BARE_PARTS = {name: next(iter(fact.parts)) for name, fact in FACTS.items() if fact.bare}


def weigh(facts: Mapping[str, object], as_of: date) -> tuple[Evidence, Evidence]:
    """The evidence with, and without, what an abuser alone told (the same object if there is no such fact).

    `facts` are JSON values as in INTERFACES section 2. Names outside the table are not read. Raises nothing for bad
    values: they count as unknown and are remarked on.
    """
    evidence = Evidence(full_date(as_of))
    told_by_abuser: dict[str, str] = {}
    for name, raw in facts.items():
        fact = FACTS.get(name)
        if fact is None:
            continue
        partial = False
        if type(raw) is dict and ("value" in raw or "unknown" in raw):
            if "unknown" in raw:
                reason = raw["unknown"]
                listed = type(reason) is str and reason in REASONS and "value" not in raw
                said = _UNGIVEN[name, reason] if listed else _UNLISTED[name]
                evidence.set_unknown(name, name, said, remark=not listed)
                continue
            partial = _may_be_partial(evidence, fact, raw.get("coverage", "complete"))
            told = _told_by_abuser_alone(fact, raw["provided_by"]) if "provided_by" in raw else None
            if told is not None:
                told_by_abuser[name] = told
            raw = raw["value"]
        if fact.shape is Shape.LIST:
            _read_list(evidence, fact, raw, partial)
        elif fact.shape is Shape.RECORD:
            _read_record(evidence, fact, raw, partial)
        elif fact.value is not None:
            _read_single(evidence, name, fact, fact.value, raw, partial)
    if not told_by_abuser:
        return evidence, evidence
    rest = evidence.without(told_by_abuser)
    for name, told in told_by_abuser.items():
        evidence.remark(name, f"{told}, which may help and never hurt (8 USC 1367)")
    return evidence, rest


def _may_be_partial(evidence: Evidence, fact: Fact, coverage: object) -> bool:
    if type(coverage) is str and coverage in COVERAGES:
        return coverage == "partial"
    evidence.remark(
        fact.name, f"the coverage of {fact.label} holds a value that is not listed, which counts as partial"
    )
    return True


def _told_by_abuser_alone(fact: Fact, provided_by: object) -> str | None:
    """A clause if nobody else is known to have told the fact (who is not listed may be the abuser), else None."""
    providers = provided_by if type(provided_by) is list else [provided_by]
    listed = [provider for provider in providers if type(provider) is str and provider in PROVIDERS]
    if not providers or any(provider != "abuser" for provider in listed):
        return None
    if len(listed) == len(providers):
        return f"{fact.were()} told by the abuser alone"
    return f"{fact.were()} told by somebody who is not listed and may be the abuser"


def _is_listed(value: Value, raw: object) -> bool:
    if value.kind is Kind.WORD:
        return type(raw) is str and raw in value.words
    if value.kind is Kind.FLAG:
        return raw is True or raw is False
    return type(raw) is int and raw >= 0


def _read_single(evidence: Evidence, key: str, fact: Fact, value: Value, raw: object, partial: bool) -> None:
    if value.kind is Kind.DATE:
        day = parse_partial_date(raw) if type(raw) is str else None
        if day is None and not (raw is None and value.nullable):
            evidence.set_unknown(key, fact.name, _UNLISTED[fact.name], remark=True)
        elif day is None and partial:
            evidence.set_unknown(key, fact.name, _PARTIAL[fact.name], remark=True)
        else:
            evidence.dates[key] = day
    elif not _is_listed(value, raw):
        evidence.set_unknown(key, fact.name, _UNLISTED[fact.name], remark=True)
    elif partial and (not raw or raw == "none"):
        evidence.set_unknown(key, fact.name, _PARTIAL[fact.name], remark=True)
    elif isinstance(raw, str | int):
        evidence.words[key] = raw


def _read_record(evidence: Evidence, fact: Fact, raw: object, partial: bool) -> None:
    if type(raw) is not dict:
        evidence.set_unknown(fact.name, fact.name, _UNLISTED[fact.name], remark=True)
        return
    for part, value in fact.parts.items():
        key = f"{fact.name}.{part}"
        if part in raw:
            _read_single(evidence, key, fact, value, raw[part], partial)
        else:
            evidence.reasons[key] = f"{fact.label} does not say {readable(part)}"


def _read_list(evidence: Evidence, fact: Fact, raw: object, partial: bool) -> None:
    if type(raw) is not list:
        evidence.set_unknown(fact.name, fact.name, _UNLISTED[fact.name], remark=True)
        return
    elements: list[Element] = []
    for item in raw:
        element = _read_element(evidence, fact, {_BARE_PARTS[fact.name]: item} if fact.bare else item)
        if element.words.get("vacated") is True:
            evidence.remark(
                fact.name,
                f"the {describe(fact, element)} was vacated and is set aside, and the attorney checks on what ground"
                " (Matter of Pickering, 23 I&N Dec. 621)",
            )
        else:
            elements.append(element)
    evidence.lists[fact.name] = ListEvidence(tuple(elements), partial)


def _read_element(evidence: Evidence, fact: Fact, item: object) -> Element:
    words: dict[str, Scalar] = {}
    dates: dict[str, PartialDate | None] = {}
    if type(item) is not dict:
        evidence.remark(fact.name, _UNLISTED[fact.name])
        return Element(words, dates, certain=False)
    certain = True
    for part, raw in item.items():
        value = fact.parts.get(part)
        if value is None:
            continue
        if value.kind is Kind.DATE:
            day = parse_partial_date(raw) if type(raw) is str else None
            if day is not None:
                dates[part] = day
                continue
        elif _is_listed(value, raw):
            words[part] = raw
            continue
        evidence.remark(fact.name, f"the {readable(part)} of a {fact.noun} is not a listed value and counts as unknown")
        # Without a readable `vacated`, or the word that is the element itself, nobody knows whether the element counts.
        certain = certain and part != "vacated" and not fact.bare
    return Element(words, dates, certain)


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
