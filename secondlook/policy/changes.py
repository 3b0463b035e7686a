"""What changed from one rule set to another: lists, parameters, criteria, and when they apply. Pure; the policy page
asks. Every part of a rule set that can differ is compared, so two sets without a change here screen alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from secondlook.policy.ruleset import CriteriaList, Criterion, Interval, Parameter, RuleSet

T = TypeVar("T")


class Became(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One part that is not the same: what it is, its id, its title; and of what it says, before and after."""

    part: str
    id: str
    title: str
    became: Became
    said: tuple[tuple[str, str, str], ...] = ()
    """What of it, before, after; empty text where it was not said."""


Said = Mapping[str, str]


def changes(old: RuleSet, new: RuleSet) -> tuple[Change, ...]:
    """What one has to know who knows ``old`` and works by ``new``."""
    whole = _said("Rule set", new.id, new.title, _of_ruleset(old), _of_ruleset(new))
    return (
        *whole,
        *_among("List", old.lists, new.lists, _of_list, lambda each: each.title),
        *_among("Parameter", old.parameters, new.parameters, _of_parameter, lambda each: each.text),
        *_among("Criterion", _by_id(old), _by_id(new), _of_criterion, lambda each: each.title),
    )


def _by_id(ruleset: RuleSet) -> Mapping[str, Criterion]:
    return {each.id: each for each in ruleset.criteria}


def _among(
    part: str, old: Mapping[str, T], new: Mapping[str, T], said: Callable[[T], Said], title: Callable[[T], str]
) -> Iterator[Change]:
    """Changes in the new one's order, then what is no more."""
    for name, each in new.items():
        if name not in old:
            yield Change(part, name, title(each), Became.ADDED, _pairs({}, said(each)))
        else:
            yield from _said(part, name, title(each), said(old[name]), said(each))
    for name, each in old.items():
        if name not in new:
            yield Change(part, name, title(each), Became.REMOVED, _pairs(said(each), {}))


def _said(part: str, name: str, title: str, old: Said, new: Said) -> Iterator[Change]:
    if old != new:
        yield Change(part, name, title, Became.CHANGED, _pairs(old, new))


def _pairs(old: Said, new: Said) -> tuple[tuple[str, str, str], ...]:
    names = dict.fromkeys([*new, *old])
    return tuple((each, old.get(each, ""), new.get(each, "")) for each in names if old.get(each) != new.get(each))


def _of_ruleset(ruleset: RuleSet) -> Said:
    return {
        "Title": ruleset.title,
        "Source": ruleset.source,
        "In force": _spans(ruleset.in_force),
        "Suspended": _spans(ruleset.suspended),
    }


def _of_list(each: CriteriaList) -> Said:
    return {"Title": each.title, "Speaks for": DIRECTIONS[each.direction]}


def _of_parameter(each: Parameter) -> Said:
    return {"Value": value_of(each), "Text": each.text, "Wording": CONFIRMED[each.confirmed]}


def _of_criterion(each: Criterion) -> Said:
    return {
        "List": each.list,
        "Found by": KINDS[each.kind],
        "Title": each.title,
        "Text": each.text,
        "Rule": each.rule,
        "Rule as written": each.written,
        "Citation": each.citation,
        "Wording": CONFIRMED[each.confirmed],
        "Protected": "yes, by 8 USC 1367" if each.protected else "no",
    }


def value_of(parameter: Parameter) -> str:
    """A parameter's value as people read it."""
    value = parameter.value
    if isinstance(value, tuple):
        return ", ".join(each.replace("_", " ") for each in value)
    return str(value)


def span(interval: Interval) -> str:
    """An interval in words, without why."""
    end = f" up to {interval.end.isoformat()}, that day not included" if interval.end else ""
    return f"from {interval.first.isoformat()}{end}"


def _spans(intervals: tuple[Interval, ...]) -> str:
    return "; ".join(f"{span(each)} ({each.because})" for each in intervals)


DIRECTIONS: Final = {
    "priority": "pursuing the case",
    "discretion": "discretion",
    "weigh": "neither: it is weighed by the attorney and takes no part in the lane",
}
KINDS: Final = {
    "auto": "the facts",
    "semi": "the facts, and an attorney confirms it",
    "judge": "an attorney alone",
}
CONFIRMED: Final = {True: "read in the primary document", False: "known second-hand only"}
