"""Search. What is looked for comes in as a form and stands in addresses only sealed; one exact hit leads to its case.

It looks in the offices of whoever asks and in no others.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from secondlook.cases.plain_text import is_blank
from secondlook.records.reading import queue_rows
from secondlook.records.search.filling import filled
from secondlook.records.search.finding import Found, by_name, by_number, offices_on_record
from secondlook.web.pages import local_to, page
from secondlook.web.people import Person
from secondlook.web.permissions import SEES_CASES
from secondlook.web.queue.view import workers_on
from secondlook.web.record import Record, TheRecord
from secondlook.web.search.places import LONGEST, opened, sealed
from secondlook.web.search.view import NOT_OPENED, NOTHING_WRITTEN, ROWS, TOO_LONG, Listed, SearchView, found_view
from secondlook.web.sessions import Posted, SignedIn
from secondlook.web.today import today_of
from secondlook.web.unreadable import note_rows

router = APIRouter(include_in_schema=False)

_TEMPLATE: Final = "search/search.html"


@router.get("/search", dependencies=[SEES_CASES])
async def box(request: Request) -> HTMLResponse:
    """The box alone."""
    return page(request, _TEMPLATE, SearchView(""))


@router.post("/search", dependencies=[SEES_CASES])
async def search(request: Request, record: TheRecord, person: SignedIn, form: Posted) -> Response:
    """To the one case of a number, else to what was found."""
    text = form.one("q").strip()
    error = NOTHING_WRITTEN if is_blank(text) else TOO_LONG if len(text.encode()) > LONGEST else None
    if error is not None:
        return page(request, _TEMPLATE, SearchView(text, error), HTTPStatus.UNPROCESSABLE_ENTITY)
    exact = await record.read(
        lambda connection: by_number(connection, record.vault, _offices(connection, person), text)
    )
    address = f"/cases/{exact.case_ids[0]}" if len(exact.case_ids) == 1 else _address(record, person, text)
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@router.get("/search/{sought}", dependencies=[SEES_CASES])
async def found(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    sought: str,
    page_number: Annotated[str, Query(alias="page")] = "1",
) -> HTMLResponse:
    """What was found. A page that means nothing is the first one, one behind the last is the last."""
    text = opened(record.vault, person, sought)
    if text is None:
        return page(request, _TEMPLATE, SearchView("", NOT_OPENED), HTTPStatus.NOT_FOUND)
    number = int(page_number) if page_number.isascii() and page_number.isdecimal() and len(page_number) < 5 else 1
    today = today_of(record, person)
    local_to(request, today.zone)
    listed = await record.read(lambda connection: _listed(connection, record, person, text, max(1, number), today.now))
    await note_rows(record, listed.rows)
    return page(request, _TEMPLATE, found_view(text, listed, person, f"/search/{sought}", today))


def _listed(connection: Connection, record: Record, person: Person, text: str, number: int, now: datetime) -> Listed:
    offices = _offices(connection, person)
    exact = by_number(connection, record.vault, offices, text)
    cases: Found = exact if exact.case_ids else by_name(connection, record.vault, offices, text)
    total = len(cases.case_ids)
    number = min(number, max(1, -(-total // ROWS)))
    shown = cases.case_ids[(number - 1) * ROWS : number * ROWS]
    rows = queue_rows(connection, record.vault, shown)
    workers = workers_on(connection, rows, person.subject, now)
    return Listed(tuple(rows), workers, number, total, cases.more, filled(connection))


def _offices(connection: Connection, person: Person) -> tuple[str, ...]:
    return offices_on_record(connection) if person.sees_every_office else person.offices


def _address(record: Record, person: Person, text: str) -> str:
    return f"/search/{sealed(record.vault, person, text)}"
