"""From a case's facts to evidence under criteria.md: wrappers opened, coverage and providers weighed, impossible dates
set aside. `screen` calls it once a case, and again for what an abuser says; `values` reads what is inside. It must
never know a rule set, and never put a value into a remark that is not a listed word or a date.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations

from secondlook.cases.fact_kinds import Fact, Kind, Shape, readable
from secondlook.cases.fact_table import COVERAGES, FACTS, PROVIDERS, REASONS
from secondlook.cases.standing import ABUSER_SAID
from secondlook.policy.dates import PartialDate, anniversary, full_date
from secondlook.policy.evidence import Evidence
from secondlook.policy.values import UNLISTED, read_list, read_record, read_single

_NOBODY: frozenset[str] = frozenset()
_BIRTH = "birth_date"
_OLDEST = 110
"""Years after which nobody whose case is pending was born, or came (criteria.md, "Impossible dates")."""

_UNGIVEN = {
    (name, why): f"{fact.were()} not given ({readable(why)})" for name, fact in FACTS.items() for why in REASONS
}
_UNWEIGHED = {
    name: f"the coverage or the provider of {fact.label} is not a listed word, so that all of it counts as unknown"
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
            read_single(evidence, name, fact, fact.value, raw, False)
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
        said = _UNGIVEN[name, reason] if listed and type(reason) is str else UNLISTED[name]
        evidence.set_unknown(name, name, said, remark=not listed)
        return
    coverage = wrapper.get("coverage", "complete")
    if not (type(coverage) is str and coverage in COVERAGES) or not _are_providers(wrapper.get("provided_by", [])):
        evidence.set_unknown(name, name, _UNWEIGHED[name], remark=True)
    elif fact.value is not None:
        read_single(evidence, name, fact, fact.value, wrapper["value"], coverage == "partial")
    else:
        _read_several(evidence, fact, wrapper["value"], coverage == "partial")


def _are_providers(provided_by: object) -> bool:
    providers = provided_by if type(provided_by) is list else [provided_by]
    return all(type(each) is str and each in PROVIDERS for each in providers)


def _read_several(evidence: Evidence, fact: Fact, raw: object, partial: bool) -> None:
    (read_list if fact.shape is Shape.LIST else read_record)(evidence, fact, raw, partial)


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
