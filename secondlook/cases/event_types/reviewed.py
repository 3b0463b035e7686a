"""An attorney's review: ``secondlook.case.reviewed.v1``. The one event that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from secondlook.cases.actors import Actor, works_on
from secondlook.cases.asking import FactWanted, deadlines
from secondlook.cases.content import (
    ACTIONS,
    Action,
    act,
    actor_in,
    long_text,
    mapping,
    one_of_in,
    text_in,
    version_in,
    words,
)
from secondlook.cases.event_type import EventType, Glossary, Life, Opened, Sender, Told, Urgency
from secondlook.cases.fact_table import FACTS
from secondlook.cases.fields import FieldProblem, described, full_date, list_of, matching, one_of, record, text
from secondlook.cases.moves import Refuse, enter, onward
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import NOT_ALLOWED, STALE, Refusal
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.state import Asked, CaseState, Decision, Event, Judgement

NOT_IN_REVIEW: Final = Refusal(
    "not_in_review",
    "The case is not in attorney review yet. Wait until its screening is there, then send the form again.",
)
ALREADY_DECIDED: Final = Refusal(
    "already_decided",
    "Somebody has decided this case already. Look at the decision in the history. To change it, the deciding "
    "attorney or a supervisor withdraws it first.",
)


@dataclass(frozen=True, slots=True)
class Reviewed(Event):
    """What an attorney decided, and why. ``shown`` are the codes of what the confirm page showed."""

    event_id: str
    action: Action
    actor: Actor
    case_version: int
    reasons: tuple[str, ...] = ()
    rationale: str = ""
    findings: tuple[tuple[str, str], ...] = ()
    wanted: tuple[FactWanted, ...] = ()
    shown: tuple[str, ...] = ()


_MOST_FINDINGS = 100
_criterion_id = matching("[A-Z]+-[0-9]{2}[a-z]?", "a criterion's id")
_finding = one_of("true", "false", "cannot_tell")


@described({"type": "object", "additionalProperties": _finding.schema, "maxProperties": _MOST_FINDINGS})
def _findings(value: object, place: str, problems: list[FieldProblem]) -> None:
    if not isinstance(value, dict) or len(value) > _MOST_FINDINGS:
        problems.append(FieldProblem(place, f"must be an object of at most {_MOST_FINDINGS} findings"))
        return
    for number, (criterion, finding) in enumerate(value.items(), 1):
        _criterion_id(criterion, f"{place} (key number {number})", problems)
        _finding(finding, f"{place} (value number {number})", problems)


_WANTED = record({"fact": one_of(*FACTS), "from": text(200), "due": full_date}, required=("fact", "from", "due"))
_DATA = act(
    {
        "action": one_of(*ACTIONS),
        "reasons": list_of(
            matching("[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", "a reason code of at most 40 characters"), least=1, most=20
        ),
        "rationale": long_text,
        "findings": _findings,
    },
    optional={
        "ask": list_of(_WANTED, most=50),
        "shown": list_of(matching("[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}", "a code of at most 80 characters"), most=200),
    },
)


def _read(opened: Opened) -> Reviewed:
    content = opened.content
    findings = mapping(content.get("findings") or {})
    return Reviewed(
        event_id=opened.event_id,
        action=one_of_in(content, "action", ACTIONS),
        actor=actor_in(content),
        case_version=version_in(content),
        reasons=words(content.get("reasons", ())),
        rationale=text_in(content, "rationale"),
        findings=tuple((criterion, str(finding)) for criterion, finding in findings.items()),
        wanted=tuple(_wanted(each) for each in _list(content.get("ask", ()))),
        shown=words(content.get("shown", ())),
    )


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError
    return value


def _wanted(value: object) -> FactWanted:
    given = mapping(value)
    return FactWanted(str(given["fact"]), str(given["from"]), date.fromisoformat(str(given["due"])))


def _review(state: CaseState, event: Reviewed, now: datetime, office: OfficeSettings) -> Judgement:
    if not works_on(event.actor, state):
        return Judgement(state, NOT_ALLOWED)
    if event.case_version != state.version:
        return Judgement(state, STALE)
    decision = Decision(action=event.action, by=event.actor.subject, event_id=event.event_id)
    if event.action != "need_facts":
        return Judgement(onward(state, decision, now, office, asked=None))
    asked = Asked(event_id=event.event_id, open=tuple(range(len(event.wanted)))) if event.wanted else None
    waits = enter(state, AWAITING_FACTS, now, office, decision=decision, asked=asked)
    return Judgement(waits.moved(timers=deadlines(waits.timers, event.wanted, now, ZoneInfo(office.zone))))


ACTION_WORDS: Final[Mapping[str, str]] = {
    "close": "Administratively close",
    "dismiss": "Dismiss",
    "continue": "Continue proceedings",
    "need_facts": "Ask for facts",
}
FINDING_WORDS: Final[Mapping[str, str]] = {"true": "Met", "false": "Not met", "cannot_tell": "Cannot tell"}


def pointed_out(code: str, glossary: Glossary) -> str:
    """What the confirm page showed, in words."""
    match code.split(":"):
        case ["opposed", criterion]:
            return f"{criterion} is met"
        case ["finding", criterion, how]:
            return f"finding on {criterion}: {'none' if how == 'blank' else FINDING_WORDS.get(how, how).lower()}"
        case ["open", fact]:
            return f"not known: {glossary.fact(fact)}"
        case ["rationale", "short"]:
            return "a short rationale"
    return code


def _tell(review: Reviewed, who: str, glossary: Glossary) -> Told:
    texts = [("Action", ACTION_WORDS[review.action])]
    if review.reasons:
        texts.append(("Reasons", ", ".join(map(glossary.reason, review.reasons))))
    texts.append(("Rationale", review.rationale))
    texts += [(f"{one} {glossary.criterion(one)}".strip(), FINDING_WORDS.get(how, how)) for one, how in review.findings]
    texts += [
        (f"Asked for: {glossary.fact(each.fact)}", f"{each.of}, due {glossary.day(each.due)}") for each in review.wanted
    ]
    if review.shown:
        texts.append(("Pointed out before", "; ".join(pointed_out(code, glossary) for code in review.shown)))
    return Told(f"{who} reviewed the case.", f"{who} tried to review the case.", tuple(texts))


REVIEWED: Final = EventType(
    name="secondlook.case.reviewed.v1",
    short="reviewed",
    summary="An attorney's decision with its reasons, rationale and findings, or a request for facts",
    sender=Sender.PERSON,
    urgency=Urgency.PERSON_WAITS,
    data=_DATA,
    read=_read,
    life=Life(
        "reviewed",
        Reviewed,
        rows={SCREENING: Refuse(NOT_IN_REVIEW), ATTORNEY_REVIEW: _review, AWAITING_FACTS: _review},
        elsewhere=Refuse(ALREADY_DECIDED),
    ),
    tell=_tell,
)
