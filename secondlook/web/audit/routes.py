"""The audit trail as a page and as a file: filtered by person, office, kind and time, read onward from a place; and the
state of its chains, which an auditor can have verified.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy import Connection
from starlette.background import BackgroundTask

from secondlook.records import acts, checking, trail
from secondlook.records.checking import Running
from secondlook.records.trail import Leg
from secondlook.records.work import people
from secondlook.settings import Settings
from secondlook.web.audit import chain
from secondlook.web.audit.asked import Asked
from secondlook.web.audit.export import lines_of
from secondlook.web.audit.verifier import verify
from secondlook.web.audit.view import AuditView, audit_view
from secondlook.web.pages import page
from secondlook.web.people import Person
from secondlook.web.permissions import AUDITS, AUDITS_ALL
from secondlook.web.queue.counting import Counting
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, SignedIn

AT_ONCE: Final = 50


def routes(settings: Settings) -> APIRouter:
    """``/audit`` and below."""
    router = APIRouter(include_in_schema=False)

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
        return await _show(request, record, person, Asked(who, office, kind, begin, end, older, newer))

    @router.post("/audit/export", dependencies=[AUDITS])
    async def export(request: Request, record: TheRecord, person: SignedIn, form: Posted) -> Response:
        """The same as CSV, from the newest entry on. It is on record before its first line is sent."""
        asked = Asked(*(form.one(name) for name in ("person", "office", "kind", "from", "to")))
        if asked.problem:
            return await _show(request, record, person, asked)
        wanted, now = asked.wanted(person), datetime.now(UTC)
        offices = [asked.office] if asked.office or wanted.offices is None else list(wanted.offices)
        detail = {
            "office": " ".join(offices),
            "person": asked.person,
            "kind": asked.kind,
            "from": asked.begin,
            "to": asked.end,
        }
        await record.database.write(
            lambda connection: acts.note(connection, record.vault, acts.EXPORTED, person.subject, detail, now)
        )
        headers = {"Content-Disposition": f'attachment; filename="secondlook-audit-{now:%Y-%m-%d}.csv"'}
        return StreamingResponse(lines_of(record, wanted), media_type="text/csv", headers=headers)

    @router.post("/audit/verification", dependencies=[AUDITS_ALL])
    async def verification(record: TheRecord, person: SignedIn, form: Posted) -> Response:  # noqa: ARG001
        """Begins to verify every chain, unless somebody's verification is under way: then that one is for both."""
        now = datetime.now(UTC)
        begun = await record.database.write(
            lambda connection: checking.begin(connection, record.vault, person.subject, now)
        )
        started = Running(person.subject, now, now)
        background = BackgroundTask(verify, record, settings, started) if begun else None
        return RedirectResponse("/audit#chain", HTTPStatus.SEE_OTHER, background=background)

    return router


async def _show(request: Request, record: Record, person: Person, asked: Asked) -> HTMLResponse:
    offices = person.offices
    if person.sees_every_office:
        counting: Counting = request.app.state.counting
        offices = tuple(sorted({each.office for each in (await counting.of(record, None)).counts}))

    def unit(connection: Connection) -> AuditView:
        leg = Leg((), None)
        if asked.problem is None:
            leg = trail.read(connection, asked.wanted(person), asked.place, back=asked.back, limit=AT_ONCE)
        known = people.everybody(connection)
        names = {each.subject: each.name for each in known}
        if not person.sees_every_office:
            known = [each for each in known if set(each.offices) & set(person.offices)]
        return audit_view(asked, leg, known, names, offices, AT_ONCE, chain.read(connection, names, datetime.now(UTC)))

    view = await record.read(unit)
    return page(request, "audit/audit.html", view, HTTPStatus.UNPROCESSABLE_ENTITY if view.problem else HTTPStatus.OK)
