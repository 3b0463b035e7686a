"""Shows a case to a person: finds it, checks that it is theirs to see, builds the page. Called by every screen that
ends on the case's page.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from secondlook.policy import Screening
from secondlook.records.reading import office_of, read_case
from secondlook.web.case.view import case_view
from secondlook.web.errors import NoSuchCase, NotTheirs
from secondlook.web.forms import SentForm
from secondlook.web.pages import page
from secondlook.web.people import Person
from secondlook.web.record import Record


async def visible(record: Record, person: Person, case_id: str) -> str:
    """The office of a case that this person may see. Raises NotTheirs or NoSuchCase."""
    if not person.sees_cases:
        raise NotTheirs
    office = await record.read(lambda connection: office_of(connection, case_id))
    if office is None or not person.may_see(office):
        raise NoSuchCase
    return office


async def show_case(
    request: Request,
    record: Record,
    person: Person,
    case_id: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    sent: SentForm | None = None,
    notice: str | None = None,
    revealed: bool = False,
) -> HTMLResponse:
    """The case's page. Raises NotTheirs or NoSuchCase."""
    await visible(record, person, case_id)
    case = await record.read(lambda connection: read_case(connection, record.vault, case_id))
    if case is None or not person.may_see(case.office):
        raise NoSuchCase
    rules = record.rules(case.screening.ruleset) if isinstance(case.screening, Screening) else None
    view = case_view(case, rules, person, sent=sent, notice=notice, revealed=revealed)
    return page(request, "case/case.html", view, status)
