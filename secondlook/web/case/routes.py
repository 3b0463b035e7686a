"""A case's page, and the reveal of its A-number, which is recorded before it is shown and shown once."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from secondlook.records.audit import append_web_act
from secondlook.web import words
from secondlook.web.case.history import REVEALED, SHOWN
from secondlook.web.case.show import show_case
from secondlook.web.forms import FieldError, SentForm
from secondlook.web.permissions import SEES_CASE, OfficeSeen
from secondlook.web.record import TheRecord
from secondlook.web.sessions import Posted, SignedIn

router = APIRouter(include_in_schema=False)

NOTICES = {
    "view": "Your view is saved, and the lane is shown. Nothing is decided yet.",
    "draft": "Your draft is saved. Nothing of it is on record as a decision.",
    "recorded": "Recorded. The history below says what it did.",
    "recorded-next": "Recorded. This is the next case, and you have it.",
    "next-answer": "Recorded. This is the next case that waits for an answer.",
    "recorded-last": "Recorded. No other case of this office waits for you now.",
    "rescreened": "Screened as of today. The history below says whether anything changed.",
    "pending": "Recorded, being processed. Nothing is lost: reload this page to see what it did.",
}


@router.get("/cases/{case_id}", dependencies=[SEES_CASE])
async def case(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    case_id: str,
    outcome: str | None = None,
    before: str = "",
    of: str = "",
    paper: str = "",
) -> HTMLResponse:
    """The case. ``outcome`` is what became of a form that led here, ``of`` the case that it was about; ``before`` where
    an older page of the history starts; with ``paper`` it is the page to print.
    """
    entry = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    after = of if of.isascii() and of.replace("_", "").isalnum() and len(of) <= 40 else None
    notice = NOTICES.get(outcome or "")
    return await show_case(
        request, record, person, case_id, notice=notice, before=entry, after=after, paper=bool(paper)
    )


@router.post("/cases/{case_id}/a-number", dependencies=[SEES_CASE])
async def reveal(
    request: Request,
    record: TheRecord,
    person: SignedIn,
    office: OfficeSeen,
    form: Posted,  # noqa: ARG001
    case_id: str,
) -> HTMLResponse:
    """Answers the page itself, not a redirect: the number stands in no address and no cookie."""
    now = datetime.now(UTC)
    await record.database.write(
        lambda connection: append_web_act(
            connection, record.vault, case_id, now, REVEALED, person.subject, {"office": office}
        )
    )
    return await show_case(request, record, person, case_id, status=HTTPStatus.OK, revealed=True)


@router.post("/cases/{case_id}/protected", dependencies=[SEES_CASE])
async def protected(
    request: Request, record: TheRecord, person: SignedIn, office: OfficeSeen, form: Posted, case_id: str
) -> HTMLResponse:
    """Shows what is protected, once, on a page that may be printed. Recorded, with what for, before it is shown."""
    reason = form.one("reason")
    if reason not in words.PURPOSES:
        wrong = SentForm(
            "protected", form, errors=(FieldError("reason", "Choose what you need the protected facts for"),)
        )
        return await show_case(
            request,
            record,
            person,
            case_id,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            sent=wrong,
            paper=person.may_review(office),
        )
    now = datetime.now(UTC)
    detail: dict[str, object] = {"office": office, "reason": reason}
    await record.database.write(
        lambda connection: append_web_act(connection, record.vault, case_id, now, SHOWN, person.subject, detail)
    )
    return await show_case(request, record, person, case_id, unprotected=True)
