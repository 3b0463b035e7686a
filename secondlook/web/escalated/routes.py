"""The supervisors' list: open cases that are overdue, and ended ones that got facts afterwards. Being on it decides
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from secondlook.records.reading import QueueRow, for_supervisors
from secondlook.web.pages import local_to, page
from secondlook.web.permissions import SEES_ESCALATED
from secondlook.web.queue.view import Row, Workers, row, workers_on
from secondlook.web.record import TheRecord
from secondlook.web.sessions import SignedIn
from secondlook.web.today import today_of
from secondlook.web.unreadable import note_rows

router = APIRouter(include_in_schema=False)

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class EscalatedView:
    """The list; ``cut`` says that there is more than is shown."""

    rows: tuple[Row, ...]
    cut: bool


@router.get("/escalated", dependencies=[SEES_ESCALATED])
async def escalated(request: Request, record: TheRecord, person: SignedIn) -> HTMLResponse:
    """The list of the person's offices; an auditor's has all of them."""
    offices = None if person.sees_every_office else person.offices
    today = today_of(record, person)
    local_to(request, today.zone)

    def unit(connection: Connection) -> tuple[list[QueueRow], Workers]:
        rows = for_supervisors(connection, record.vault, offices, MOST)
        return rows, workers_on(connection, rows, person.subject, today.now)

    rows, workers = await record.read(unit)
    await note_rows(record, rows)
    view = EscalatedView(tuple(row(case, today, workers) for case in rows), len(rows) >= MOST)
    return page(request, "escalated/escalated.html", view)
