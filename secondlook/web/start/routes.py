"""Where somebody starts: at home, at the operators' page, or, without a role, at a page that says so."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from secondlook.web.home.show import show_home
from secondlook.web.pages import message_page
from secondlook.web.permissions import SIGNED_IN
from secondlook.web.record import TheRecord
from secondlook.web.sessions import SignedIn

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[SIGNED_IN])
async def start(request: Request, record: TheRecord, person: SignedIn) -> Response:
    """The first page after sign-in."""
    if person.sees_cases:
        return await show_home(request, record, person)
    if person.operates:
        return RedirectResponse("/ops", HTTPStatus.SEE_OTHER)
    text = (
        "You are signed in, but no role or office that sees cases was given to you. Ask whoever manages access to "
        "give you one; then sign out and in again."
    )
    return message_page(request, HTTPStatus.OK, "No cases are shown to you", text)
