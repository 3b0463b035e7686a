"""The page on which one fact is corrected or added, and the act itself: an event, screened like any other fact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import Response

from secondlook.cases.content import LONGEST_TEXT
from secondlook.cases.event_types.facts_corrected import FACTS_CORRECTED
from secondlook.cases.events import IncomingEvent, act_event
from secondlook.cases.fact_kinds import Fact, Shape
from secondlook.cases.fact_table import COVERAGES, FACTS
from secondlook.cases.facts import parse_facts
from secondlook.cases.fields import FieldProblem, Invalid
from secondlook.cases.kept_facts import kept_facts
from secondlook.records.looking_back import Stood, stood
from secondlook.records.reading import Unreadable, read_case
from secondlook.web.acts import take_act
from secondlook.web.case.facts import said
from secondlook.web.case.view import name_of
from secondlook.web.correction.typed import Line, filled, lines, typed
from secondlook.web.errors import NoSuchCase
from secondlook.web.forms import SentForm, version_in
from secondlook.web.pages import page
from secondlook.web.people import Person
from secondlook.web.permissions import REVIEWS_CASE
from secondlook.web.record import Record, TheRecord
from secondlook.web.sessions import Posted, PostedForm, SignedIn

router = APIRouter(include_in_schema=False)

SENTENCES = {
    "value": "Fill in what the file says, in the way that the field asks for",
    "source": "Name the source: where in the file it says so, at most 200 characters",
    "note": "Write a note that says why: at most 20,000 characters of plain text",
    "case_version": "Open the case again and copy your text over: this form does not say which version you saw",
}


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """The form for one fact of one case."""

    case_id: str
    version: int
    name: str
    fact: str
    title: str
    stands: tuple[str, ...]
    lines: tuple[Line, ...]
    is_list: bool
    protected: bool
    form: SentForm


@router.get("/cases/{case_id}/facts/{fact}", dependencies=[REVIEWS_CASE])
async def correction(request: Request, record: TheRecord, person: SignedIn, case_id: str, fact: str) -> Response:
    """The form, filled in with what stands."""
    if fact not in FACTS:
        raise NoSuchCase
    return await _show(request, record, person, case_id, FACTS[fact], None)


@router.post("/cases/{case_id}/facts", dependencies=[REVIEWS_CASE])
async def correct(request: Request, record: TheRecord, person: SignedIn, form: Posted, case_id: str) -> Response:
    """Record what the file says of one fact."""
    fact = FACTS.get(form.one("fact"))
    if fact is None:
        raise NoSuchCase
    version = version_in(form)
    told = _told(fact, form)
    seen = await record.read(lambda connection: stood(connection, record.vault, case_id, version))
    before = said(fact.name, seen.facts) if isinstance(seen, Stood) else ("?",)

    def build() -> IncomingEvent:
        content = {"facts": {fact.name: told}, "note": form.one("note")}
        event_id = record.form_id(person, case_id, version, "facts", content)
        try:
            parse_facts(content["facts"])
            after = said(fact.name, kept_facts({fact.name: told}))
            changed = f"{'; '.join(before)} → {'; '.join(after)}"[:LONGEST_TEXT]
            return act_event(
                FACTS_CORRECTED, event_id, case_id, person.actor, **content, changed=changed, case_version=version
            )
        except Invalid as invalid:
            raise Invalid([_at_its_field(problem) for problem in invalid.problems]) from None

    async def again(sent: SentForm, status: HTTPStatus) -> Response:
        return await _show(request, record, person, case_id, fact, sent, status)

    return await take_act(request, record, person, case_id, SentForm("facts", form), build, SENTENCES, again)


def _told(fact: Fact, form: PostedForm) -> dict[str, object]:
    """The fact as an observation; who found a value wrong and knows no better one takes it back."""
    source = {"source": form.one("source").strip()}
    if form.one("retract"):
        return {"unknown": "retracted", **source}
    partial = (
        {"coverage": form.one("coverage")} if form.one("coverage") in COVERAGES and fact.shape is Shape.LIST else {}
    )
    return {"value": typed(fact, form), **source, **partial}


def _at_its_field(problem: FieldProblem) -> FieldProblem:
    if "facts" not in problem.place:
        return problem
    return replace(problem, place="data.source" if problem.place.endswith(".source") else "data.value")


async def _show(
    request: Request,
    record: Record,
    person: Person,
    case_id: str,
    fact: Fact,
    sent: SentForm | None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    case = await record.read(lambda connection: read_case(connection, record.vault, case_id))
    if case is None or not person.may_review(case.office):
        raise NoSuchCase
    facts = {} if isinstance(case.facts, Unreadable) else case.facts
    stands = facts.get(fact.name)
    known = stands.value if stands and stands.unknown is None else ()
    fields = sent.fields if sent else PostedForm(filled(known))
    view = CorrectionView(
        case_id=case_id,
        version=0 if isinstance(case.state, Unreadable) else case.state.version,
        name="Name cannot be shown" if isinstance(case.identity, Unreadable) else name_of(case.identity),
        fact=fact.name,
        title=fact.title,
        stands=said(fact.name, facts),
        lines=lines(fact, len(known) if isinstance(known, tuple) else 0),
        is_list=fact.shape is Shape.LIST,
        protected=fact.protected,
        form=sent or SentForm("facts", fields),
    )
    return page(request, "correction/correction.html", view, status)
