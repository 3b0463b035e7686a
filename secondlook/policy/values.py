"""Reads what stands in a fact, or inside its wrapper, into evidence: single values, records and lists, each value held
to the listed ones. Called by `weighing`. It must never put a value into a remark that is not a listed word or a date.
"""

from secondlook.cases.fact_kinds import Fact, Kind, Value, readable
from secondlook.cases.fact_table import FACTS
from secondlook.policy.dates import PartialDate, parse_partial_date
from secondlook.policy.evidence import Element, Evidence, ListEvidence, Scalar, describe

UNLISTED = {
    name: f"{fact.label} {'hold' if fact.plural else 'holds'} a value that is not listed, which counts as unknown"
    for name, fact in FACTS.items()
}
_PARTIAL = {
    name: f"the search behind {fact.label} was partial, so that nothing found proves nothing"
    for name, fact in FACTS.items()
}
_BARE_PARTS = {name: next(iter(fact.parts)) for name, fact in FACTS.items() if fact.bare}


def _is_listed(value: Value, raw: object) -> bool:
    if value.kind is Kind.WORD:
        return type(raw) is str and raw in value.words
    if value.kind is Kind.FLAG:
        return raw is True or raw is False
    return type(raw) is int and raw >= 0


def read_single(evidence: Evidence, key: str, fact: Fact, value: Value, raw: object, partial: bool) -> None:
    if value.kind is Kind.DATE:
        day = parse_partial_date(raw) if type(raw) is str else None
        if day is None and not (raw is None and value.nullable):
            evidence.set_unknown(key, fact.name, UNLISTED[fact.name], remark=True)
        elif day is None and partial:
            evidence.set_unknown(key, fact.name, _PARTIAL[fact.name], remark=True)
        else:
            evidence.dates[key] = day
    elif not _is_listed(value, raw):
        evidence.set_unknown(key, fact.name, UNLISTED[fact.name], remark=True)
    elif partial and (not raw or raw == "none"):
        evidence.set_unknown(key, fact.name, _PARTIAL[fact.name], remark=True)
    elif isinstance(raw, str | int):
        evidence.words[key] = raw


def read_record(evidence: Evidence, fact: Fact, raw: object, partial: bool) -> None:
    if type(raw) is not dict:
        evidence.set_unknown(fact.name, fact.name, UNLISTED[fact.name], remark=True)
        return
    for part, value in fact.parts.items():
        key = f"{fact.name}.{part}"
        if part in raw:
            read_single(evidence, key, fact, value, raw[part], partial)
        else:
            evidence.reasons[key] = f"{fact.label} does not say {readable(part)}"


def read_list(evidence: Evidence, fact: Fact, raw: object, partial: bool) -> None:
    if type(raw) is not list:
        evidence.set_unknown(fact.name, fact.name, UNLISTED[fact.name], remark=True)
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
        evidence.remark(fact.name, UNLISTED[fact.name])
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
