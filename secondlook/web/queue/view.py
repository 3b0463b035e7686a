"""What the queue shows: rows, filters with their counts, pages. Templates get ``QueueView`` alone.

Rows hold no fact and no criterion: what a list shows is read over shoulders (8 USC 1367).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from secondlook.cases.identity import mask_a_number
from secondlook.cases.lifecycle import stages as known_stages
from secondlook.records.reading import OPEN_STAGES, QueueRow, Unreadable
from secondlook.web import words
from secondlook.web.case.view import custody_of, hearing_of, name_of
from secondlook.web.queue.counting import Counted
from secondlook.web.queue.filters import Filters
from secondlook.web.queue.paging import ROWS, Turned


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list, in words."""

    case_id: str
    name: str
    a_number: str
    unreadable: str | None
    office: str
    lane: str
    stage: str
    hearing: str
    custody: str
    age: str
    overdue: bool
    late_facts: bool
    came_back: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter or order."""

    value: str
    words: str
    cases: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """One stage, or all open ones."""

    words: str
    address: str
    cases: int
    current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class QueueView:
    rows: tuple[Row, ...]
    first: int
    last: int
    total: int
    counted_at: datetime
    tabs: tuple[Tab, ...]
    offices: tuple[Option, ...]
    lanes: tuple[Option, ...]
    sorts: tuple[Option, ...]
    stage: str
    chips: tuple[Chip, ...]
    page: int
    pages: int
    first_page: str
    previous: str | None
    next: str | None
    last_page: str
    order: str
    nothing_waits: bool
    """They asked for the next case, and there is none."""


def row(case: QueueRow, now: datetime) -> Row:
    """A row in words; where it cannot be read, in its place why."""
    identity = None if isinstance(case.identity, Unreadable) else case.identity
    return Row(
        case_id=case.case_id,
        name=name_of(identity) if identity else "",
        a_number=mask_a_number(identity.a_number if identity else ""),
        unreadable=words.UNREADABLE[case.identity] if isinstance(case.identity, Unreadable) else None,
        office=case.office,
        lane=words.lane(case.lane),
        stage=words.stage(case.stage),
        hearing=hearing_of(identity) if identity else "",
        custody=custody_of(identity) if identity else "",
        age=words.age(case.received_at, now),
        overdue=case.escalated,
        late_facts=case.late_facts,
        came_back=words.CAME_BACK.get(case.came_back or "", ""),
    )


def queue_view(
    filters: Filters,
    visible: tuple[str, ...],
    counted: Counted,
    turned: Turned,
    now: datetime,
    *,
    nothing_waits: bool,
) -> QueueView:
    """One page of the queue. Its numbers are as true as the counts; which cases stand on it is true now."""
    newer = counted.newer_stages
    offices, stages = filters.offices(visible), filters.stages(newer)
    before = (turned.number - 1) * ROWS
    total = max(counted.cases(offices, filters.lane, stages), before + len(turned.rows))
    every_open = counted.cases(offices, filters.lane, (*OPEN_STAGES, *newer))
    tabs = [Tab("All open", filters.with_stage(""), every_open, not filters.stage)]
    for stage in (*known_stages(), *newer):
        here = counted.cases(offices, filters.lane, (stage,))
        tabs.append(Tab(words.stage(stage), filters.with_stage(stage), here, filters.stage == stage))
    return QueueView(
        rows=tuple(row(case, now) for case in turned.rows),
        first=before + 1,
        last=before + len(turned.rows),
        total=total,
        counted_at=counted.at,
        tabs=tuple(tabs),
        offices=tuple(
            Option(office, office, counted.cases((office,), filters.lane, stages), office == filters.office)
            for office in visible
        ),
        lanes=tuple(
            Option(lane, words.lane(lane), counted.cases(offices, lane, stages), lane == filters.lane)
            for lane in (*words.LANES, *counted.newer_lanes)
        ),
        sorts=tuple(Option(sort.value, text, None, sort is filters.sort) for sort, text in words.SORTS.items()),
        stage=filters.stage,
        chips=tuple(_chips(filters)),
        page=turned.number,
        pages=max(turned.number, -(-total // ROWS)),
        first_page=filters.first_page(),
        previous=turned.previous,
        next=turned.next,
        last_page=filters.last_page(),
        order=words.SORTS[filters.sort],
        nothing_waits=nothing_waits,
    )


def _chips(filters: Filters) -> Iterable[Chip]:
    if filters.office:
        yield Chip(f"Office {filters.office}", filters.without("office"))
    if filters.lane:
        yield Chip(words.lane(filters.lane), filters.without("lane"))
    if filters.stage:
        yield Chip(words.stage(filters.stage), filters.without("stage"))
