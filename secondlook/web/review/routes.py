"""The attorney's review: an action with reasons, a rationale and findings. Every action costs the same effort.

The first post is answered with the page that plays the review back; the second, with ``confirmed``, records it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from secondlook.cases import lifecycle
from secondlook.cases.event_types.reviewed import REVIEWED
from secondlook.cases.events import IncomingEvent, review_event
from secondlook.cases.fields import Invalid
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.policy import Screening
from secondlook.records.looking_back import screening_at
from secondlook.records.reading import CaseRecord, Unreadable, read_case
from secondlook.records.work import drafts
from secondlook.records.work.claims import claim_of, take_next
from secondlook.web import words
from secondlook.web.acts import CLAIMED, Onward, take_act, wrong_form
from secondlook.web.asking.form import asks_in, check, fields_of
from secondlook.web.case.hidden_lane import keep_first_view
from secondlook.web.case.show import show_case
from secondlook.web.case.view import UNREADABLE_FORM, name_of
from secondlook.web.errors import NoSuchCase
from secondlook.web.forms import FieldError, SentForm, version_in
from secondlook.web.pages import page
from secondlook.web.people import Person
from secondlook.web.permissions import REVIEWS_CASE, OfficeSeen
from secondlook.web.record import TheRecord
from secondlook.web.review.confirming import ConfirmView, confirming, played_back, seal_of
from secondlook.web.sessions import Posted, PostedForm, SignedIn
from secondlook.web.work.drafted import drafted

router = APIRouter(include_in_schema=False)

_FINDING = "finding."
SENTENCES = {
    "action": "Choose what to do with the case",
    "reasons": "Tick at least one reason",
    "rationale": "Write the rationale: at most 20,000 characters of plain text",
    "findings": "Answer each finding with met, not met or cannot tell",
    "ask": "Choose for each fact whom to ask, and a day to come within a year",
    "case_version": "Open the case again and copy your text over: this form does not say which version you saw",
}


@router.post("/cases/{case_id}/review", dependencies=[REVIEWS_CASE])
async def review(
    request: Request, record: TheRecord, person: SignedIn, office: OfficeSeen, form: Posted, case_id: str
) -> Response:
    """Play back, or record, a review of the version that the attorney saw."""
    action, reasons = form.one("action"), form.all("reasons")
    rationale, version = form.one("rationale"), version_in(form)
    findings = {name.removeprefix(_FINDING): how for name, how in form.fields if name.startswith(_FINDING) and how}
    asks = asks_in(form) if action == "need_facts" else ()
    ask = [each.document() for each in asks]
    content = {
        **{"action": action, "reasons": list(reasons), "rationale": rationale, "findings": findings},
        **({"ask": ask} if ask else {}),
    }
    screening = await record.read(lambda connection: screening_at(connection, record.vault, case_id, version))
    seen = screening if isinstance(screening, Screening) else None
    shown = confirming(action, rationale, findings, seen, record.rules(seen.ruleset) if seen else None)
    seal = seal_of(record.vault, person.subject, case_id, version, content, shown)
    sent = SentForm("review", form)

    def build() -> IncomingEvent:
        today = datetime.now(record.zone(office)).date()
        check(asks, record.offices.of(office).addressees, today, record.as_of or today)
        return review_event(
            record.form_id(person, case_id, version, "review", content),
            case_id,
            person.actor,
            action=action,
            reasons=reasons,
            rationale=rationale,
            findings=findings,
            case_version=version,
            ask=ask,
            shown=shown.codes,
        )

    onward = Onward(lambda c: take_next(c, person.subject, office, datetime.now(UTC)), "recorded-next")

    if form.one("change"):
        return await show_case(request, record, person, case_id, sent=sent)
    if hmac.compare_digest(form.one("confirmed").encode(), seal.encode()):
        return await take_act(request, record, person, case_id, sent, build, SENTENCES, onward=onward)
    try:
        event = build()
    except Invalid as invalid:
        wrong = wrong_form(sent, invalid, SENTENCES)
        return await show_case(request, record, person, case_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, sent=wrong)
    now = datetime.now(UTC)
    case, claim = await record.read(
        lambda connection: (
            read_case(connection, record.vault, case_id),
            claim_of(connection, case_id, now),
        )
    )
    if case is None:
        raise NoSuchCase
    refused = CLAIMED if claim and claim.person != person.subject else _would_be_refused(case, event)
    if refused is not None and _is_recorded(case, person, {**content, "case_version": version}):
        return await take_act(request, record, person, case_id, sent, build, SENTENCES, onward=onward)
    if refused is not None:
        back = SentForm("review", form, refused=refused)
        return await show_case(request, record, person, case_id, status=HTTPStatus.CONFLICT, sent=back)
    await keep_first_view(record, person, case, action)
    view = ConfirmView(
        case_id=case_id,
        version=version,
        name="" if isinstance(case.identity, Unreadable) else name_of(case.identity),
        action=words.ACTIONS[action],
        reasons=tuple(words.reasons().get(each, words.plain(each)) for each in reasons),
        rationale=rationale,
        findings=tuple((each, words.finding(how)) for each, how in findings.items()),
        asks=tuple((words.fact(each.fact), f"{each.of}, due {words.day(each.due)}") for each in asks),
        asks_nobody=_asks_nobody(action, form),
        shown=shown,
        fields=(*played_back(form), *fields_of(asks)),
        confirmed=seal,
    )
    return page(request, "review/confirm.html", view)


@router.post("/cases/{case_id}/first-view", dependencies=[REVIEWS_CASE])
async def first_view(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Keep what they would do, and have the lane shown. What was typed besides is kept as a draft."""
    action, fields = form.one("action"), drafted(form)
    if action not in words.ACTIONS:
        errors = (FieldError("action", "Choose what you would do, then save it as your view"),)
        wrong = SentForm("review", form, errors=errors)
        return await show_case(request, record, person, case_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, sent=wrong)
    case = await record.read(lambda connection: read_case(connection, record.vault, case_id))
    if case is None:
        raise NoSuchCase
    await keep_first_view(record, person, case, action)
    version, now = version_in(form), datetime.now(UTC)
    await record.database.write(
        lambda connection: drafts.save(connection, record.vault, case_id, person.subject, fields, version, now)
    )
    return RedirectResponse(f"/cases/{case_id}?outcome=view#lane", HTTPStatus.SEE_OTHER)


def _asks_nobody(action: str, form: PostedForm) -> str:
    if bool(asks_in(form)) == (action == "need_facts"):
        return ""
    if action == "need_facts":
        return "No fact is named, so nobody outside is asked. To name some, tick them at the open criteria."
    return "Facts to ask for are ticked. With this action nobody is asked for them."


def _is_recorded(case: CaseRecord, person: Person, content: Mapping[str, object]) -> bool:
    """Whether this very review counts already: somebody who went back and sent it again is told so."""
    return any(
        act.kind == REVIEWED.short
        and act.actor == person.subject
        and not isinstance(act.content, Unreadable)
        and content.items() <= act.content.items()
        for act in case.acts
    )


def _would_be_refused(case: CaseRecord, event: IncomingEvent) -> str | None:
    """What judging would say now, so that nobody confirms in vain; judging itself decides."""
    state = case.state
    if isinstance(state, Unreadable) or any(
        isinstance(part, Unreadable) for part in (case.identity, case.facts, case.screening)
    ):
        return UNREADABLE_FORM
    try:
        judged = lifecycle.judge(
            state, REVIEWED.opened(event.id, event.data), datetime.now(UTC), state.settings or OfficeSettings()
        )
    except CannotRead:
        return UNREADABLE_FORM
    return words.refusal(str(judged.refused)) if judged.refused else None
