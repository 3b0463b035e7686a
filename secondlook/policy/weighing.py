"""From a case's facts to evidence under criteria.md: wrappers opened, coverage and providers weighed, vacated
convictions set aside, unlisted values and impossible dates made unknown. `screen` calls it once a case, and again for
what an abuser says. It must never know a rule set, and never put a value into a remark that is not a listed word or a
date.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations

from secondlook.cases.fact_kinds import Fact, Kind, Shape, Value, readable
from secondlook.cases.fact_table import COVERAGES, FACTS, PROVIDERS, REASONS
from secondlook.cases.standing import ABUSER_SAID
from secondlook.policy.dates import PartialDate, anniversary, full_date, parse_partial_date
from secondlook.policy.evidence import Element, Evidence, ListEvidence, Scalar, describe

_NOBODY: frozenset[str] = frozenset()
_BIRTH = "birth_date"
_OLDEST = 110
"""Years after which nobody whose case is pending was born, or came (criteria.md, "Impossible dates")."""

_UNGIVEN = {
    (name, why): f"{fact.were()} not given ({readable(why)})" for name, fact in FACTS.items() for why in REASONS
}
_UNLISTED = {
    name: f"{fact.label} {'hold' if fact.plural else 'holds'} a value that is not listed, which counts as unknown"
    for name, fact in FACTS.items()
}
_UNWEIGHED = {
    name: f"the coverage or the provider of {fact.label} is not a listed word, so that all of it counts as unknown"
    for name, fact in FACTS.items()
}
_PARTIAL = {
    name: f"the search behind {fact.label} was partial, so that nothing found proves nothing"
    for name, fact in FACTS.items()
}
_HELPS = {
    name: f"{fact.were()} told by the abuser alone, which may help and never hurt (8 USC 1367)"
    for name, fact in FACTS.items()
}
_DOES_NOT_COUNT = {
    name: f"{fact.were()} told by the abuser alone, which does not count here (8 USC 1367)"
    for name, fact in FACTS.items()
}
_SAID_BESIDE = {
    name: f"what the abuser alone says of {fact.label} does not count here (8 USC 1367)" for name, fact in FACTS.items()
}
_BARE_PARTS = {name: next(iter(fact.parts)) for name, fact in FACTS.items() if fact.bare}
_DATES = frozenset(name for name, fact in FACTS.items() if fact.value is not None and fact.value.kind is Kind.DATE)


class Weighed:
    """One case's facts at one date: what they prove by themselves, and with what an abuser alone says."""

    __slots__ = ("_as_of", "_facts", "_read", "proven")

    def __init__(self, facts: Mapping[str, object], as_of: date) -> None:
        self._facts, self._as_of = facts, as_of
        self._read: dict[frozenset[str], Evidence] = {}
        self.proven = weigh(facts, as_of)

    def favourable(self, reads: frozenset[str]) -> Iterator[Evidence]:
        """The evidence for a criterion that reads these facts, with the abuser's word taken in every way.

        Where nobody else said anything, it is taken: to know more never makes a true criterion another. Beside
        somebody else's word, and for the birth date, which can make other dates impossible, both ways are tried.
        """
        doubted = self.proven.doubted
        if not doubted:
            return
        concerned = {key for key in doubted if key.partition(".")[0] in reads}
        if _BIRTH in doubted and not _DATES.isdisjoint(reads):
            concerned.add(_BIRTH)
        both_ways = sorted(key for key in concerned if doubted[key] or key == _BIRTH)
        alone = concerned.difference(both_ways)
        for size in range(len(both_ways), -1, -1):
            for some in combinations(both_ways, size):
                believed = alone.union(some)
                if believed:
                    yield self._believing(frozenset(believed))

    def _believing(self, believed: frozenset[str]) -> Evidence:
        known = self._read.get(believed)
        if known is None:
            known = self._read[believed] = weigh(self._facts, self._as_of, believed)
        return known


def weigh(facts: Mapping[str, object], as_of: date, believed: frozenset[str] = _NOBODY) -> Evidence:
    """The evidence, with the abuser's word for what is `believed` (`education.enrolled` for a part), else without.

    `facts` are JSON values as in INTERFACES section 2. Names outside the table are not read. Raises nothing for bad
    values: they count as unknown and are remarked on.
    """
    evidence = Evidence(full_date(as_of))
    for name, raw in facts.items():
        fact = FACTS.get(name)
        if fact is None:
            continue
        if type(raw) is dict and ("value" in raw or "unknown" in raw):
            _read_wrapped(evidence, fact, raw, believed)
        elif fact.value is not None:
            _read_single(evidence, name, fact, fact.value, raw, False)
        else:
            _read_several(evidence, fact, raw, False)
    _set_impossible_aside(evidence)
    return evidence


def _read_wrapped(evidence: Evidence, fact: Fact, wrapper: Mapping[str, object], believed: frozenset[str]) -> None:
    name = fact.name
    beside = wrapper.get(ABUSER_SAID)
    if type(beside) is dict:
        if fact.shape is Shape.RECORD:
            _read_known(evidence, fact, wrapper)
            _read_parts_of_abuser(evidence, fact, beside, believed)
            return
        evidence.doubted[name] = True
        if name in believed:
            evidence.remark(name, _HELPS[name])
            wrapper = beside
        else:
            evidence.remark(name, _SAID_BESIDE[name])
    elif "value" in wrapper and _told_by_abuser_alone(wrapper):
        if fact.shape is Shape.RECORD:
            _read_parts_of_abuser(evidence, fact, wrapper, believed)
            return
        evidence.doubted[name] = False
        if name not in believed:
            evidence.set_unknown(name, name, _DOES_NOT_COUNT[name], remark=True)
            return
        evidence.remark(name, _HELPS[name])
    _read_known(evidence, fact, wrapper)


def _told_by_abuser_alone(wrapper: Mapping[str, object]) -> bool:
    """Whether the abuser and nobody else is named as the provider."""
    provided_by = wrapper.get("provided_by")
    return provided_by == "abuser" or (
        type(provided_by) is list and bool(provided_by) and all(each == "abuser" for each in provided_by)
    )


def _read_parts_of_abuser(
    evidence: Evidence, fact: Fact, wrapper: Mapping[str, object], believed: frozenset[str]
) -> None:
    """Each part of a record by itself: somebody else may have told one of them, and the abuser another."""
    told = weigh({fact.name: {**wrapper, "provided_by": "third_party"}}, date.min)
    for part in fact.parts:
        key = f"{fact.name}.{part}"
        if key in told.words:
            evidence.doubted[key] = key in evidence.words
            if key in believed:
                evidence.words[key] = told.words[key]
                evidence.remark(fact.name, _HELPS[fact.name])
            elif key in evidence.words:
                evidence.remark(fact.name, _SAID_BESIDE[fact.name])
            else:
                evidence.set_unknown(key, fact.name, _DOES_NOT_COUNT[fact.name], remark=True)
        elif key not in evidence.words:
            evidence.reasons.setdefault(key, told.why_unknown(key, fact.name))


def _read_known(evidence: Evidence, fact: Fact, wrapper: Mapping[str, object]) -> None:
    name = fact.name
    if "unknown" in wrapper:
        reason = wrapper["unknown"]
        listed = type(reason) is str and reason in REASONS and "value" not in wrapper
        said = _UNGIVEN[name, reason] if listed and type(reason) is str else _UNLISTED[name]
        evidence.set_unknown(name, name, said, remark=not listed)
        return
    coverage = wrapper.get("coverage", "complete")
    if not (type(coverage) is str and coverage in COVERAGES) or not _are_providers(wrapper.get("provided_by", [])):
        evidence.set_unknown(name, name, _UNWEIGHED[name], remark=True)
    elif fact.value is not None:
        _read_single(evidence, name, fact, fact.value, wrapper["value"], coverage == "partial")
    else:
        _read_several(evidence, fact, wrapper["value"], coverage == "partial")


def _are_providers(provided_by: object) -> bool:
    providers = provided_by if type(provided_by) is list else [provided_by]
    return all(type(each) is str and each in PROVIDERS for each in providers)


def _read_several(evidence: Evidence, fact: Fact, raw: object, partial: bool) -> None:
    (_read_list if fact.shape is Shape.LIST else _read_record)(evidence, fact, raw, partial)


def _set_impossible_aside(evidence: Evidence) -> None:
    """Dates that cannot be, such as a form's 9999 or a spreadsheet's 1899-12-30, say nothing of the person."""
    dates, today = evidence.dates, evidence.as_of.earliest
    long_ago = today - _OLDEST * 10_000
    born = dates.get(_BIRTH)
    born_on = 0 if born is None or _is_out_of_reach(born, today, long_ago) else born.earliest
    impossible = [
        (name, day)
        for name, day in dates.items()
        if day is not None and (day.latest < born_on or _is_out_of_reach(day, today, long_ago))
    ]
    for name, day in impossible:
        del dates[name]
        if day.earliest > today:
            why = "after the as-of date"
        elif day.latest < born_on and born is not None:
            why = f"before the birth date ({born.text})"
        else:
            why = f"more than {_OLDEST} years before the as-of date"
        said = f"{FACTS[name].label} ({day.text}) is {why}, which cannot be and counts as unknown"
        evidence.set_unknown(name, name, said, remark=True)


def _is_out_of_reach(day: PartialDate, today: int, long_ago: int) -> bool:
    return day.earliest > today or (day.latest < long_ago and anniversary(day.latest, _OLDEST) < today)


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
