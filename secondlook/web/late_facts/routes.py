"""The supervisor's answer to facts that came after the end: looked at and nothing changes, or a new round."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from secondlook.cases.event_types.late_facts_answered import LATE_FACTS_ANSWERED
from secondlook.cases.events import IncomingEvent, act_event
from secondlook.web.acts import take_act
from secondlook.web.forms import SentForm, version_in
from secondlook.web.permissions import SUPERVISES_CASE
from secondlook.web.record import TheRecord
from secondlook.web.sessions import Posted, SignedIn

router = APIRouter(include_in_schema=False)

SENTENCES = {
    "answer": "Choose whether anything follows from the facts",
    "note": "Write why: at most 20,000 characters of plain text",
    "case_version": "Open the case again and copy your text over: this form does not say which version you saw",
}


@router.post("/cases/{case_id}/late-facts", dependencies=[SUPERVISES_CASE])
async def late_facts(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Record a supervisor's answer to the late facts that they saw."""
    version = version_in(form)
    content = {"answer": form.one("answer"), "note": form.one("note")}

    def build() -> IncomingEvent:
        event_id = record.form_id(person, case_id, version, "late-facts", {**content, "seen": form.one("seen")})
        return act_event(LATE_FACTS_ANSWERED, event_id, case_id, person.actor, **content, case_version=version)

    return await take_act(request, record, person, case_id, SentForm("late-facts", form), build, SENTENCES)
