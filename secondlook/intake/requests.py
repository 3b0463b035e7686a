"""``GET /requests``: the facts that attorneys ask for, read by cursor (INTERFACES section 5).

The web process mounts ``router``; ``read`` answers what changed after a number. A cursor names the record's epoch too:
after a restore numbers are given out again, so one of before begins anew and nothing is missed. Nothing here may name
a person, an A-number or a protected fact.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials

from secondlook.cases.events import Unavailable
from secondlook.cases.fact_table import FACTS
from secondlook.intake.http import bearer, problem, unauthorized
from secondlook.intake.openapi import PROBLEM
from secondlook.records.requests import AT_ONCE, STATES, Page, Requested

Read = Callable[[int, int], Awaitable[Page]]
"""What changed after a number of an epoch. Raises Unavailable."""

_CURSOR: Final = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})")
_NAMES: Final = {"type": "array", "items": {"enum": [name for name, fact in FACTS.items() if not fact.protected]}}
_REQUEST: Final[dict[str, object]] = {
    "type": "object",
    "required": ["id", "case", "subject", "office", "addressee", "facts", "due", "state", "answered"],
    "properties": {
        "id": {"type": "string"},
        "case": {"type": "string", "description": "what an event about it names as its case"},
        "subject": {
            "type": ["string", "null"],
            "description": "the sender's own number of the case, where it is known",
        },
        "office": {"type": "string"},
        "addressee": {"type": ["string", "null"]},
        "facts": {**_NAMES, "description": "all that were asked for"},
        "due": {"type": ["string", "null"], "format": "date"},
        "state": {"enum": list(STATES)},
        "answered": {**_NAMES, "description": "those that came, or of which it was said why they do not"},
    },
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {
        "description": f"Requests that changed after the cursor, in that order, at most {AT_ONCE}: new ones, answered "
        "ones, ones that nobody wants any more, and open ones of which the case reminds. Ask again with `next`; none "
        "means that there is nothing newer",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["requests", "next"],
                    "properties": {
                        "requests": {"type": "array", "items": _REQUEST, "maxItems": AT_ONCE},
                        "next": {"type": "string"},
                    },
                }
            }
        },
    },
    **{
        status: {"description": description, "content": {"application/problem+json": {"schema": PROBLEM}}}
        for status, description in (
            (400, "The cursor is none that was given out here"),
            (401, "The intake token is missing or wrong"),
            (503, "The record cannot be reached"),
        )
    },
}


def router(read: Read, token: str) -> APIRouter:
    """The door for what senders are asked."""
    routes = APIRouter()

    @routes.get("/requests", responses=_RESPONSES)
    async def get_requests(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
        after: Annotated[str, Query(description="`next` of the last answer; without it, from the beginning")] = "",
    ) -> JSONResponse:
        """What attorneys ask for, and what became of it, from a cursor on."""
        refused = unauthorized(credentials, token)
        if refused is not None:
            return refused
        cursor = _CURSOR.fullmatch(after or "0.0")
        if cursor is None:
            return problem(HTTPStatus.BAD_REQUEST, "The cursor is none that was given out here.")
        try:
            page = await read(int(cursor[1]), int(cursor[2]))
        except Unavailable:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "The record cannot be reached. Ask again in a minute.")
        return JSONResponse(
            {"requests": [_document(each) for each in page.requests], "next": f"{page.epoch}.{page.last}"}
        )

    return routes


def _document(request: Requested) -> dict[str, object]:
    return {
        "id": request.id,
        "case": request.case_id,
        "subject": request.subject,
        "office": request.office,
        "addressee": request.addressee,
        "facts": list(request.facts),
        "due": request.due.isoformat() if request.due else None,
        "state": request.state,
        "answered": list(request.answered),
    }
