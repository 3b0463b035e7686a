"""The lane stays hidden in a share of cases until an attorney has said their own view. Called by whatever shows a case
to decide it, and by the review's routes, which keep that view.

It measures how often people and the lane agree when people have not seen it first. What is hidden is taken away from
the record itself, as what is protected is, so no part of the page can tell.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from secondlook.cases.actors import works_on
from secondlook.policy import Screening
from secondlook.records.reading import CaseRecord, HistoryEntry, Unreadable
from secondlook.records.work import first_views
from secondlook.records.work.locked import WORKED_ON
from secondlook.web.people import Person
from secondlook.web.record import Record


async def hides_lane(record: Record, person: Person, case: CaseRecord) -> bool:
    """Whether this person has not said yet what they would do, and the case is one of the share."""
    state = case.state
    if isinstance(state, Unreadable) or state.stage not in WORKED_ON or not works_on(person.actor, state):
        return False
    share = record.offices.of(case.office).lane_hidden_percent / 100
    if not first_views.is_hidden(record.vault, case.case_id, state.round, share):
        return False
    said = await record.read(
        lambda connection: first_views.view_of(connection, case.case_id, state.round, person.subject)
    )
    return said is None


async def keep_first_view(record: Record, person: Person, case: CaseRecord, action: str) -> None:
    """What they would do, before they have seen the lane; where it was not hidden from them nothing is kept."""
    state, now = case.state, datetime.now(UTC)
    if isinstance(state, Unreadable) or not await hides_lane(record, person, case):
        return
    await record.database.write(
        lambda connection: first_views.save(connection, case.case_id, state.round, person.subject, action, now)
    )


def without_lane(case: CaseRecord) -> CaseRecord:
    """The case without its lane and what would tell of it."""
    screening = case.screening
    if isinstance(screening, Screening):
        screening = replace(screening, possible_lanes=(), open_questions=())
    return replace(
        case,
        screening=screening,
        history=tuple(map(_entry, case.history)),
        acts=tuple(map(_entry, case.acts)),
    )


def _entry(entry: HistoryEntry) -> HistoryEntry:
    return replace(entry, detail={name: value for name, value in entry.detail.items() if name != "lane"})
