"""Having a case, giving it back, holds, the next case, drafts and notes. None of these is an event: they move no case.

Each ends in 303, in 409 where somebody else has the case, or in 422 with the text kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from secondlook.cases.content import LONGEST_TEXT
from secondlook.cases.plain_text import is_blank
from secondlook.records.work import claims, drafts, holds, looking, notes, people
from secondlook.records.work.locked import Claimed, NotWorkedOn
from secondlook.web import words
from secondlook.web.case.show import show_case
from secondlook.web.errors import NotTheirs
from secondlook.web.forms import FieldError, SentForm, version_in
from secondlook.web.pages import message_page
from secondlook.web.people import Person
from secondlook.web.permissions import REVIEWS, REVIEWS_CASE, SUPERVISES_CASE
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, PostedForm, SignedIn
from secondlook.web.work.drafted import drafted
from secondlook.web.work.words import NOTHING_WAITS

router = APIRouter(include_in_schema=False)

_LONGEST_HOLD: Final = timedelta(days=366)
_BY_SCRIPT: Final = "X-Requested-With"
"""A header that no form can send: whoever sends it wants no page."""


@router.post("/cases/{case_id}/claim", dependencies=[REVIEWS_CASE])
async def claim(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Have the case."""
    now = datetime.now(UTC)
    sent = SentForm("claim", form)
    return await _work(request, record, person, case_id, sent, lambda c: claims.take(c, case_id, person.subject, now))


@router.post("/cases/{case_id}/release", dependencies=[REVIEWS_CASE])
async def release(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Give the case back, with a reason if there is one to tell."""
    now, reason = datetime.now(UTC), form.one("reason").strip()
    sent = SentForm("release", form, errors=_too_long(reason, "reason"))

    def unit(connection: Connection) -> None:
        claims.release(connection, record.vault, case_id, person.subject, reason, now)

    return await _work(request, record, person, case_id, sent, unit)


@router.post("/cases/{case_id}/hold", dependencies=[REVIEWS_CASE])
async def hold(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Have the case wait until a day."""
    now, reason, until = datetime.now(UTC), form.one("reason").strip(), _day(form.one("until"), request.state.zone)
    errors = _text(reason, "reason", "Say why the case waits, in at most 20,000 characters")
    if until is None or not now < until <= now + _LONGEST_HOLD:
        errors += (FieldError("until", "Give the day on which the case is back: after today, within a year"),)

    def unit(connection: Connection) -> None:
        assert until is not None  # noqa: S101
        holds.put_on_hold(connection, record.vault, case_id, person.subject, reason, until, now)

    return await _work(request, record, person, case_id, SentForm("hold", form, errors=errors), unit)


@router.post("/cases/{case_id}/break-claim", dependencies=[SUPERVISES_CASE])
async def break_claim(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Take the case from whoever has it."""
    now, reason = datetime.now(UTC), form.one("reason").strip()
    errors = _text(reason, "reason", "Say why you take the case from a colleague, in at most 20,000 characters")

    def unit(connection: Connection) -> None:
        claims.break_claim(connection, record.vault, case_id, person.subject, reason, now)

    return await _work(request, record, person, case_id, SentForm("break-claim", form, errors=errors), unit)


@router.post("/cases/{case_id}/notes", dependencies=[REVIEWS_CASE])
async def note(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Write a note."""
    now, text = datetime.now(UTC), form.one("text").strip()
    errors = _text(text, "text", "Write the note, in at most 20,000 characters")

    def unit(connection: Connection) -> None:
        notes.add(connection, record.vault, case_id, person.subject, notes.NOTE, text, now)

    return await _work(request, record, person, case_id, SentForm("notes", form, errors=errors), unit, at="#notes")


@router.post("/cases/{case_id}/draft", dependencies=[REVIEWS_CASE])
async def draft(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Keep what was typed into the review form. Raises FormTooLarge."""
    now, fields = datetime.now(UTC), drafted(form)

    def unit(connection: Connection) -> None:
        drafts.save(connection, record.vault, case_id, person.subject, fields, version_in(form), now)

    await record.database.write(unit)
    if request.headers.get(_BY_SCRIPT):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return RedirectResponse(f"/cases/{case_id}?outcome=draft#review-form", HTTPStatus.SEE_OTHER)


@router.post("/cases/{case_id}/looking", dependencies=[REVIEWS_CASE])
async def look(record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Have the case's page open, or no more. A script says so, so that showing a page writes nothing."""
    now = datetime.now(UTC)
    if form.one("left"):
        await record.database.write(lambda connection: looking.left(connection, case_id, person.subject))
    else:
        await record.database.write(lambda connection: looking.came(connection, case_id, person.subject, now))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.post("/queue/next", dependencies=[REVIEWS])
async def next_case(record: TheRecord, person: SignedIn, form: Posted) -> Response:
    """Have the most urgent case that nobody has. Raises NotTheirs for an office of others."""
    now, office = datetime.now(UTC), form.one("office")
    if not person.may_review(office):
        raise NotTheirs
    found = await record.database.write(lambda c: claims.take_next(c, person.subject, office, now))
    address = f"/cases/{found}" if found else f"/queue?office={office}&outcome={NOTHING_WAITS}"
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


async def _work(
    request: Request,
    record: Record,
    person: Person,
    case_id: str,
    sent: SentForm,
    unit: Callable[[Connection], None],
    at: str = "",
) -> Response:
    """Do one thing of work on a case, unless the form has errors, and answer."""
    if sent.errors:
        return await show_case(request, record, person, case_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, sent=sent)
    try:
        await record.database.write(unit)
    except Claimed as theirs:
        claim = theirs.claim
        who = await record.read(lambda connection: people.names(connection, [claim.person]))
        name, until = who.get(claim.person, claim.person), words.clock(claim.until, request.state.zone)
        refused = f"{name} has this case until {until}, and longer while they write. Nothing was done."
    except NotWorkedOn:
        refused = "The case is not with the attorneys now: it is being screened, or it is decided. Nothing was done."
    else:
        return RedirectResponse(f"/cases/{case_id}{at}", HTTPStatus.SEE_OTHER)
    if not _typed(sent.fields):
        link = (f"/cases/{case_id}", "Open the case")
        return message_page(request, HTTPStatus.CONFLICT, "The case is not free", refused, link=link)
    back = SentForm(sent.name, sent.fields, refused=refused)
    return await show_case(request, record, person, case_id, status=HTTPStatus.CONFLICT, sent=back)


def _typed(form: PostedForm) -> bool:
    return any(value for name, value in form.fields if name != "csrf_token")


def _text(text: str, field: str, sentence: str) -> tuple[FieldError, ...]:
    return (FieldError(field, sentence),) if is_blank(text) or len(text) > LONGEST_TEXT else ()


def _too_long(text: str, field: str) -> tuple[FieldError, ...]:
    return (FieldError(field, "Shorten the reason to at most 20,000 characters"),) if len(text) > LONGEST_TEXT else ()


def _day(given: str, zone: tzinfo) -> datetime | None:
    """The beginning of a day where the office is."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=zone)
