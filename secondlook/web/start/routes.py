"""Where somebody starts: at the queue, or, without a role that sees cases, at a page that says so."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from secondlook.web.pages import message_page
from secondlook.web.people import Role
from secondlook.web.permissions import SIGNED_IN
from secondlook.web.sessions import SignedIn

router = APIRouter(include_in_schema=False)


@router.get("/", dependencies=[SIGNED_IN])
async def start(request: Request, person: SignedIn) -> Response:
    """The first page after sign-in."""
    if person.sees_cases:
        return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)
    if Role.OPS in person.roles:
        text = (
            "Operators see no case data. The state of the system is in `secondlook status`, in the metrics at /metrics "
            "and in the processes' logs; a case is named there by its opaque id only."
        )
    else:
        text = (
            "You are signed in, but no role or office that sees cases was given to you. Ask whoever manages access to "
            "give you one; then sign out and in again."
        )
    return message_page(request, HTTPStatus.OK, "No cases are shown to you", text)
