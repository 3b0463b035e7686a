"""The queue: the cases of somebody's offices, filtered and sorted by its address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from secondlook.web.pages import page
from secondlook.web.permissions import SEES_CASES
from secondlook.web.queue.counting import Counting
from secondlook.web.queue.filters import Filters
from secondlook.web.queue.paging import Pages
from secondlook.web.queue.view import queue_view
from secondlook.web.record import TheRecord
from secondlook.web.sessions import SignedIn
from secondlook.web.unreadable import note_rows
from secondlook.web.work.words import NOTHING_WAITS

router = APIRouter(include_in_schema=False)


@router.get("/queue", dependencies=[SEES_CASES])
async def queue(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    office: str = "",
    lane: str = "",
    stage: str = "",
    sort: str = "",
    page_number: Annotated[str, Query(alias="page")] = "1",
    after: str = "",
    before: str = "",
    outcome: str = "",
) -> HTMLResponse:
    """One page of the queue."""
    counting: Counting = request.app.state.counting
    counted = await counting.of(record, None if person.sees_every_office else person.offices)
    filters = Filters.read(office, lane, stage, sort, page_number, after, before)
    visible = person.offices
    offices: tuple[str, ...] | None = filters.offices(visible)
    if person.sees_every_office:
        visible = tuple(sorted({each.office for each in counted.counts}))
        offices = (filters.office,) if filters.office else None
    stages = filters.stages(counted.newer_stages)
    found = counted.cases(filters.offices(visible), filters.lane, stages)
    pages = Pages(record.vault, filters, offices, stages, filters.lanes(counted.newer_lanes), found)
    turned = await record.read(pages.turn)
    await note_rows(record, turned.rows)
    view = queue_view(filters, visible, counted, turned, datetime.now(UTC), nothing_waits=outcome == NOTHING_WAITS)
    return page(request, "queue/queue.html", view)
