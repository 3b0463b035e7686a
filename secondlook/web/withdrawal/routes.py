"""Taking a decision back before it is final, with a reason."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from secondlook.cases.events import IncomingEvent, withdrawal_event
from secondlook.web.acts import take_act
from secondlook.web.forms import SentForm, version_in
from secondlook.web.permissions import REVIEWS_CASE
from secondlook.web.record import TheRecord
from secondlook.web.sessions import Posted, SignedIn

router = APIRouter(include_in_schema=False)

SENTENCES = {
    "reason": "Write why the decision is withdrawn: at most 20,000 characters of plain text",
    "case_version": "Open the case again and copy your text over: this form does not say which version you saw",
}


@router.post("/cases/{case_id}/withdrawal", dependencies=[REVIEWS_CASE])
async def withdrawal(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Record that the decision which this person saw is withdrawn."""
    reason, version = form.one("reason"), version_in(form)

    def build() -> IncomingEvent:
        event_id = record.form_id(person, case_id, version, "withdrawal", {"reason": reason})
        return withdrawal_event(event_id, case_id, person.actor, reason=reason, case_version=version)

    return await take_act(request, record, person, case_id, SentForm("withdrawal", form), build, SENTENCES)
