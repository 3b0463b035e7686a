"""What facts do to a case, whichever event brings them: received, updated or corrected.

The bench merges and screens them first (``secondlook.records.judging``); the rules here read what came of it. Facts
move a case to an attorney or set a decision aside; they never decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.cases.actors import Actor, works_on
from secondlook.cases.event_type import Life
from secondlook.cases.moves import back_to_attorney, enter
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import ENDED, NOT_ALLOWED
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState, Event, Judgement
from secondlook.cases.why import Why

FACTS_ARRIVED: Final = Why(
    "facts_arrived", words="The facts that were asked for have come in, or others have. Review the case again."
)
LANE_CHANGED: Final = Why(
    "lane_changed",
    words="New facts changed the lane, so the decision was set aside. Review the case again.",
    aside="The decision was set aside, because the lane changed.",
)
OFFICE_CHANGED: Final = Why(
    "office_changed",
    words="The case moved to another office, so the decision was set aside. Review the case again.",
    aside="The decision was set aside, because the case moved to another office.",
)
CRITERIA_CHANGED: Final = Why(
    "criteria_changed",
    words="New facts changed which criteria are met, so the decision was set aside. Review the case again.",
    aside="The decision was set aside, because other criteria are met now.",
)


@dataclass(frozen=True, slots=True)
class FactsScreened(Event):
    """Facts came in, with the lane that all of them together now give.

    ``criteria_changed``: other criteria are met than before. ``nothing_new``: the merged facts are what they were.
    ``answered``: the places of what was asked for that they answer. ``by`` is the person who corrected them, if one
    did.
    """

    lane: str | None
    office: str
    ruleset: str | None
    criteria_changed: bool = False
    nothing_new: bool = False
    answered: tuple[int, ...] = ()
    by: Actor | None = None

    @property
    def learned(self) -> dict[str, object]:
        """What the state takes over from a screening."""
        return {"lane": self.lane, "office": self.office, "ruleset": self.ruleset}


def first_screening(state: CaseState, event: FactsScreened, now: datetime, office: OfficeSettings) -> Judgement:
    return Judgement(enter(state, ATTORNEY_REVIEW, now, office, **event.learned))


def screened_again(state: CaseState, event: FactsScreened, now: datetime, office: OfficeSettings) -> Judgement:  # noqa: ARG001
    """New facts while somebody looks: the deadline runs on, the version says that there is something new."""
    return Judgement(state.moved(**event.learned, version=state.version + 1))


def facts_arrived(state: CaseState, event: FactsScreened, now: datetime, office: OfficeSettings) -> Judgement:
    return back_to_attorney(state, now, office, FACTS_ARRIVED, **event.learned)


def facts_after_decision(state: CaseState, event: FactsScreened, now: datetime, office: OfficeSettings) -> Judgement:
    """A decision stands on what the attorney saw: another lane, office or set of met criteria sets it aside."""
    for why, changed in (
        (LANE_CHANGED, event.lane != state.lane),
        (OFFICE_CHANGED, event.office != state.office),
        (CRITERIA_CHANGED, event.criteria_changed),
    ):
        if changed:
            return back_to_attorney(state, now, office, why, **event.learned)
    return screened_again(state, event, now, office)


def late_facts(state: CaseState, event: FactsScreened, now: datetime, office: OfficeSettings) -> Judgement:  # noqa: ARG001
    return Judgement(state.moved(late_facts=True), ENDED)


class _FactsLife(Life[FactsScreened]):
    """Before the table: who may correct a fact, and facts that change nothing."""

    def judge(self, state: CaseState, event: FactsScreened, now: datetime, office: OfficeSettings) -> Judgement:
        if event.by is not None and not works_on(event.by, state):
            return Judgement(state, NOT_ALLOWED)
        asked = state.asked
        if asked is not None and event.answered:
            left = tuple(place for place in asked.open if place not in event.answered)
            state = state.moved(asked=asked.model_copy(update={"open": left}))
        # Where no list was made, any facts are the answer.
        answered = state.stage == AWAITING_FACTS and (asked is None or event.answered)
        if event.nothing_new and not answered and not state.final:
            return Judgement(state)
        return self.rule_at(state.at)(state, event, now, office)


FACTS = _FactsLife(
    "facts",
    FactsScreened,
    rows={
        SCREENING: first_screening,
        AWAITING_FACTS: facts_arrived,
        HELD: facts_after_decision,
        SUPERVISOR_REVIEW: facts_after_decision,
    },
    elsewhere=screened_again,
    ended=late_facts,
)
