"""A supervisor's answer to a decision: ``secondlook.case.concurred.v1``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from secondlook.cases.actors import Actor, decided, supervises
from secondlook.cases.content import act, actor_in, long_text, maybe_text, one_of_in, text_in, version_in, words
from secondlook.cases.event_type import EventType, Glossary, Life, Opened, Sender, Told, Urgency
from secondlook.cases.fields import FieldProblem, described, list_of, one_of
from secondlook.cases.moves import Refuse, back_to_attorney, onward
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import NOT_ALLOWED, STALE, Refusal
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState, Event, Judgement
from secondlook.cases.why import Why

Answer = Literal["concur", "return"]
_ANSWERS: tuple[Answer, ...] = ("concur", "return")
CHECKED: Final = ("facts", "criteria", "rationale", "findings")
"""What a supervisor can say to have checked."""

NOTHING_TO_CONCUR: Final = Refusal(
    "nothing_to_concur",
    "The case is not with the supervisor. Look at the history: the decision may have been withdrawn, or another "
    "supervisor has answered.",
)
RETURNED: Final = Why(
    "returned", words="{who} returned the decision. Read the note, then review the case again.", text="note"
)
SAME_PERSON: Final = Refusal(
    "same_person", "You decided this case, so another supervisor must answer. Leave it to a colleague."
)


@dataclass(frozen=True, slots=True)
class Concurred(Event):
    """A supervisor's answer with its note, and what was checked."""

    answer: Answer
    actor: Actor
    case_version: int
    note: str = ""
    checked: tuple[str, ...] = ()


_OPTIONAL = {"checked": list_of(one_of(*CHECKED), most=len(CHECKED))}
_CONCURRED = act({"answer": one_of(*_ANSWERS), "note": maybe_text}, optional=_OPTIONAL)
_RETURNED = act({"answer": one_of(*_ANSWERS), "note": long_text}, optional=_OPTIONAL)


@described(_CONCURRED.schema)
def _data(value: object, place: str, problems: list[FieldProblem]) -> None:
    """Who returns a case says why."""
    returned = isinstance(value, dict) and value.get("answer") == "return"
    (_RETURNED if returned else _CONCURRED).find(value, place, problems)


def _read(opened: Opened) -> Concurred:
    content = opened.content
    return Concurred(
        answer=one_of_in(content, "answer", _ANSWERS),
        actor=actor_in(content),
        case_version=version_in(content),
        note=text_in(content, "note"),
        checked=words(content.get("checked", ())),
    )


def _concur(state: CaseState, event: Concurred, now: datetime, office: OfficeSettings) -> Judgement:
    if state.decision is None:
        raise CannotRead("no_decision")
    if not supervises(event.actor, state):
        return Judgement(state, NOT_ALLOWED)
    if decided(event.actor, state):
        return Judgement(state, SAME_PERSON)
    if event.case_version != state.version:
        return Judgement(state, STALE)
    if event.answer == "return":
        return back_to_attorney(state, now, office, RETURNED)
    return Judgement(onward(state, state.decision, now, office, concurred_by=event.actor.subject))


def _tell(answer: Concurred, who: str, _: Glossary) -> Told:
    returned = answer.answer == "return"
    did = "returned the case to the attorney" if returned else "concurred"
    tried = "return the case to the attorney" if returned else "concur"
    texts = [("Checked", ", ".join(answer.checked))] if answer.checked else []
    texts += [("Note", answer.note)] if answer.note.strip() else []
    return Told(f"{who} {did}.", f"{who} tried to {tried}.", tuple(texts))


CONCURRED: Final = EventType(
    name="secondlook.case.concurred.v1",
    short="concurred",
    summary="A supervisor's answer to a decision: concurs, or returns it with a note",
    sender=Sender.PERSON,
    urgency=Urgency.PERSON_WAITS,
    data=_data,
    read=_read,
    life=Life("concurred", Concurred, rows={SUPERVISOR_REVIEW: _concur}, elsewhere=Refuse(NOTHING_TO_CONCUR)),
    tell=_tell,
)
