"""The supervisor's answer to a decision: concur, or return it with a note."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from secondlook.cases.events import IncomingEvent, concurrence_event
from secondlook.cases.fields import FieldProblem, Invalid
from secondlook.records.work.answers import next_to_answer
from secondlook.web.acts import Onward, take_act
from secondlook.web.forms import SentForm, version_in
from secondlook.web.permissions import REVIEWS_CASE, OfficeSeen
from secondlook.web.record import TheRecord
from secondlook.web.sessions import Posted, SignedIn

router = APIRouter(include_in_schema=False)

SENTENCES = {
    "answer": "Choose whether you concur or return the case",
    "checked": "Tick what you checked: at least one",
    "note": "Write a note that says why you return the case: at most 20,000 characters of plain text",
    "case_version": "Open the case again and copy your text over: this form does not say which version you saw",
}


@router.post("/cases/{case_id}/concurrence", dependencies=[REVIEWS_CASE])
async def concurrence(
    request: Request, record: TheRecord, person: SignedIn, office: OfficeSeen, form: Posted, case_id: str
) -> Response:
    """Record a supervisor's answer to the version that they saw."""
    answer, note, checked, version = form.one("answer"), form.one("note"), form.all("checked"), version_in(form)

    def build() -> IncomingEvent:
        if answer == "concur" and not checked:
            raise Invalid([FieldProblem("data.checked", "must hold at least one")])
        content = {"answer": answer, "note": note, "checked": list(checked)}
        return concurrence_event(
            record.form_id(person, case_id, version, "concurrence", content),
            case_id,
            person.actor,
            answer=answer,
            note=note,
            checked=checked,
            case_version=version,
        )

    onward = Onward(lambda c: next_to_answer(c, person.subject, office, datetime.now(UTC)), "next-answer")
    sent = SentForm("concurrence", form)
    return await take_act(request, record, person, case_id, sent, build, SENTENCES, onward=onward)
