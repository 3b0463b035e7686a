"""How many cases each list has, for one person: the numbers on the queue's tabs and on the home page.

Three counts make them up: of stages, of what is chosen among an office's cases, and of what is somebody's own. Each is
kept as ``counting`` keeps counts. A list that is narrowed further is small and counted by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from secondlook.records.choosing import Choice, Chosen
from secondlook.records.queue import counts_of
from secondlook.records.reading import Count
from secondlook.records.work.assignments import Load, loads
from secondlook.web.people import Person
from secondlook.web.queue.counting import At, Counted, Counting, among
from secondlook.web.queue.filters import Filters
from secondlook.web.record import Record
from secondlook.web.today import Today

_OF_OFFICES: Final = (
    Choice.ASSIGNED,
    Choice.ON_HOLD,
    Choice.RETURNED,
    Choice.FACTS_ARRIVED,
    Choice.OVERDUE,
    Choice.LATE_FACTS,
)
_ONE_S_OWN: Final = (Choice.MINE, Choice.DONE)

Offices = tuple[str, ...] | None
ByChoice = Mapping[Choice, tuple[Count, ...]]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was counted for somebody. ``visible`` are the offices that they see."""

    visible: tuple[str, ...]
    stages: Counted
    chosen: ByChoice
    at: datetime
    """When the oldest of it was counted."""

    def of(self, filters: Filters) -> int:
        """How many cases a list has that is narrowed by office, stage and lane alone."""
        tab = filters.list
        if tab is None:
            return 0
        stages = filters.stages(self.stages.newer_stages)
        offices = filters.offices(self.visible)
        if tab.choice.large:
            every = self.stages.cases(offices, filters.lane, stages)
            taken = self.chosen.get(Choice.ASSIGNED, ()) if tab.choice is Choice.UNASSIGNED else ()
            # Counted one after the other, they need not fit each other.
            return max(0, every - among(taken, offices, filters.lane, stages))
        return among(self.chosen.get(tab.choice, ()), offices, filters.lane, stages)


async def numbers_for(counting: Counting, record: Record, person: Person) -> Numbers:
    """What was counted for this person: of late, or now."""
    offices = offices_of(person)
    now = datetime.now(UTC)
    stages, listed, own = await asyncio.gather(
        counting.of(record, offices),
        counting.kept(record, ("lists", offices), lambda c: _counted(c, offices, _OF_OFFICES, Chosen(now=now))),
        counting.kept(record, ("own", offices, person.subject), lambda c: _own(c, offices, person, now)),
    )
    return _numbers(person, stages, listed, own)


def _numbers(person: Person, stages: Counted, listed: At[ByChoice], own: At[ByChoice]) -> Numbers:
    visible = person.offices
    if person.sees_every_office:
        visible = tuple(sorted({each.office for each in stages.counts}))
    return Numbers(visible, stages, {**listed.found, **own.found}, min(stages.at, listed.at, own.at))


async def counted_in(
    counting: Counting, record: Record, person: Person, today: Today, lists: Sequence[Filters], numbers: Numbers
) -> list[At[int]]:
    """How many cases each of these lists has, however it is narrowed, and when they were counted."""
    narrowed = [filters for filters in lists if filters.narrowed and filters.for_person(person)]
    chosen = [filters.chosen(person, today) for filters in narrowed]
    offices = offices_of(person)

    def count(connection: Connection) -> list[list[Count]]:
        return [counts_of(connection, offices, each) for each in chosen]

    counted = await counting.kept(record, _narrowed(person, chosen), count) if narrowed else At([], numbers.at)
    found = dict(zip(narrowed, counted.found, strict=True))
    return [
        At(_of(filters, found[filters], numbers), counted.at)
        if filters in found
        else At(numbers.of(filters) if filters.for_person(person) else 0, numbers.at)
        for filters in lists
    ]


def _narrowed(person: Person, chosen: Sequence[Chosen]) -> Hashable:
    return ("narrowed", offices_of(person), person.subject, tuple((each.shape, each.since) for each in chosen))


def _of(filters: Filters, counted: list[Count], numbers: Numbers) -> int:
    stages = filters.stages(numbers.stages.newer_stages)
    return among(counted, filters.offices(numbers.visible), filters.lane, stages)


def at_hand(counting: Counting, person: Person) -> Numbers | None:
    """What was counted for this person of late, for a page that does not wait for counts."""
    offices = offices_of(person)
    stages: At[list[Count]] | None = counting.at_hand(offices)
    listed: At[ByChoice] | None = counting.at_hand(("lists", offices))
    own: At[ByChoice] | None = counting.at_hand(("own", offices, person.subject))
    if stages is None or listed is None or own is None:
        return None
    return _numbers(person, Counted(tuple(stages.found), stages.at), listed, own)


def counted_at_hand(counting: Counting, person: Person, today: Today, filters: Filters, numbers: Numbers) -> int | None:
    """How many cases a list had of late; None where that is not known."""
    if not filters.narrowed:
        return numbers.of(filters)
    counted: At[list[list[Count]]] | None = counting.at_hand(_narrowed(person, [filters.chosen(person, today)]))
    return None if counted is None else _of(filters, counted.found[0], numbers)


async def loads_of(counting: Counting, record: Record, offices: tuple[str, ...]) -> At[dict[str, Load]]:
    """What each person has to do in these offices."""
    now = datetime.now(UTC)
    return await counting.kept(record, ("loads", offices), lambda connection: loads(connection, offices, now))


def offices_of(person: Person) -> Offices:
    """The offices whose cases somebody sees; None where that is all."""
    return None if person.sees_every_office else person.offices


def _own(connection: Connection, offices: Offices, person: Person, now: datetime) -> ByChoice:
    if not person.reviews:
        return {}
    return _counted(connection, offices, _ONE_S_OWN, Chosen(me=person.subject, now=now))


def _counted(connection: Connection, offices: Offices, choices: tuple[Choice, ...], chosen: Chosen) -> ByChoice:
    return {choice: tuple(counts_of(connection, offices, Chosen(choice, chosen.me, chosen.now))) for choice in choices}
