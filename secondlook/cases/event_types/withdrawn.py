"""A decision taken back before it takes effect: ``secondlook.case.withdrawn.v1``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.cases.actors import Actor, may_withdraw, works_on
from secondlook.cases.content import act, actor_in, long_text, text_in, version_in
from secondlook.cases.event_type import EventType, Glossary, Life, Opened, Sender, Told, Urgency
from secondlook.cases.moves import Refuse, back_to_attorney
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import NOT_ALLOWED, STALE, Refusal
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState, Event, Judgement, Rule
from secondlook.cases.why import Why

NOTHING_TO_WITHDRAW: Final = Refusal(
    "nothing_to_withdraw",
    "There is no decision that could be withdrawn. Look at the history: it may have been withdrawn or returned "
    "already.",
)

TAKEN_BACK: Final = Why("withdrawn", words="{who} withdrew the decision. The case can be decided again.", text="reason")


@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """Who takes the decision back, and why."""

    actor: Actor
    case_version: int
    reason: str = ""


def _read(opened: Opened) -> Withdrawn:
    content = opened.content
    return Withdrawn(actor_in(content), version_in(content), text_in(content, "reason"))


def _withdraw(state: CaseState, event: Withdrawn, now: datetime, office: OfficeSettings) -> Judgement:
    anyone_may = state.stage == AWAITING_FACTS and works_on(event.actor, state)
    if not (anyone_may or may_withdraw(event.actor, state)):
        return Judgement(state, NOT_ALLOWED)
    if event.case_version != state.version:
        return Judgement(state, STALE)
    return back_to_attorney(state, now, office, TAKEN_BACK, asked=None)


def _tell(withdrawal: Withdrawn, who: str, _: Glossary) -> Told:
    texts = (("Reason", withdrawal.reason),)
    return Told(f"{who} withdrew the decision.", f"{who} tried to withdraw the decision.", texts)


WITHDRAW: Final[Rule[Withdrawn]] = _withdraw
"""For stages that a decision passes."""

WITHDRAWN: Final = EventType(
    name="secondlook.case.withdrawn.v1",
    short="withdrawn",
    summary="A decision that is taken back before it takes effect",
    sender=Sender.PERSON,
    urgency=Urgency.PERSON_WAITS,
    data=act({"reason": long_text}),
    read=_read,
    life=Life(
        "withdrawn",
        Withdrawn,
        rows={AWAITING_FACTS: _withdraw, HELD: _withdraw, SUPERVISOR_REVIEW: _withdraw},
        elsewhere=Refuse(NOTHING_TO_WITHDRAW),
    ),
    tell=_tell,
)
