"""Prints a decision record or its annex: the bytes that were kept when it was first asked for, each print on record.

A post, because a print is entered in the case's chain. What is not kept yet is rendered here, from one reading of the
record; whoever comes second in the same moment is given what the first one kept.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from secondlook.cases.readable import CannotRead
from secondlook.policy import Screening
from secondlook.records.decision_records import Document, Form, Part, keep, kept, note_print
from secondlook.records.ended_rounds import read_ended
from secondlook.records.work.people import names
from secondlook.web.case.show import show_case
from secondlook.web.decision_record.contents import contents
from secondlook.web.decision_record.offered import FORM
from secondlook.web.decision_record.printer import CannotPrint, Printer
from secondlook.web.decision_record.words import PURPOSES
from secondlook.web.errors import NoSuchCase
from secondlook.web.forms import FieldError, SentForm
from secondlook.web.pages import document, message_page
from secondlook.web.people import Person
from secondlook.web.permissions import REVIEWS_CASE, SEES_CASE, OfficeSeen
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, PostedForm, SignedIn

router = APIRouter(include_in_schema=False)

_NO_PDF: Final = {
    "library": (
        "No PDF can be made here",
        "The library that sets pages for paper is missing on this machine. Open the record as a page and print it from "
        "there; it says the same. Operators install the library with deploy/install_pango.sh.",
    ),
    "letters": (
        "No PDF of this record can be made here",
        "It holds letters that no font of this machine has, and a PDF with boxes in their place would be kept. Open "
        "the record as a page and print it from there; it says the same. Operators install fonts with "
        "deploy/install_pango.sh.",
    ),
    "failed": ("The PDF was not finished", "Nothing was printed. Try again in a minute, or open the record as a page."),
}


def _printer(request: Request) -> Printer:
    printer: Printer = request.app.state.printer
    return printer


ThePrinter = Annotated[Printer, Depends(_printer)]


@router.post("/cases/{case_id}/decision-record", dependencies=[SEES_CASE])
async def decision_record(
    request: Request,
    record: TheRecord,
    printer: ThePrinter,
    person: SignedIn,
    office: OfficeSeen,
    form: Posted,
    case_id: str,
) -> Response:
    """The record of a round, to whoever sees the case. It holds nothing that is protected."""
    return await _print(request, record, printer, person, office, _asked(case_id, "record", form), "")


@router.post("/cases/{case_id}/decision-record/annex", dependencies=[REVIEWS_CASE])
async def annex(
    request: Request,
    record: TheRecord,
    printer: ThePrinter,
    person: SignedIn,
    office: OfficeSeen,
    form: Posted,
    case_id: str,
) -> Response:
    """The annex of protected facts, to who may decide the case, with what it is for."""
    asked, reason = _asked(case_id, "annex", form), form.one("reason")
    if reason not in PURPOSES:
        errors = (FieldError("reason", "Choose what the annex is printed for"),)
        wrong = SentForm(f"{FORM}-{asked.round}", form, errors=errors)
        return await show_case(request, record, person, case_id, status=HTTPStatus.UNPROCESSABLE_ENTITY, sent=wrong)
    return await _print(request, record, printer, person, office, asked, reason)


def _asked(case_id: str, part: Part, form: PostedForm) -> Document:
    number = form.one("round")
    round_ = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0
    wanted: Form = "pdf" if form.one("form") == "pdf" else "html"
    return Document(case_id, round_, part, wanted)


async def _print(
    request: Request, record: Record, printer: Printer, person: Person, office: str, asked: Document, reason: str
) -> Response:
    try:
        content = await _content(record, printer, person, office, asked)
    except CannotRead:
        return message_page(
            request,
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The decision record cannot be made here",
            "Part of this round cannot be read by this release, so no record was made of the rest: it would be kept "
            "for ever. Nothing is lost; the operators can mend it, or a release that knows the rules makes it.",
            link=(f"/cases/{asked.case_id}", "Back to the case"),
        )
    except CannotPrint as problem:
        title, text = _NO_PDF[problem.code]
        link = (f"/cases/{asked.case_id}", "Back to the case")
        return message_page(request, HTTPStatus.SERVICE_UNAVAILABLE, title, text, link=link)
    now = datetime.now(UTC)
    await record.database.write(
        lambda connection: note_print(connection, record.vault, asked, person.subject, office, reason, now)
    )
    if asked.form == "pdf":
        name = f"decision-{asked.part}-{asked.case_id}-round-{asked.round}.pdf"
        return Response(
            content, headers={"Content-Disposition": f'attachment; filename="{name}"'}, media_type="application/pdf"
        )
    return Response(content, headers={"Content-Security-Policy": _policy(content)}, media_type="text/html")


async def _content(record: Record, printer: Printer, person: Person, office: str, asked: Document) -> bytes:
    """The document as it is kept, made now where it was not. Raises CannotRead, CannotPrint or NoSuchCase."""
    before = await record.read(lambda connection: kept(connection, record.vault, asked))
    if before is not None:
        return before
    if asked.form == "pdf":
        page = await _content(record, printer, person, office, Document(asked.case_id, asked.round, asked.part, "html"))
        made = await printer.pdf(page)
    else:
        made = await _page(record, asked)
    now = datetime.now(UTC)
    return await record.database.write(
        lambda connection: keep(connection, record.vault, asked, made, person.subject, office, now)
    )


async def _page(record: Record, asked: Document) -> bytes:
    ended = await record.read(lambda connection: read_ended(connection, record.vault, asked.case_id, asked.round))
    if ended is None:
        raise NoSuchCase
    screening = ended.decided_on.screening
    rules = record.rules(screening.ruleset) if isinstance(screening, Screening) else None
    if rules is None:
        raise CannotRead("unknown_ruleset")
    who = {each.actor for each in (ended.review, ended.concurrence) if each is not None and each.actor}
    known = await record.read(lambda connection: names(connection, who))
    return document("decision_record/record.html", contents(ended, rules, known, annex=asked.part == "annex"))


def _policy(page: bytes) -> str:
    """The page brings its own style and may load nothing, so it looks as when it was made whatever release shows it."""
    style = page.partition(b"<style>")[2].partition(b"</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
