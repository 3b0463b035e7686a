"""The queue: the cases of somebody's offices in tabs, filtered and sorted by its address; and the views they keep."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from secondlook.cases.lifecycle import stages as known_stages
from secondlook.cases.plain_text import is_blank
from secondlook.records.queue import LANES
from secondlook.records.reading import QueueRow, queue_rows
from secondlook.records.work import people, views
from secondlook.web.pages import local_to, page
from secondlook.web.people import Person, offices_in
from secondlook.web.permissions import SEES_CASES
from secondlook.web.queue.counting import Counting
from secondlook.web.queue.filters import Filters
from secondlook.web.queue.numbers import counted_in, numbers_for
from secondlook.web.queue.paging import Turned, pages_of
from secondlook.web.queue.view import Workers, queue_view, row, workers_on
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, SignedIn
from secondlook.web.today import today_of
from secondlook.web.unreadable import note_rows
from secondlook.web.work.words import NOTHING_WAITS

router = APIRouter(include_in_schema=False)


@router.get("/queue", dependencies=[SEES_CASES])
async def queue(request: Request, record: TheRecord, person: SignedIn) -> HTMLResponse:
    """One page of the queue."""
    return await _show(request, record, person, Filters.read(request.query_params))


@router.post("/queue/views", dependencies=[SEES_CASES])
async def keep_view(request: Request, record: TheRecord, person: SignedIn, form: Posted) -> Response:
    """Keep a view under a name, and share it with one of one's offices."""
    now, name, office = datetime.now(UTC), form.one("name").strip(), form.one("office")
    filters = Filters.of_query(form.one("view")).at(1)
    error = None
    if is_blank(name) or len(name) > views.LONGEST_NAME or not name.isprintable():
        error = f"Give the view a name of at most {views.LONGEST_NAME} letters"
    elif len(filters.query) > views.LONGEST_ADDRESS or not _of_codes(filters, person):
        error = "This view cannot be kept: one of its filters means nothing here"
    elif office and office not in person.offices:
        error = "Share the view with one of your own offices"
    else:
        try:
            await record.database.write(
                lambda c: views.keep(c, person.subject, office or None, name, filters.query, now)
            )
        except views.TooMany:
            error = f"You keep {views.MOST} views already: take one away first"
    if error:
        return await _show(request, record, person, filters, error=error, name=name)
    return RedirectResponse(filters.address(), HTTPStatus.SEE_OTHER)


@router.post("/queue/views/{view_id}/remove", dependencies=[SEES_CASES])
async def remove_view(record: TheRecord, person: SignedIn, form: Posted, view_id: str) -> Response:
    """Take a view away; one of somebody else's stays, and the answer is the same."""
    supervised = [each for each in person.offices if person.may_supervise(each)]
    await record.database.write(lambda c: views.remove(c, view_id, person.subject, supervised))
    return RedirectResponse(Filters.of_query(form.one("view")).address(), HTTPStatus.SEE_OTHER)


def _of_codes(filters: Filters, person: Person) -> bool:
    """Whether a view lists anything for this person, and nothing in it but codes: it is kept as plain text."""
    offices = offices_in(filters.office) if person.sees_every_office else person.offices
    return (
        filters.for_person(person) is not None
        and (not filters.office or filters.office in offices)
        and (not filters.stage or filters.stage in known_stages())
        and (not filters.lane or filters.lane in LANES)
    )


async def _show(
    request: Request, record: Record, person: Person, filters: Filters, *, error: str | None = None, name: str = ""
) -> HTMLResponse:
    counting: Counting = request.app.state.counting
    today = today_of(record, person)
    local_to(request, today.zone)
    numbers = await numbers_for(counting, record, person)
    (count,) = await counted_in(counting, record, person, today, [filters], numbers)
    pages = pages_of(record, person, today, filters, numbers.stages, count.found)

    def unit(connection: Connection) -> tuple[Turned, list[QueueRow], Workers, list[views.View], dict[str, str]]:
        turned = pages.turn(connection)
        cases = queue_rows(connection, record.vault, turned.case_ids)
        kept = views.views_of(connection, person.subject, person.offices)
        others = {view.person for view in kept if view.person != person.subject}
        called = people.names(connection, others) if others else {}
        return turned, cases, workers_on(connection, cases, person.subject, today.now), kept, called

    turned, cases, workers, kept, called = await record.read(unit)
    await note_rows(record, cases)
    view = queue_view(
        filters,
        person,
        numbers,
        count,
        turned,
        [row(case, today, workers) for case in cases],
        [(view, called.get(view.person, view.person)) for view in kept],
        nothing_waits=request.query_params.get("outcome") == NOTHING_WAITS,
        error=error,
        name=name,
    )
    return page(request, "queue/queue.html", view, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)
