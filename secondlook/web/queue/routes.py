"""The queue: the cases of somebody's offices, filtered and sorted by its address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from secondlook.records.reading import queue as read_queue
from secondlook.web.errors import NotTheirs
from secondlook.web.pages import page
from secondlook.web.queue.counting import Counting
from secondlook.web.queue.filters import ROWS, Filters
from secondlook.web.queue.view import queue_view
from secondlook.web.record import TheRecord
from secondlook.web.sessions import SignedIn

router = APIRouter(include_in_schema=False)


@router.get("/queue")
async def queue(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    office: str = "",
    lane: str = "",
    stage: str = "",
    sort: str = "",
    page_number: Annotated[str, Query(alias="page")] = "1",
) -> HTMLResponse:
    """One page of the queue."""
    if not person.sees_cases:
        raise NotTheirs
    counting = request.app.state.counting
    assert isinstance(counting, Counting)  # noqa: S101
    counted = await counting.of(record, None if person.sees_every_office else person.offices)
    visible = person.offices
    if person.sees_every_office:
        visible = tuple(sorted({each.office for each in counted.counts}))
    filters = Filters.read(office, lane, stage, sort, page_number)
    rows = await record.read(
        lambda connection: read_queue(
            connection,
            record.vault,
            offices=filters.offices(visible),
            stages=filters.stages,
            lane=filters.lane or None,
            sort=filters.sort,
            offset=filters.offset,
            limit=ROWS,
        )
    )
    return page(request, "queue/queue.html", queue_view(filters, visible, counted, rows, datetime.now(UTC)))
