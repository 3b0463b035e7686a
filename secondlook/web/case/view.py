"""What a case's page shows, from its record and for one person. Built by ``show``; templates get ``CaseView`` alone.

Evidence before the lane, and the lane before the form. Which forms there are is decided here, to be kind; whether an
act counts is decided when it is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.cases.actors import decided
from secondlook.cases.event_type import Sender, event_type
from secondlook.cases.identity import mask_a_number
from secondlook.cases.plain_text import is_blank
from secondlook.cases.stage import TimerKind
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState
from secondlook.cases.why import why_of
from secondlook.policy import RuleSet, Screening
from secondlook.records.reading import CaseRecord, HistoryEntry, Unreadable
from secondlook.web import words
from secondlook.web.case import history
from secondlook.web.case.facts import FactLine, UnknownFact, known, unknown
from secondlook.web.case.screened import Screened, screened_in_words
from secondlook.web.forms import NOTHING_SENT, SentForm
from secondlook.web.people import Person

_UNREADABLE_FORM: Final = (
    "Part of this case cannot be shown here, so it is not decided here. Nothing of it is lost; the operators can mend "
    "it, or a newer release shows it."
)


@dataclass(frozen=True, slots=True)
class CameBack:
    """Why the case is with the attorney again, and what was said."""

    sentence: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision that is in force and not yet final."""

    action: str
    by: str
    held_until: datetime | None
    needs_concurrence: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """The case's page. A form is shown where its ``…_form`` is not None; else ``no_form`` says why there is none."""

    case_id: str
    version: int
    name: str
    a_number: str
    revealed: bool
    office: str
    stage: str
    round: int | None
    next_actor: str
    escalated: bool
    late_facts: bool
    identity: tuple[tuple[str, str], ...]
    received_at: datetime
    facts: tuple[FactLine, ...]
    unknown: tuple[UnknownFact, ...]
    screened: Screened | None
    decision: Decision | None
    came_back: CameBack | None
    history: tuple[history.Line, ...]
    unreadable: tuple[str, ...]
    being_processed: bool
    notice: str | None
    sent: SentForm | None
    review_form: SentForm | None
    concurrence_form: SentForm | None
    withdrawal_form: SentForm | None
    no_form: str | None
    may_reveal: bool
    actions: Mapping[str, str]
    answers: dict[str, str]
    finding_words: Mapping[str, str]

    def reasons(self, form: SentForm) -> dict[str, str]:
        """The reasons to tick; codes that only the sent form knows are kept at the end."""
        return words.reasons() | {
            code: words.plain(code) for code in form.fields.all("reasons") if code not in words.reasons()
        }


def case_view(
    case: CaseRecord,
    rules: RuleSet | None,
    person: Person,
    *,
    sent: SentForm | None = None,
    notice: str | None = None,
    revealed: bool = False,
) -> CaseView:
    """The page of one case for one person. ``sent`` is a form that comes back; ``revealed`` shows the A-number."""
    state = None if isinstance(case.state, Unreadable) else case.state
    identity = {} if isinstance(case.identity, Unreadable) else case.identity
    facts = {} if isinstance(case.facts, Unreadable) else case.facts
    screening = None if isinstance(case.screening, Unreadable) else case.screening
    a_number = str(identity.get("a_number", ""))
    titles = {criterion.id: criterion.title for criterion in rules.criteria} if rules else {}
    unreadable = _unreadable(case)
    forms = _forms(state, person, sent, whole=not unreadable) if state else _sent_back(sent)
    acting = [kind for kind in case.waiting if _is_act(kind)]
    return CaseView(
        case_id=case.case_id,
        version=state.version if state else 0,
        name=name_of(identity) if identity else "Name cannot be shown",
        a_number=a_number if revealed else mask_a_number(a_number),
        revealed=revealed,
        office=case.office,
        stage=words.stage(case.stage),
        round=state.round if state else None,
        next_actor=state.at.next_words if state else "not known here: a newer release knows",
        escalated=state.escalated if state else False,
        late_facts=state.late_facts if state else False,
        identity=_identity(identity) if identity else (),
        received_at=case.received_at,
        facts=known(facts),
        unknown=() if isinstance(case.facts, Unreadable) else unknown(facts, _questions(screening)),
        screened=screened_in_words(screening, rules) if screening else None,
        decision=_decision(state) if state else None,
        came_back=_came_back(state, case.history) if state else None,
        history=history.lines(case.history, titles),
        unreadable=unreadable,
        being_processed=bool(acting),
        notice=notice,
        sent=sent,
        review_form=forms.get("review"),
        concurrence_form=forms.get("concurrence"),
        withdrawal_form=forms.get("withdrawal"),
        no_form=None if forms else _UNREADABLE_FORM if unreadable or not state else _why_no_form(state, person),
        may_reveal=not revealed and bool(identity),
        actions=words.ACTIONS,
        answers=words.ANSWERS,
        finding_words=words.FINDINGS,
    )


def _unreadable(case: CaseRecord) -> tuple[str, ...]:
    parts = {
        "The respondent and the proceeding": case.identity,
        "The facts": case.facts,
        "The screening": case.screening,
        "Where the case stands": case.state,
    }
    return tuple(
        f"{part} cannot be shown: {words.UNREADABLE[read]}."
        for part, read in parts.items()
        if isinstance(read, Unreadable)
    )


def _questions(screening: Screening | None) -> frozenset[str]:
    return frozenset(screening.open_questions) if screening else frozenset()


def name_of(identity: dict[str, object]) -> str:
    """The respondent's name, family name first."""
    respondent = identity.get("respondent")
    if not isinstance(respondent, dict):
        return "Name not known"
    given = [str(respondent.get(part, "")) for part in ("family_name", "given_name")]
    return ", ".join(part for part in given if not is_blank(part)) or "Name not known"


def hearing_of(identity: dict[str, object]) -> str:
    """The next hearing in words."""
    court = identity.get("court")
    hearing = court.get("next_hearing") if isinstance(court, dict) else None
    if not isinstance(hearing, dict):
        return "None set"
    kind = words.HEARINGS.get(str(hearing.get("type")))
    return words.day(str(hearing["date"])) + (f", {kind}" if kind else "")


def custody_of(identity: dict[str, object]) -> str:
    """The custody in words."""
    return words.CUSTODY.get(str(identity.get("custody")), "Not known")


def _sent_back(sent: SentForm | None) -> dict[str, SentForm]:
    """A form that comes back is shown whatever the case is like: its text must not be lost."""
    return {sent.name: sent} if sent else {}


def _forms(state: CaseState, person: Person, sent: SentForm | None, *, whole: bool) -> dict[str, SentForm]:
    """The forms of a page by name. Nobody decides what is not shown in ``whole``; taking back is always possible."""
    names = [
        name for name, may in state.at.forms.items() if may(person.actor, state) and (whole or name == "withdrawal")
    ]
    return {name: SentForm(name, NOTHING_SENT) for name in names} | _sent_back(sent)


def _is_act(name: str) -> bool:
    kind = event_type(name)
    return kind is not None and kind.sender is Sender.PERSON


def _why_no_form(state: CaseState, person: Person) -> str:
    if not state.final and not person.may_review(state.office):
        return "You may read this case. Its office's attorneys and supervisors decide it."
    if state.stage == SUPERVISOR_REVIEW and decided(person.actor, state):
        return "You decided this case. A supervisor who did not decide it must answer."
    return state.at.no_form_words


def _decision(state: CaseState) -> Decision | None:
    if state.decision is None or state.final:
        return None
    action = state.decision.action
    return Decision(
        action=words.ACTIONS.get(action, words.plain(action)),
        by=state.decision.by,
        held_until=state.timers.get(TimerKind.WINDOW) if state.stage == HELD else None,
        needs_concurrence=state.settings is not None and action in state.settings.concurrence,
    )


def _came_back(state: CaseState, entries: tuple[HistoryEntry, ...]) -> CameBack | None:
    if state.stage != ATTORNEY_REVIEW or state.came_back is None:
        return None
    last = next((entry for entry in entries if entry.detail.get("why") == state.came_back), None)
    content = last.content if last and not isinstance(last.content, Unreadable) else {}
    who = (last.actor if last else None) or "Somebody"
    why = why_of(state.came_back)
    if why is None:
        return CameBack("The case is back for a reason that this release does not know. Look at its history.", "")
    return CameBack(why.words.format(who=who), _text(content, why.text) if why.text else "")


def _text(content: dict[str, object], name: str) -> str:
    return str(content.get(name, ""))


def _identity(identity: dict[str, object]) -> tuple[tuple[str, str], ...]:
    nta, court = identity.get("nta"), identity.get("court")
    nta = nta if isinstance(nta, dict) else {}
    court = court if isinstance(court, dict) else {}
    filed = _yes_no(nta.get("filed"), "filed with the court", "not filed with the court", "filing not known")
    charges = nta.get("charges")
    represented = _yes_no(identity.get("represented"), "Yes", "No (pro se)", "Not known")
    return (
        ("Notice to appear", f"{words.day(str(nta.get('date', '')))}, {filed}"),
        ("Charges", ", ".join(charges) if isinstance(charges, list) and charges else "Not known"),
        ("Court", str(court.get("base_city", "Not known"))),
        ("Next hearing", hearing_of(identity)),
        ("Custody", custody_of(identity)),
        ("Represented", represented),
        ("Language code", str(identity.get("language", "Not known"))),
        ("Case type code", str(identity.get("case_type", "Not known"))),
    )


def _yes_no(value: object, yes: str, no: str, neither: str) -> str:
    return yes if value is True else no if value is False else neither
