"""What home shows: numbers that lead to the lists they count, the nearest hearings, work to do first, and the load of
each person. Templates get ``HomeView`` alone; rows are the queue's, so nothing more of a case stands here than there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.web.people import Person
from secondlook.web.queue.filters import Filters
from secondlook.web.queue.view import Row

OWN: Final = (
    ("Returned to you", "tab=returned&whose=mine"),
    ("Facts arrived for you", "tab=facts_arrived&whose=mine"),
    ("Yours, overdue", "tab=mine&due=overdue"),
    ("Yours, due within 7 days", "tab=mine&due=soon"),
    ("Yours, on hold", "tab=on_hold&whose=mine"),
    ("All that is yours", "tab=mine"),
    ("Decided by you today", "tab=done&decided=today"),
)
OF_OFFICES: Final = (
    ("Waiting for concurrence", "tab=with_supervisor"),
    ("Overdue", "tab=overdue"),
    ("Late facts", "tab=late_facts"),
    ("Nobody's", "tab=unassigned"),
)
HEARINGS: Final = "tab=mine&sort=hearing"


@dataclass(frozen=True, slots=True)
class Number:
    """How many cases a list has, and where it is."""

    words: str
    address: str
    cases: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers that belong together; ``at`` is when the oldest of them was counted."""

    lines: tuple[Number, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class LoadLine:
    """What one person has to do, each number with the list that it counts."""

    name: str
    open: Number
    overdue: Number
    on_hold: Number


@dataclass(frozen=True, slots=True)
class Loads:
    lines: tuple[LoadLine, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class HomeView:
    """The page; a part that is not for this person is None or empty."""

    own: Numbers | None
    hearings: tuple[Row, ...]
    hearings_address: str
    first: tuple[Row, ...] | None
    """What an attorney can begin with."""
    of_offices: Numbers | None
    answers: tuple[Row, ...] | None
    """What a supervisor can answer."""
    loads: Loads | None


def own_lists(person: Person) -> tuple[tuple[str, Filters], ...]:
    """The lists of somebody's own that home counts."""
    return _lists(OWN) if person.reviews else ()


def lists_of_offices(person: Person) -> tuple[tuple[str, Filters], ...]:
    """The lists of their offices that home counts for who answers for them."""
    return _lists(OF_OFFICES) if person.supervises or person.sees_every_office else ()


def _lists(given: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Filters], ...]:
    return tuple((words, Filters.of_query(query)) for words, query in given)
