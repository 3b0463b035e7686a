"""Comparisons of dates where any may be partial, unknown or known never to have been. Built by the compiler, over a
case's facts or over the parts of one list element. Must never read the clock: the as-of date is handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from secondlook.policy.dates import PartialDate, anniversary

Dates = Mapping[str, PartialDate | None]


class Relation(StrEnum):
    """How the left date must stand to the right one."""

    BEFORE = "before"
    AFTER = "after"
    ON_OR_BEFORE = "on_or_before"
    ON_OR_AFTER = "on_or_after"


@dataclass(frozen=True, slots=True)
class DateOperand:
    """A date of a comparison: the one called `name`, else the `fixed` one, else the as-of date; `years` later."""

    label: str
    never: str = ""
    name: str | None = None
    fixed: PartialDate | None = None
    years: int = 0

    def date(self, dates: Dates, as_of: PartialDate) -> PartialDate | None:
        """The date before `years` are added. KeyError: the date is unknown. None: known never to have been."""
        return dates[self.name] if self.name is not None else self.fixed or as_of

    def text(self, day: PartialDate) -> str:
        said = f"{self.label} ({day.text})"
        return f"{said} plus {self.years} years" if self.years else said


@dataclass(frozen=True, slots=True)
class DateComparison:
    """`left relation right`, true or false only where every combination of possible days agrees."""

    left: DateOperand
    relation: Relation
    right: DateOperand

    def said(self) -> str:
        """The comparison as a rule asks for it."""
        left, right = (
            f"{operand.label} plus {operand.years} years" if operand.years else operand.label
            for operand in (self.left, self.right)
        )
        return f"{left} is {_VERBS[self.relation]} {right}"

    def judge(self, dates: Dates, as_of: PartialDate) -> tuple[bool | frozenset[str], str]:
        """True, False or the names of the absent and partial dates behind an unknown; with a clause that says so.

        The clause of an unknown is empty where a date is absent: only the caller knows why it is.
        """
        try:
            first = self.left.date(dates, as_of)
            second = self.right.date(dates, as_of)
        except KeyError:
            return self._with_an_absent_date(dates)
        verb = _VERBS[self.relation]
        if first is None or second is None:
            never = self.left if first is None else self.right
            return False, never.never
        left, right = self.left.text(first), self.right.text(second)
        result = _compare(first, self.left.years, self.relation, second, self.right.years)
        if result is not None:
            return result, f"{left} {'is' if result else 'is not'} {verb} {right}"
        partial = frozenset(
            operand.name
            for operand, day in ((self.left, first), (self.right, second))
            if operand.name is not None and day.earliest != day.latest
        )
        return partial, f"a date is only partly known, so that nobody can tell whether {left} is {verb} {right}"

    def _with_an_absent_date(self, dates: Dates) -> tuple[bool | frozenset[str], str]:
        missing = set[str]()
        for operand in (self.left, self.right):
            if operand.name is None:
                continue
            if operand.name not in dates:
                missing.add(operand.name)
                continue
            day = dates[operand.name]
            if day is None:
                return False, operand.never
            if day.earliest != day.latest:
                missing.add(operand.name)
        return frozenset(missing), ""


_VERBS = {relation: relation.replace("_", " ") for relation in Relation}


def _compare(first: PartialDate, plus: int, relation: Relation, second: PartialDate, second_plus: int) -> bool | None:
    early, late = anniversary(first.earliest, plus), anniversary(first.latest, plus)
    other_early, other_late = anniversary(second.earliest, second_plus), anniversary(second.latest, second_plus)
    if relation is Relation.AFTER or relation is Relation.ON_OR_BEFORE:
        early, late, other_early, other_late = other_early, other_late, early, late
    before = True if late < other_early else False if early >= other_late else None
    if relation is Relation.BEFORE or relation is Relation.AFTER or before is None:
        return before
    return not before
