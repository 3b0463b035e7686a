"""Assignment, for supervisors: each attorney's load, and cases given to people. It decides nothing about a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from secondlook.records.reading import QueueRow, office_of, queue_rows
from secondlook.records.work import assignments, lists, people
from secondlook.records.work.assignments import Became
from secondlook.web.assignment.view import (
    NOBODY,
    AssignmentView,
    GivenView,
    able,
    address,
    lines,
    offices_of,
    somebodies,
)
from secondlook.web.pages import local_to, page
from secondlook.web.people import Person
from secondlook.web.permissions import SUPERVISES
from secondlook.web.queue.numbers import loads_of
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, SignedIn
from secondlook.web.today import today_of

router = APIRouter(include_in_schema=False)

MOST: Final = 500
"""Cases that are given at once, and that are shown of one person."""
_OF_NOBODY: Final = 100


@router.get("/assignment", dependencies=[SUPERVISES])
async def assignment(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    office: str = "",
    whose: str = "",
    which: str = "",
    every: Annotated[str, Query(alias="all")] = "",
) -> HTMLResponse:
    """The loads, and the cases of one person or of nobody."""
    return await _show(request, record, person, office, whose, which, ticked=every == "yes")


@router.post("/assignment", dependencies=[SUPERVISES])
async def assign(request: Request, record: TheRecord, person: SignedIn, form: Posted) -> HTMLResponse:
    """The preview; once that is confirmed, the assignments one after the other, and what became of each."""
    wanted, to, now = form.all("case"), form.one("to"), datetime.now(UTC)
    known = await record.read(people.everybody)
    receiver = next((each for each in able(known, person.offices) if each.subject == to), None)
    error = None
    if not wanted:
        error = "Tick at least one case"
    elif len(wanted) > MOST:
        error = f"Tick at most {MOST} cases"
    elif "to" not in dict(form.fields) or (to and receiver is None):
        error = "Choose who is to have the cases"
    if error:
        return await _show(request, record, person, form.one("office"), form.one("whose"), error=error)
    rows, whose = await record.read(lambda connection: _rows(connection, record, person, wanted))
    became: dict[str, Became] = {}

    def give(case_id: str) -> Callable[[Connection], Became]:
        return lambda connection: assignments.assign(
            connection, record.vault, case_id, receiver, person.subject, person.offices, now
        )

    if form.one("confirmed"):
        for each in rows:
            became[each.case_id] = await record.database.write(give(each.case_id))
        whose = await record.read(lambda connection: assignments.assigned_to(connection, list(became)))
    given = GivenView(
        to=to,
        to_words=receiver.name if receiver else NOBODY,
        lines=lines(rows, whose, known, today_of(record, person), became),
        done=bool(became),
        number=sum(each is Became.DONE for each in became.values()) if became else len(rows),
    )
    return page(request, "assignment/given.html", given)


def _rows(
    connection: Connection, record: Record, person: Person, case_ids: tuple[str, ...]
) -> tuple[list[QueueRow], dict[str, str]]:
    """Those of the cases that are theirs to give; of others it is not said whether they exist."""
    theirs = [each for each in case_ids if office_of(connection, each) in person.offices]
    return queue_rows(connection, record.vault, theirs), assignments.assigned_to(connection, theirs)


async def _show(
    request: Request,
    record: Record,
    person: Person,
    office: str,
    whose: str,
    which: str = "",
    *,
    ticked: bool = False,
    error: str | None = None,
) -> HTMLResponse:
    today, offices = today_of(record, person), offices_of(person, office)
    local_to(request, today.zone)
    loads = await loads_of(request.app.state.counting, record, offices)

    def unit(connection: Connection) -> AssignmentView:
        known = people.everybody(connection)
        if whose:
            case_ids = lists.assigned(connection, whose, offices, which, today.now)
        else:
            case_ids = lists.unassigned(connection, offices, _OF_NOBODY + 1)
        most = MOST if whose else _OF_NOBODY
        rows = queue_rows(connection, record.vault, case_ids[:most])
        names = {each.subject: each.name for each in known}
        return AssignmentView(
            offices=person.offices,
            office=office,
            people=somebodies(known, loads.found, offices, office),
            counted_at=loads.at,
            whose=whose,
            whose_words=names.get(whose, whose),
            which=which,
            lines=lines(rows, assignments.assigned_to(connection, case_ids[:most]), known, today),
            cut=len(case_ids) > most,
            ticked=ticked,
            tick_all=address(office, whose, which=which, ticked=True),
            error=error,
        )

    view = await record.read(unit)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return page(request, "assignment/assignment.html", view, status)
