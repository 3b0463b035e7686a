"""The audit trail as a page: filtered by person, office, kind and time, read onward from a place."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from secondlook.records import trail
from secondlook.records.trail import Leg
from secondlook.records.work import people
from secondlook.web.audit.asked import Asked
from secondlook.web.audit.view import AuditView, audit_view
from secondlook.web.pages import page
from secondlook.web.permissions import AUDITS
from secondlook.web.queue.counting import Counting
from secondlook.web.record import TheRecord
from secondlook.web.sessions import SignedIn

router = APIRouter(include_in_schema=False)

AT_ONCE: Final = 50


@router.get("/audit", dependencies=[AUDITS])
async def audit(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    who: Annotated[str, Query(alias="person")] = "",
    office: str = "",
    kind: str = "",
    begin: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    older: str = "",
    newer: str = "",
) -> HTMLResponse:
    """One page of the trail."""
    asked = Asked(who, office, kind, begin, end, older, newer)
    offices = person.offices
    if person.sees_every_office:
        counting: Counting = request.app.state.counting
        offices = tuple(sorted({each.office for each in (await counting.of(record, None)).counts}))

    def unit(connection: Connection) -> AuditView:
        leg = Leg((), None)
        if asked.problem is None:
            leg = trail.read(connection, asked.wanted(person), asked.place, back=asked.back, limit=AT_ONCE)
        return audit_view(asked, leg, people.everybody(connection), offices, AT_ONCE)

    view = await record.read(unit)
    return page(request, "audit/audit.html", view, HTTPStatus.UNPROCESSABLE_ENTITY if view.problem else HTTPStatus.OK)
