"""Second readings: what waits for one, the blind page with its form, and the reading beside the decision.

A reading is no event and moves no case. Who did something in a case does not read it, and nobody sees the decision
before they have said their own view.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from secondlook.cases.content import ACTIONS, LONGEST_TEXT
from secondlook.cases.plain_text import is_blank
from secondlook.policy import Screening
from secondlook.records.looking_back import Stood, stood
from secondlook.records.reading import read_case
from secondlook.records.work import people, second_reads
from secondlook.records.work.second_reads import NotToRead, ToRead
from secondlook.web import words
from secondlook.web.case.view import UNREADABLE_FORM
from secondlook.web.errors import NoSuchCase
from secondlook.web.forms import NOTHING_SENT, FieldError, SentForm
from secondlook.web.pages import message_page, page
from secondlook.web.people import Person
from secondlook.web.permissions import REVIEWS_CASE, SEES_CASE, SEES_CASES
from secondlook.web.quality.view import QualityView, TakenView, beside_view, blind_view, rates
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, PostedForm, SignedIn

router = APIRouter(include_in_schema=False)

_LISTED: Final = 25
_FINDING: Final = "finding."


@router.get("/quality", dependencies=[SEES_CASES])
async def quality(request: Request, record: TheRecord, person: SignedIn) -> HTMLResponse:
    """What waits to be read, and for supervisors and auditors how often readers agree."""
    offices = None if person.sees_every_office else person.offices

    def unit(connection: Connection) -> QualityView:
        reads = person.reviews
        counted = person.sees_every_office or person.supervises
        return QualityView(
            tuple(second_reads.to_read(connection, person.subject, person.offices, _LISTED)) if reads else None,
            second_reads.waiting(connection, offices),
            rates(second_reads.agreements(connection, offices)) if counted else None,
        )

    return page(request, "quality/quality.html", await record.read(unit))


@router.get("/quality/{case_id}/{round_}", dependencies=[SEES_CASE])
async def second_read(request: Request, record: TheRecord, person: SignedIn, case_id: str, round_: int) -> HTMLResponse:
    """The evidence, to whoever is to read it; both views, to the reader and to supervisors once it was read."""
    return await _show(request, record, person, case_id, round_, SentForm("second-read", NOTHING_SENT))


@router.post("/quality/{case_id}/{round_}", dependencies=[REVIEWS_CASE])
async def read(
    request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str, round_: int
) -> Response:
    """Keep what this person would have done."""
    errors = _errors(form)
    findings = {name.removeprefix(_FINDING): how for name, how in form.fields if name.startswith(_FINDING) and how}
    asked = await _asked(record, person, case_id, round_)
    if errors or (asked is not None and not findings.keys() <= asked):
        sent = SentForm("second-read", form, errors=errors or (FieldError("action", "Open the page again"),))
        return await _show(request, record, person, case_id, round_, sent, HTTPStatus.UNPROCESSABLE_ENTITY)
    action, rationale, now = form.one("action"), form.one("rationale").strip(), datetime.now(UTC)
    try:
        await record.database.write(
            lambda connection: second_reads.read(
                connection, record.vault, case_id, round_, person.subject, action, findings, rationale, now
            )
        )
    except NotToRead:
        return page(request, "quality/taken.html", TakenView(words.ACTIONS[action], rationale), HTTPStatus.CONFLICT)
    return RedirectResponse(f"/quality/{case_id}/{round_}", HTTPStatus.SEE_OTHER)


def _errors(form: PostedForm) -> tuple[FieldError, ...]:
    rationale, wrong = form.one("rationale").strip(), []
    if form.one("action") not in ACTIONS:
        wrong.append(FieldError("action", "Choose what you would have done"))
    if is_blank(rationale) or len(rationale) > LONGEST_TEXT:
        wrong.append(FieldError("rationale", "Say why, in at most 20,000 characters"))
    if any(how and how not in words.FINDINGS for name, how in form.fields if name.startswith(_FINDING)):
        wrong.append(FieldError("action", "Open the page again: a finding is none of those that it offers"))
    return tuple(wrong)


async def _asked(record: Record, person: Person, case_id: str, round_: int) -> frozenset[str] | None:
    """The criteria on which the page asks for a finding; None where this person has no page to read (any more)."""
    found = await _evidence(record, person, case_id, round_)
    if found is None:
        return None
    screening = found[1].screening
    return frozenset(each.id for each in screening.criteria) if isinstance(screening, Screening) else frozenset()


async def _evidence(record: Record, person: Person, case_id: str, round_: int) -> tuple[ToRead, Stood] | None:
    """What this person may read, as it stood at the decision; None where there is nothing for them."""

    def unit(connection: Connection) -> tuple[ToRead, Stood] | None:
        wanted = second_reads.round_to_read(connection, person.subject, case_id, round_)
        if wanted is None or not person.may_review(wanted.office):
            return None
        seen = stood(connection, record.vault, case_id, wanted.version)
        return (wanted, seen) if isinstance(seen, Stood) else None

    return await record.read(unit)


async def _show(
    request: Request,
    record: Record,
    person: Person,
    case_id: str,
    round_: int,
    sent: SentForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    kept = await record.read(lambda connection: second_reads.reading(connection, record.vault, case_id, round_))
    if kept is not None and (kept.reader == person.subject or person.may_supervise(kept.office)):
        involved = [kept.reader, kept.decided_by, *([kept.concurred_by] if kept.concurred_by else [])]
        names = await record.read(lambda connection: people.names(connection, involved))
        return page(request, "quality/beside.html", beside_view(case_id, round_, kept, names))
    found = await _evidence(record, person, case_id, round_)
    case = await record.read(lambda connection: read_case(connection, record.vault, case_id))
    if found is None or case is None:
        raise NoSuchCase
    wanted, seen = found
    if not isinstance(seen.screening, Screening):
        return message_page(request, HTTPStatus.OK, "The case cannot be read now", UNREADABLE_FORM)
    today = record.as_of or datetime.now(UTC).date()
    view = blind_view(case, seen, wanted, record.rules(seen.screening.ruleset), today, sent)
    return page(request, "quality/blind.html", view, status)
