"""A supervisor's answer to facts that came after the end: ``secondlook.case.late-facts-answered.v1``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from secondlook.cases.actors import Actor, supervises
from secondlook.cases.content import act, actor_in, long_text, one_of_in, text_in, version_in
from secondlook.cases.event_type import EventType, Glossary, Life, Opened, Sender, Told, Urgency
from secondlook.cases.facts_life import FactsScreened
from secondlook.cases.fields import one_of
from secondlook.cases.moves import Refuse, enter
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import NOT_ALLOWED, STALE, Refusal
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.state import CaseState, Event, Judgement
from secondlook.cases.why import Why

Answer = Literal["no_change", "reopen"]
_ANSWERS: tuple[Answer, ...] = ("no_change", "reopen")

NOT_ENDED: Final = Refusal(
    "not_ended", "The case has not ended, or is under review again, so there are no late facts to answer."
)

REOPENED: Final = Why(
    "reopened", words="{who} reopened the case for facts that came late. Review it again.", text="note"
)


@dataclass(frozen=True, slots=True)
class LateFactsAnswered(Event):
    """``reopened`` is what all facts, the late ones too, now screen to; ``merged_to`` the place up to which they were
    merged. The bench fills both in before a reopening is judged."""

    answer: Answer
    actor: Actor
    case_version: int
    note: str = ""
    reopened: FactsScreened | None = None
    merged_to: int | None = None


def _read(opened: Opened) -> LateFactsAnswered:
    content = opened.content
    return LateFactsAnswered(
        one_of_in(content, "answer", _ANSWERS), actor_in(content), version_in(content), text_in(content, "note")
    )


def _answer(state: CaseState, event: LateFactsAnswered, now: datetime, office: OfficeSettings) -> Judgement:
    if not supervises(event.actor, state):
        return Judgement(state, NOT_ALLOWED)
    if event.case_version != state.version:
        return Judgement(state, STALE)
    if event.answer == "no_change":
        return Judgement(state.moved(late_facts=False))
    if event.reopened is None:
        raise CannotRead("not_screened")
    fresh = {"round": state.round + 1, "decision": None, "concurred_by": None, "late_facts": False}
    why = {"came_back": str(REOPENED), "merged_to": event.merged_to}
    return Judgement(enter(state, ATTORNEY_REVIEW, now, office, **{**event.reopened.learned, **fresh, **why}))


def _tell(answer: LateFactsAnswered, who: str, _: Glossary) -> Told:
    if answer.answer == "reopen":
        did, tried = "reopened the case for the facts that came late", "reopen the case"
    else:
        did, tried = "looked at the facts that came late: no change", "answer the facts that came late"
    return Told(f"{who} {did}.", f"{who} tried to {tried}.", (("Note", answer.note),))


LATE_FACTS_ANSWERED: Final = EventType(
    name="secondlook.case.late-facts-answered.v1",
    short="late-facts-answered",
    summary="A supervisor's answer to facts that came after the end: no change, or a new round of review",
    sender=Sender.PERSON,
    urgency=Urgency.PERSON_WAITS,
    data=act({"answer": one_of(*_ANSWERS), "note": long_text}),
    read=_read,
    life=Life("late-facts-answered", LateFactsAnswered, rows={}, elsewhere=Refuse(NOT_ENDED), ended=_answer),
    tell=_tell,
    level=2,
)
