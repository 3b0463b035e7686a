"""What a rule set is: its lists, parameters, criteria and the days on which it applied. The loader makes them,
screening and the web application read them. A rule set is data: nothing here may name one of its criteria.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from secondlook.policy.compiling import ParameterValue
from secondlook.policy.expressions import Expression


class Direction(StrEnum):
    """What the criteria of a list speak for. `weigh` criteria are shown and take no part in the lane."""

    PRIORITY = "priority"
    DISCRETION = "discretion"
    WEIGH = "weigh"


class CriterionKind(StrEnum):
    """Who finds it: the facts (`auto`), the facts and then the attorney (`semi`), the attorney alone (`judge`)."""

    AUTO = "auto"
    SEMI = "semi"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class CriteriaList:
    """One list of a rule set."""

    id: str
    title: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the guidance leaves open and the rule set fixes, shown to the attorney."""

    name: str
    value: ParameterValue
    text: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. `when` is its predicate; of a `judge` one, what must be possible for it to be (else None)."""

    id: str
    list: str
    direction: Direction
    kind: CriterionKind
    protected: bool
    title: str
    text: str
    citation: str
    confirmed: bool
    written: str
    """The predicate as it is written, on one line; empty where there is none."""
    when: Expression | None = field(repr=False, compare=False)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it reads, sorted."""
        return tuple(sorted(self.when.reads)) if self.when else ()

    @property
    def rule(self) -> str:
        """The predicate in words, with its parameters' values; empty where there is none."""
        return self.when.said[:1].upper() + self.when.said[1:] + "." if self.when else ""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `first` up to, and without, `end` (None: open). `because` cites why."""

    first: date
    end: date | None
    because: str

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule set. `digest` (`sha256:...`) is of its content: comments and layout do not change it."""

    id: str
    title: str
    source: str
    digest: str
    in_force: tuple[Interval, ...]
    suspended: tuple[Interval, ...]
    lists: Mapping[str, CriteriaList]
    parameters: Mapping[str, Parameter]
    criteria: tuple[Criterion, ...]

    def in_force_on(self, day: date) -> bool:
        """Whether it applied on `day`: within its validity and not suspended."""
        return any(interval.holds(day) for interval in self.in_force) and not any(
            interval.holds(day) for interval in self.suspended
        )
