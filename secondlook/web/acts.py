"""How every act ends, whichever form it came from: applied, refused with the text kept, or still being processed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from secondlook.cases.events import IncomingEvent
from secondlook.cases.fields import Invalid
from secondlook.web import words
from secondlook.web.case.show import show_case
from secondlook.web.errors import Claimed
from secondlook.web.forms import SentForm, field_errors
from secondlook.web.people import Person
from secondlook.web.record import Record

Again = Callable[[SentForm, HTTPStatus], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Onward:
    """How the next case is found where a form asks for it, and what its page says about having come there."""

    find: Callable[[Connection], str | None]
    outcome: str


CLAIMED: Final = (
    "A colleague has begun to review this case. Who, and until when, stands beside its name. Nothing of what you "
    "sent is on record; send it again when they have given the case back."
)


async def take_act(
    request: Request,
    record: Record,
    person: Person,
    case_id: str,
    form: SentForm,
    build: Callable[[], IncomingEvent],
    sentences: dict[str, str],
    again: Again | None = None,
    onward: Onward | None = None,
) -> Response:
    """Check, send, wait, answer. ``build`` makes the event or raises Invalid; ``sentences`` are the fields' errors.
    ``again`` shows a form with errors that does not stand on the case's page; ``onward`` finds the case that is opened
    next where the act is applied and the form asks for it. One whose outcome is not there yet is not left.

    The route's permission has been asked. Raises NoSuchCase where the record no longer knows the case.
    """
    try:
        event = build()
    except Invalid as invalid:
        back = wrong_form(form, invalid, sentences)
        wrong = HTTPStatus.UNPROCESSABLE_ENTITY
        if again is not None:
            return await again(back, wrong)
        return await show_case(request, record, person, case_id, status=wrong, sent=back)
    try:
        outcome = await record.take(event, form.name)
    except Claimed:
        back = SentForm(form.name, form.fields, refused=CLAIMED)
        return await show_case(request, record, person, case_id, status=HTTPStatus.CONFLICT, sent=back)
    request.state.recorded = True
    if outcome.state == "refused":
        back = SentForm(form.name, form.fields, refused=words.refusal(outcome.reason or "invalid"))
        return await show_case(request, record, person, case_id, status=HTTPStatus.CONFLICT, sent=back)
    became = "recorded" if outcome.state == "applied" else "pending"
    if onward is not None and form.fields.one("next") and became == "recorded":
        found = await record.database.write(onward.find)
        if found is not None:
            return RedirectResponse(f"/cases/{found}?outcome={onward.outcome}&of={case_id}", HTTPStatus.SEE_OTHER)
        became = "recorded-last"
    return RedirectResponse(f"/cases/{case_id}?outcome={became}", HTTPStatus.SEE_OTHER)


def wrong_form(form: SentForm, invalid: Invalid, sentences: dict[str, str]) -> SentForm:
    """The form as it comes back with its errors."""
    return SentForm(form.name, form.fields, errors=field_errors(invalid, form.fields, sentences))
