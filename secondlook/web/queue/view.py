"""What the queue shows: rows, filters with their counts, pages. Templates get ``QueueView`` alone.

Rows hold no fact and no criterion: what a list shows is read over shoulders (8 USC 1367).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.cases.identity import mask_a_number
from secondlook.cases.lifecycle import Stage
from secondlook.records.reading import OPEN_STAGES, QueueRow
from secondlook.web import words
from secondlook.web.case.view import custody_of, hearing_of, name_of
from secondlook.web.queue.counting import Counted
from secondlook.web.queue.filters import MOST_PAGES, ROWS, Filters

_PAGES_SHOWN: Final = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list, in words."""

    case_id: str
    name: str
    a_number: str
    office: str
    lane: str
    stage: str
    hearing: str
    custody: str
    age: str
    overdue: bool
    late_facts: bool


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
class PageLink:
    """A page's number and address; None stands for the pages that are left out."""

    number: int
    address: str
    current: bool


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
    pages: tuple[PageLink | None, ...]
    previous: str | None
    next: str | None
    cut: bool
    order: str


def row(case: QueueRow, now: datetime) -> Row:
    """A row in words."""
    return Row(
        case_id=case.case_id,
        name=name_of(case.identity),
        a_number=mask_a_number(str(case.identity.get("a_number", ""))),
        office=case.office,
        lane=words.lane(case.lane),
        stage=words.STAGES[case.stage],
        hearing=hearing_of(case.identity),
        custody=custody_of(case.identity),
        age=words.age(case.received_at, now),
        overdue=case.escalated,
        late_facts=case.late_facts,
    )


def queue_view(
    filters: Filters, visible: tuple[str, ...], counted: Counted, cases: Sequence[QueueRow], now: datetime
) -> QueueView:
    """One page of the queue."""
    offices, stages = frozenset(filters.offices(visible)), frozenset(filters.stages)

    def total(in_offices: frozenset[str], lane: str, in_stages: frozenset[Stage]) -> int:
        return sum(
            each.cases
            for each in counted.counts
            if each.office in in_offices and each.stage in in_stages and (not lane or each.lane == lane)
        )

    found = max(total(offices, filters.lane, stages), filters.offset + len(cases))
    last_page = min(max(1, -(-found // ROWS)), MOST_PAGES)
    every_open = total(offices, filters.lane, frozenset(OPEN_STAGES))
    tabs = [Tab("All open", filters.with_stage(""), every_open, not filters.stage)]
    for stage in Stage:
        here = total(offices, filters.lane, frozenset({stage}))
        tabs.append(Tab(words.STAGES[stage], filters.with_stage(stage.value), here, filters.stage == stage.value))
    return QueueView(
        rows=tuple(row(case, now) for case in cases),
        first=filters.offset + 1 if cases else 0,
        last=filters.offset + len(cases),
        total=found,
        counted_at=counted.at,
        tabs=tuple(tabs),
        offices=tuple(
            Option(office, office, total(frozenset({office}), filters.lane, stages), office == filters.office)
            for office in visible
        ),
        lanes=tuple(
            Option(lane, text, total(offices, lane, stages), lane == filters.lane) for lane, text in words.LANES.items()
        ),
        sorts=tuple(Option(sort.value, text, None, sort is filters.sort) for sort, text in words.SORTS.items()),
        stage=filters.stage,
        chips=tuple(_chips(filters)),
        pages=tuple(_pages(filters, last_page)),
        previous=filters.at(filters.page - 1) if filters.page > 1 else None,
        next=filters.at(filters.page + 1) if filters.page < last_page else None,
        cut=found > MOST_PAGES * ROWS,
        order=words.SORTS[filters.sort],
    )


def _chips(filters: Filters) -> Iterable[Chip]:
    if filters.office:
        yield Chip(f"Office {filters.office}", filters.without("office"))
    if filters.lane:
        yield Chip(words.LANES.get(filters.lane, "Unknown lane"), filters.without("lane"))
    if filters.stage:
        known = [each for each in Stage if each.value == filters.stage]
        yield Chip(words.STAGES[known[0]] if known else "Unknown stage", filters.without("stage"))


def _pages(filters: Filters, last_page: int) -> Iterable[PageLink | None]:
    """At most seven slots: the first, the last, and those around the current one."""
    around = range(max(1, filters.page - 1), min(last_page, filters.page + 1) + 1)
    shown = range(1, last_page + 1) if last_page <= _PAGES_SHOWN else sorted({1, last_page, *around})
    before = 0
    for number in shown:
        if number != before + 1:
            yield None
        yield PageLink(number, filters.at(number), number == filters.page)
        before = number
