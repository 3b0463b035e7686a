"""The attorney's review: an action with reasons, a rationale and findings. Every action costs the same effort."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from secondlook.cases.events import IncomingEvent, review_event
from secondlook.web.acts import take_act
from secondlook.web.forms import SentForm, version_in
from secondlook.web.permissions import REVIEWS_CASE
from secondlook.web.record import TheRecord
from secondlook.web.sessions import Posted, SignedIn

router = APIRouter(include_in_schema=False)

_FINDING = "finding."
SENTENCES = {
    "action": "Choose what to do with the case",
    "reasons": "Tick at least one reason",
    "rationale": "Write the rationale: at most 20,000 characters of plain text",
    "findings": "Answer each finding with met, not met or cannot tell",
    "case_version": "Open the case again and copy your text over: this form does not say which version you saw",
}


@router.post("/cases/{case_id}/review", dependencies=[REVIEWS_CASE])
async def review(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Record a review of the version that the attorney saw."""
    action, reasons = form.one("action"), form.all("reasons")
    rationale, version = form.one("rationale"), version_in(form)
    findings = {name.removeprefix(_FINDING): how for name, how in form.fields if name.startswith(_FINDING) and how}

    def build() -> IncomingEvent:
        content = {"action": action, "reasons": list(reasons), "rationale": rationale, "findings": findings}
        return review_event(
            record.form_id(person, case_id, version, "review", content),
            case_id,
            person.actor,
            action=action,
            reasons=reasons,
            rationale=rationale,
            findings=findings,
            case_version=version,
        )

    return await take_act(request, record, person, case_id, SentForm("review", form), build, SENTENCES)
