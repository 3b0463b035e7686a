"""What an event type is: one object from which doors, the lifecycle, rings, metrics, histories and documents are built.

The types themselves stand in ``event_types``, a file each. A type of a newer release is text that ``event_type``
answers None for; whoever knows it judges its events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, Generic, Protocol, TypeVar

from secondlook.cases.fields import Check
from secondlook.cases.moves import Refuse
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import ENDED
from secondlook.cases.stage import Stage
from secondlook.cases.state import CaseState, E, Judgement, Rule

C = TypeVar("C")


class Sender(StrEnum):
    """Who may send an event of a type."""

    OUTSIDE = "intake systems"
    PERSON = "the web application, in a person's name"
    OPERATOR = "an operator's command"
    CLOCK = "the record itself, when a deadline has passed"


class Urgency(IntEnum):
    """What is rung first: a person who waits, then open cases with news from machines, then new cases."""

    PERSON_WAITS = 0
    NEWS = 1
    NEW_CASE = 2


@dataclass(frozen=True, slots=True)
class Opened:
    """An event's content as the inbox keeps it, opened."""

    event_id: str
    content: Mapping[str, object]


class Glossary(Protocol):
    """Words that a history needs and that are not a case's: the pages' own."""

    def fact(self, name: str) -> str: ...

    def reason(self, code: str) -> str: ...

    def criterion(self, criterion: str) -> str: ...

    def day(self, day: date) -> str: ...


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a history: who did what, and labelled texts (reasons, rationale, note). ``tried`` is the sentence
    for an event that was refused."""

    sentence: str
    tried: str
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Life(Generic[E]):
    """What events do to a case, by its stage: ``rows`` at stages, ``ended`` after the end, ``elsewhere`` at all others.

    ``name`` is what a stage's own ``takes`` calls them by; ``asks`` is what its rules read.
    """

    name: str
    asks: type[E]
    rows: Mapping[Stage, Rule[E]]
    elsewhere: Rule[E]
    ended: Rule[E] = field(default_factory=lambda: Refuse(ENDED))

    def rule_at(self, stage: Stage) -> Rule[E]:
        """The one rule of a stage for these events."""
        mine, theirs = self.rows.get(stage), stage.takes.get(self.name)
        if mine is not None and theirs is not None:
            raise ValueError(f"{self.name} at {stage} is said in two places")
        return mine or theirs or (self.ended if stage.final else self.elsewhere)

    def judge(self, state: CaseState, event: E, now: datetime, office: OfficeSettings) -> Judgement:
        """Judge one event against one case by the rule of its stage."""
        return self.rule_at(state.at)(state, event, now, office)


_KNOWN: dict[str, EventType[Any]] = {}


@dataclass(frozen=True, eq=False)
class EventType(Generic[C]):
    """One kind of thing that happens to a case.

    ``name`` is the CloudEvents type (or ``timer.<kind>``), ``short`` the word in histories, signals and metrics.
    ``data`` checks the content at the door; ``read`` reads it from the record and raises CannotRead, KeyError,
    TypeError or ValueError for what no door of this release lets through. ``tell`` makes its line of the history of
    what was read and who did it. A ``level`` above 1 says that releases before 0.2 do not know it (docs/upgrading.md).
    """

    name: str
    short: str
    summary: str
    sender: Sender
    urgency: Urgency
    data: Check
    read: Callable[[Opened], C]
    life: Life[Any] | None
    tell: Callable[[C, str, Glossary], Told]
    carries_facts: bool = False
    opens_case: bool = False
    level: int = 1

    def __post_init__(self) -> None:
        if _KNOWN.setdefault(self.name, self) is not self:
            raise ValueError(f"the event type {self.name} is defined twice")

    def opened(self, event_id: str, content: object) -> C:
        """Read an event's content. Raises CannotRead where this release cannot make sense of it."""
        if not isinstance(content, Mapping):
            raise CannotRead("unknown_content")
        try:
            return self.read(Opened(event_id, content))
        except (KeyError, TypeError, ValueError):
            raise CannotRead("unknown_content") from None


def event_types() -> tuple[EventType[Any], ...]:
    """Every event type of this release, in the order of its name."""
    return tuple(sorted(_KNOWN.values(), key=lambda each: each.name))


def event_type(name: str) -> EventType[Any] | None:
    """The event type of a name, or None for one of a newer release."""
    return _KNOWN.get(name)


def short_of(name: str) -> str:
    """The short name of a type; of a newer release's type its own text."""
    known = _KNOWN.get(name)
    return known.short if known else name
