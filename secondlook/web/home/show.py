"""Reads what home shows: counts as they are kept for the queue, and a few cases. Called by the start page alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from secondlook.records.choosing import Choice, Chosen
from secondlook.records.queue import LANES, Place, queue
from secondlook.records.reading import QueueRow, Sort, queue_rows
from secondlook.records.work import lists, people
from secondlook.records.work.locked import WORKED_ON
from secondlook.web.assignment.view import address as of_person
from secondlook.web.home.view import (
    HEARINGS,
    HomeView,
    LoadLine,
    Loads,
    Number,
    Numbers,
    lists_of_offices,
    own_lists,
)
from secondlook.web.pages import local_to, page
from secondlook.web.people import Person
from secondlook.web.queue.counting import Counting
from secondlook.web.queue.filters import Filters
from secondlook.web.queue.numbers import Numbers as Counts
from secondlook.web.queue.numbers import counted_in, loads_of, numbers_for
from secondlook.web.queue.view import Row, Workers, row, workers_on
from secondlook.web.record import Record
from secondlook.web.today import Today, today_of
from secondlook.web.unreadable import note_rows

FIRST: Final = 10
"""Cases to do first that are shown."""
NEAREST: Final = 5
"""Hearings that are shown."""
_FAR: Final = 99_999_999
"""Where a case without a hearing stands in the order of hearings."""


async def show_home(request: Request, record: Record, person: Person) -> HTMLResponse:
    """The page of somebody who sees cases."""
    counting: Counting = request.app.state.counting
    today = today_of(record, person)
    local_to(request, today.zone)
    counts = await numbers_for(counting, record, person)
    own, of_offices, loads = await asyncio.gather(
        _numbers(counting, record, person, today, own_lists(person), counts),
        _numbers(counting, record, person, today, lists_of_offices(person), counts),
        _loads(counting, record, person),
    )

    works, answers = person.attends, person.supervises and bool(person.offices)

    def unit(connection: Connection) -> tuple[dict[str, QueueRow], Workers, list[str], list[str], list[str]]:
        me, offices, now = person.subject, person.offices, today.now
        first = lists.to_do_first(connection, me, offices, now, FIRST) if works else []
        nearest = _nearest(connection, person, today) if works else []
        waiting = lists.to_answer_first(connection, me, offices, FIRST) if answers else []
        cases = queue_rows(connection, record.vault, list(dict.fromkeys([*first, *nearest, *waiting])))
        return {each.case_id: each for each in cases}, workers_on(connection, cases, me, now), first, nearest, waiting

    cases, workers, first, nearest, waiting = await record.read(unit)
    await note_rows(record, cases.values())

    def rows(case_ids: list[str]) -> tuple[Row, ...]:
        return tuple(row(cases[each], today, workers) for each in case_ids)

    view = HomeView(
        own=own,
        hearings=rows(nearest),
        hearings_address=Filters.of_query(HEARINGS).address(),
        first=rows(first) if works else None,
        of_offices=of_offices,
        answers=rows(waiting) if answers else None,
        loads=loads,
    )
    return page(request, "home/home.html", view)


async def _numbers(
    counting: Counting,
    record: Record,
    person: Person,
    today: Today,
    wanted: Sequence[tuple[str, Filters]],
    counts: Counts,
) -> Numbers | None:
    if not wanted:
        return None
    counted = await counted_in(counting, record, person, today, [filters for _, filters in wanted], counts)
    lines = tuple(
        Number(words, filters.address(), each.found) for (words, filters), each in zip(wanted, counted, strict=True)
    )
    return Numbers(lines, min(each.at for each in counted))


async def _loads(counting: Counting, record: Record, person: Person) -> Loads | None:
    if not (person.supervises and person.offices):
        return None
    counted = await loads_of(counting, record, person.offices)
    known = await record.read(people.everybody)
    named = {each.subject: each.name for each in known}
    lines = [
        LoadLine(
            named.get(subject, subject),
            open=Number("open", of_person("", subject), load.open),
            overdue=Number("overdue", of_person("", subject, which=lists.OVERDUE), load.overdue),
            on_hold=Number("on hold", of_person("", subject, which=lists.ON_HOLD), load.on_hold),
        )
        for subject, load in counted.found.items()
        if load.open
    ]
    return Loads(tuple(sorted(lines, key=lambda line: line.name)), counted.at)


def _nearest(connection: Connection, person: Person, today: Today) -> list[str]:
    """The cases of somebody's own with the next hearings from today on."""
    found = queue(
        connection,
        offices=person.offices,
        stages=WORKED_ON,
        lanes=LANES,
        sort=Sort.HEARING,
        beside=Place(int(f"{today.hearings_from:%Y%m%d}"), ""),
        back=False,
        skip=0,
        limit=NEAREST,
        chosen=Chosen(Choice.MINE, person.subject, today.now),
    )
    return [place.case_id for place in found.found if place.value < _FAR]
