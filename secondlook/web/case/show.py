"""Shows a case to a person: reads it and builds the page. Called by every screen that
ends on the case's page.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from secondlook.policy import Screening
from secondlook.records.ended_rounds import ended_rounds
from secondlook.records.looking_back import Stood, stood
from secondlook.records.reading import CaseRecord, Unreadable, read_case
from secondlook.web.asking.view import Asking, read_wanted
from secondlook.web.case.hidden_lane import hides_lane, without_lane
from secondlook.web.case.history import people_in
from secondlook.web.case.protected import stood_without_protected, without_protected
from secondlook.web.case.same_person import other_cases
from secondlook.web.case.since import changed, looking_back
from secondlook.web.case.view import case_view
from secondlook.web.decision_record.offered import offered
from secondlook.web.errors import NoSuchCase
from secondlook.web.forms import SentForm
from secondlook.web.pages import page
from secondlook.web.people import Person
from secondlook.web.queue.beside import beside
from secondlook.web.record import Record
from secondlook.web.today import today_of
from secondlook.web.unreadable import note_case
from secondlook.web.work.view import read_work, with_names


async def show_case(
    request: Request,
    record: Record,
    person: Person,
    case_id: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    sent: SentForm | None = None,
    notice: str | None = None,
    revealed: bool = False,
    unprotected: bool = False,
    paper: bool = False,
    before: int | None = None,
    after: str | None = None,
) -> HTMLResponse:
    """The case's page; ``unprotected`` shows what is protected also to who may not decide the case, and on paper.
    ``paper`` is the page to print: nothing that is protected, and no forms.

    Raises NoSuchCase, also where the case has just moved to an office that is not theirs.
    """
    now = datetime.now(UTC)
    case, work = await record.read(
        lambda connection: (
            read_case(connection, record.vault, case_id, before),
            read_work(connection, record.vault, case_id, person.subject, now),
        )
    )
    if case is None or not person.may_see(case.office):
        raise NoSuchCase
    who, identity, state = _who(case), case.identity, case.state
    work, rounds, others, wanted = await record.read(
        lambda connection: (
            with_names(connection, work, who),
            ended_rounds(connection, case_id),
            other_cases(connection, record.vault, person, case_id, identity),
            read_wanted(connection, record.vault, case_id, state),
        )
    )
    look = looking_back(case, sent) if before is None else None
    seen = await record.read(lambda connection: stood(connection, record.vault, case_id, look.at)) if look else None
    await note_case(record, case)
    rules = record.rules(case.screening.ruleset) if isinstance(case.screening, Screening) else None
    whole = unprotected or (person.may_review(case.office) and not paper)
    if not whole:
        case = without_protected(case, rules)
        seen = stood_without_protected(seen, rules) if isinstance(seen, Stood) else seen
    hidden = await hides_lane(record, person, case)
    if hidden:
        case = without_lane(case)
    since = changed(look, case, seen, record, whole=whole and not hidden) if look and isinstance(seen, Stood) else None
    view = case_view(
        case,
        rules,
        person,
        work,
        Asking(wanted, record.offices.of(case.office), now.astimezone(record.zone(case.office)).date()),
        others=others,
        sent=sent,
        since=since,
        notice=notice,
        revealed=revealed,
        before=before,
        after=after,
        whole=whole,
        paper=paper,
        screen_only=whole and not unprotected,
        lane_hidden=hidden,
        today=record.as_of or now.date(),
        records=offered(rounds, annex=person.may_review(case.office), sent=sent),
    )
    view = replace(view, beside=await beside(request, record, person, today_of(record, person), case_id))
    return page(request, "case/case.html", view, status)


def _who(case: CaseRecord) -> set[str]:
    """Everybody whom the page names."""
    acted = {subject for entry in (*case.history, *case.acts) for subject in people_in(entry)}
    decision = None if isinstance(case.state, Unreadable) else case.state.decision
    return acted | ({decision.by} if decision else set())
