"""Turning the queue's pages: which cases an address asks for, and what lies beside them (docs/decisions/0006).

Pages are found by the place that they start or end at, so cases that come and go meanwhile are neither shown twice nor
skipped. The number of a page is what it was counted as; it finds cases only where an address has no place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from secondlook.records.choosing import Chosen
from secondlook.records.encryption import Vault
from secondlook.records.queue import Place, QueuePage, queue
from secondlook.web.people import Person
from secondlook.web.queue.counting import Counted
from secondlook.web.queue.filters import Filters
from secondlook.web.queue.places import opened, sealed
from secondlook.web.record import Record
from secondlook.web.today import Today

ROWS: Final = 25
MOST_TURNED: Final = 40
"""The furthest page that is found by its number alone: each case before it costs as much as a shown one."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A page as it was found, with the addresses of those beside it; None where there is none."""

    number: int
    places: tuple[Place, ...]
    previous: Filters | None
    next: Filters | None

    @property
    def case_ids(self) -> list[str]:
        return [place.case_id for place in self.places]

    @property
    def every(self) -> int | None:
        """How many there are, where all of them stand on this page."""
        return len(self.places) if self.previous is None and self.next is None else None


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one view. ``offices`` None means all; ``cases`` is how many the view was counted to have."""

    vault: Vault
    filters: Filters
    chosen: Chosen
    offices: tuple[str, ...] | None
    stages: tuple[str, ...]
    lanes: tuple[str | None, ...]
    cases: int

    def turn(self, connection: Connection) -> Turned:
        """The page that the address asks for; the first or last one where the queue has become too short for it."""
        filters = self.filters
        if filters.last:
            return self._last(connection)
        if filters.after or filters.before:
            place = opened(self.vault, filters.sort, filters.before or filters.after)
            if place is None:
                return self._first(connection)
            return self._before(connection, place) if filters.before else self._after(connection, place)
        return self._numbered(connection) if filters.page > 1 else self._first(connection)

    def _first(self, connection: Connection) -> Turned:
        cases = self.read(connection)
        return self._turned(1, cases, before=False, after=cases.more)

    def _last(self, connection: Connection) -> Turned:
        cases = self.read(connection, back=True, limit=(self.cases - 1) % ROWS + 1)
        if not cases.more:
            return self._first(connection)
        return self._turned(max(2, -(-self.cases // ROWS)), cases, before=True, after=False)

    def _before(self, connection: Connection, place: Place) -> Turned:
        cases = self.read(connection, place, back=True)
        if not cases.more:
            return self._first(connection)
        return self._turned(max(2, self.filters.page), cases, before=True, after=True)

    def _after(self, connection: Connection, place: Place) -> Turned:
        cases = self.read(connection, place)
        if not cases.found:
            return self._last(connection)
        return self._turned(max(2, self.filters.page), cases, before=True, after=cases.more)

    def _numbered(self, connection: Connection) -> Turned:
        number = min(self.filters.page, MOST_TURNED)
        cases = self.read(connection, skip=(number - 1) * ROWS)
        if not cases.found:
            return self._last(connection)
        return self._turned(number, cases, before=True, after=cases.more)

    def read(
        self,
        connection: Connection,
        beside: Place | None = None,
        *,
        back: bool = False,
        skip: int = 0,
        limit: int = ROWS,
    ) -> QueuePage:
        """Cases of this view that follow each other, after a place or before it."""
        filters = self.filters
        return queue(
            connection,
            offices=self.offices,
            stages=self.stages,
            lanes=self.lanes,
            sort=filters.sort,
            beside=beside,
            back=back,
            skip=skip,
            limit=limit,
            chosen=self.chosen,
        )

    def _turned(self, number: int, cases: QueuePage, *, before: bool, after: bool) -> Turned:
        filters, previous, following = self.filters, None, None
        if before and cases.first is not None:
            previous = filters.page_before(sealed(self.vault, filters.sort, cases.first), number - 1)
        if after and cases.last is not None:
            following = filters.page_after(sealed(self.vault, filters.sort, cases.last), number + 1)
        return Turned(number, cases.found, previous, following)


def pages_of(
    record: Record, person: Person, today: Today, filters: Filters, counted: Counted | None, cases: int
) -> Pages:
    """The pages of one view for one person; without any where the address means nothing for them. ``counted`` knows
    of stages and lanes of a newer release, ``cases`` is how many the view was counted to have.
    """
    everywhere = (filters.office,) if filters.office else None
    means = filters.for_person(person) is not None
    return Pages(
        record.vault,
        filters,
        filters.chosen(person, today),
        everywhere if person.sees_every_office else filters.offices(person.offices),
        filters.stages(counted.newer_stages if counted else ()) if means else (),
        filters.lanes(counted.newer_lanes if counted else ()),
        cases,
    )
