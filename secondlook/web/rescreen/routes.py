"""The act of having a case screened again as of today: an event like any other. Nothing is typed, so a refusal is a
page that says why.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from secondlook.cases.event_types.rescreened import RESCREENED
from secondlook.cases.events import act_event
from secondlook.cases.fields import Invalid
from secondlook.web import words
from secondlook.web.forms import version_in
from secondlook.web.pages import message_page
from secondlook.web.permissions import REVIEWS_CASE
from secondlook.web.record import TheRecord
from secondlook.web.sessions import Posted, SignedIn

router = APIRouter(include_in_schema=False)

_NOT_DONE = "The case was not screened again"
_NO_VERSION = "This form does not say which version of the case you saw. Open the case again."


@router.post("/cases/{case_id}/rescreen", dependencies=[REVIEWS_CASE])
async def rescreen(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Pressed again on the same day for the same version it is one event; on a later day it is another."""
    version, link = version_in(form), (f"/cases/{case_id}", "Open the case")
    today = (record.as_of or datetime.now(UTC).date()).isoformat()
    event_id = record.form_id(person, case_id, version, "rescreen", {"as_of": today})
    try:
        event = act_event(RESCREENED, event_id, case_id, person.actor, case_version=version)
    except Invalid:
        return message_page(request, HTTPStatus.UNPROCESSABLE_ENTITY, _NOT_DONE, _NO_VERSION, link=link)
    outcome = await record.take(event, "rescreen")
    if outcome.state == "refused":
        why = words.refusal(outcome.reason or "invalid")
        return message_page(request, HTTPStatus.CONFLICT, _NOT_DONE, why, link=link)
    became = "rescreened" if outcome.state == "applied" else "pending"
    return RedirectResponse(f"/cases/{case_id}?outcome={became}", HTTPStatus.SEE_OTHER)
