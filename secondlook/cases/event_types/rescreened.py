"""A case screened again as of today, which has waited since its facts came in: ``secondlook.case.rescreened.v1``.

Time alone can change what criteria say (an age, years in the country). A person asks for it; no clock does. It never
sets a decision aside: who wants to change one withdraws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.cases.actors import Actor, works_on
from secondlook.cases.content import act, actor_in, version_in
from secondlook.cases.event_type import EventType, Glossary, Life, Opened, Sender, Told, Urgency
from secondlook.cases.event_types.reviewed import ALREADY_DECIDED, NOT_IN_REVIEW
from secondlook.cases.facts_life import FactsScreened, screened_again
from secondlook.cases.moves import Refuse
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import NOT_ALLOWED
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.state import CaseState, Event, Judgement


@dataclass(frozen=True, slots=True)
class Rescreened(Event):
    """Who asked, and on which version. ``screened`` is what the facts as they stand screen to today; the bench fills it
    in before it is judged.
    """

    actor: Actor
    case_version: int
    screened: FactsScreened | None = None


def _read(opened: Opened) -> Rescreened:
    return Rescreened(actor_in(opened.content), version_in(opened.content))


def _screen_again(state: CaseState, event: Rescreened, now: datetime, office: OfficeSettings) -> Judgement:
    """The version guards decisions, so a page that is not the newest is no reason to refuse this."""
    if not works_on(event.actor, state):
        return Judgement(state, NOT_ALLOWED)
    if event.screened is None:
        raise CannotRead("not_screened")
    return Judgement(state) if event.screened.nothing_new else screened_again(state, event.screened, now, office)


def _tell(_: Rescreened, who: str, __: Glossary) -> Told:
    return Told(f"{who} had the case screened as of that day.", f"{who} tried to have the case screened again.")


RESCREENING: Final = Life(
    "rescreened",
    Rescreened,
    rows={SCREENING: Refuse(NOT_IN_REVIEW), ATTORNEY_REVIEW: _screen_again, AWAITING_FACTS: _screen_again},
    elsewhere=Refuse(ALREADY_DECIDED),
)

RESCREENED: Final = EventType(
    name="secondlook.case.rescreened.v1",
    short="rescreened",
    summary="A case that has waited, screened again as of today because an attorney of the office asked for it",
    sender=Sender.PERSON,
    urgency=Urgency.PERSON_WAITS,
    data=act({}),
    read=_read,
    life=RESCREENING,
    tell=_tell,
    level=3,
)
