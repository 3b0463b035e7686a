"""What a case's page shows, from its record and for one person. Built by ``show``; templates get ``CaseView`` alone.

Evidence before the lane, and the lane before the form. Which forms there are is decided here, to be kind; whether an
act counts is decided when it is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

from secondlook.cases.actors import decided, works_on
from secondlook.cases.event_type import Sender, event_type
from secondlook.cases.event_types.reviewed import REVIEWED, Reviewed
from secondlook.cases.identity import Identity, mask_a_number
from secondlook.cases.kept_facts import KeptFacts
from secondlook.cases.plain_text import is_blank
from secondlook.cases.readable import CannotRead
from secondlook.cases.stage import TimerKind, way
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState
from secondlook.cases.why import why_of
from secondlook.policy import RuleSet, Screening
from secondlook.records.reading import CaseRecord, HistoryEntry, Unreadable
from secondlook.web import words
from secondlook.web.asking.view import Asking, AskingView, asking_view
from secondlook.web.case import history
from secondlook.web.case.counted import age_on, days_to
from secondlook.web.case.evidence import Evidence
from secondlook.web.case.facts import FactLine, known, unknown, why_missing
from secondlook.web.case.same_person import OtherCase
from secondlook.web.case.screened import screened_in_words
from secondlook.web.case.since import Since, SinceInWords
from secondlook.web.case.since import in_words as in_words_since
from secondlook.web.decision_record.offered import Offered
from secondlook.web.documents.view import DocumentsView, documents_view
from secondlook.web.forms import NOTHING_SENT, SentForm
from secondlook.web.people import Person
from secondlook.web.queue.beside import Beside
from secondlook.web.reference import in_words
from secondlook.web.rescreen.view import RescreenView, rescreen_view
from secondlook.web.sessions import PostedForm
from secondlook.web.work.view import Work, WorkView, view_of_work

_HIDDEN: Final = ("csrf_token", "case_version")
UNREADABLE_FORM: Final = (
    "Part of this case cannot be shown here, so it is not decided here. Nothing of it is lost; the operators can mend "
    "it, or a newer release shows it."
)

PAPER: Final = "This is the page to print, without forms. Open the case itself to work on it."
ACTING: Final = (
    "What was sent last for this case is on record and has no outcome yet. Whatever is sent besides would contradict "
    "it, so the forms are here again when it has one."
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
    at: datetime | None
    texts: tuple[tuple[str, str], ...]
    """Reasons, rationale and findings, as the history tells them."""
    findings: Mapping[str, str]
    """What was found, by criterion."""


@dataclass(frozen=True, slots=True)
class Next:
    """Who moves the case next: ``words``, and where a time for withdrawing runs first, until when it does."""

    words: str
    until: datetime | None = None

    @property
    def left(self) -> str:
        """How long it is until then."""
        minutes = -(-(self.until - datetime.now(UTC)).total_seconds() // 60) if self.until else 0
        return f"{minutes:.0f} minutes left" if minutes > 1 else "less than a minute left" if minutes == 1 else "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView(Evidence):
    """The case's page. A form is shown where its ``…_form`` is not None; else ``no_form`` says why there is none."""

    case_id: str
    version: int
    name: str
    a_number: str
    revealed: bool
    office: str
    stage: str
    round: int | None
    next: Next
    escalated: bool
    late_facts: bool
    who: str
    """The respondent and the next hearing, in a line."""
    due: datetime | None
    """When the stage's time is over, while it is not."""
    stage_since: datetime | None
    identity: tuple[tuple[str, str], ...]
    others: tuple[OtherCase, ...]
    """Of the same person."""
    received_at: datetime
    decision: Decision | None
    came_back: CameBack | None
    since: SinceInWords | None
    newest: int
    """The number of the newest entry on record."""
    history: tuple[history.Line, ...]
    newest_shown: bool
    older: str | None
    """The address of the history's next page."""
    kept: SentForm | None
    """A form that came back and that the case no longer takes: its text, to copy."""
    unreadable: tuple[str, ...]
    being_processed: bool
    notice: str | None
    before: str | None
    """The case that they decided before this one."""
    sent: SentForm | None
    review_form: SentForm | None
    concurrence_form: SentForm | None
    withdrawal_form: SentForm | None
    late_facts_form: SentForm | None
    protected_form: SentForm | None
    no_form: str | None
    lane_hidden: bool
    """Until this person has said their own view."""
    may_reveal: bool
    may_correct: bool
    whole: bool
    screen_only: bool
    """Whether the page is kept off paper, as it may show what is protected."""
    """Whether what 8 USC 1367 protects is shown, and what would tell of it."""
    purposes: Mapping[str, str]
    actions: Mapping[str, str]
    answers: dict[str, str]
    checks: Mapping[str, str]
    late_answers: Mapping[str, str]
    finding_words: Mapping[str, str]
    work: WorkView
    records: Offered | None
    asking: AskingView
    documents: DocumentsView
    rescreen: RescreenView | None
    beside: Beside | None = None
    """The list that its reader came from."""

    @property
    def kept_texts(self) -> tuple[tuple[str, str], ...]:
        """The fields of ``kept`` in words, as they were sent."""
        fields = self.kept.fields.fields if self.kept else ()
        return tuple(_kept(name, value) for name, value in fields if value and name not in _HIDDEN)

    def reasons(self, form: SentForm) -> dict[str, str]:
        """The reasons to tick; codes that only the sent form knows are kept at the end."""
        return words.reasons() | {
            code: words.plain(code) for code in form.fields.all("reasons") if code not in words.reasons()
        }


def case_view(
    case: CaseRecord,
    rules: RuleSet | None,
    person: Person,
    work: Work,
    asking: Asking,
    *,
    others: tuple[OtherCase, ...] = (),
    sent: SentForm | None = None,
    since: Since | None = None,
    notice: str | None = None,
    revealed: bool = False,
    before: int | None = None,
    after: str | None = None,
    whole: bool,
    paper: bool = False,
    screen_only: bool = False,
    lane_hidden: bool = False,
    today: date,
    records: Offered | None = None,
) -> CaseView:
    """The page of one case for one person. ``sent`` is a form that comes back; ``revealed`` shows the A-number."""
    state = None if isinstance(case.state, Unreadable) else case.state
    identity = None if isinstance(case.identity, Unreadable) else case.identity
    facts = {} if isinstance(case.facts, Unreadable) else case.facts
    screening = None if isinstance(case.screening, Unreadable) else case.screening
    a_number = identity.a_number if identity else ""
    titles = {criterion.id: criterion.title for criterion in rules.criteria} if rules else {}
    unreadable = _unreadable(case)
    acting = any(_is_act(kind) for kind in case.waiting)
    open_forms = state and not acting and not paper
    forms = _forms(case, state, person, work, asking, whole=not unreadable) if state and open_forms else {}
    if not whole:
        forms["protected"] = SentForm("protected", NOTHING_SENT)
    work_view = view_of_work(work, case.office, person, state.version if state else 0, sent)
    here = {*forms, *work_view.forms, *(records.forms if records else ())}
    kept = sent if sent and sent.name not in here else None
    if sent and sent.name in forms:
        forms[sent.name] = sent
    screened = screened_in_words(screening, rules) if screening else None
    return CaseView(
        case_id=case.case_id,
        version=state.version if state else 0,
        name=name_of(identity) if identity else "Name cannot be shown",
        a_number=a_number if revealed else mask_a_number(a_number),
        revealed=revealed,
        office=case.office,
        stage=words.stage(case.stage),
        round=state.round if state else None,
        next=_next(state) if state else Next("not known here: a newer release knows"),
        escalated=state.escalated if state else False,
        late_facts=state.late_facts if state else False,
        who=_who(identity, facts, today) if identity else "",
        due=state.timers.get(TimerKind.OVERDUE) if state and not state.escalated else None,
        stage_since=_stage_since(case) if before is None else None,
        identity=identity_in_words(identity, today) if identity else (),
        others=others,
        received_at=case.received_at,
        facts=_with_age(known(facts), facts, screening),
        unknown=()
        if isinstance(case.facts, Unreadable)
        else unknown(facts, _questions(screening), words.FACTS if whole else words.UNPROTECTED_FACTS),
        missing={
            name: why_missing(name, facts) for group in (screened.open if screened else ()) for name in group.missing
        },
        screened=screened,
        decision=_decision(case, state, titles, work) if state else None,
        came_back=_came_back(state, case.acts, work) if state else None,
        since=in_words_since(since, titles, work.names) if since and (sent or not since.nothing) else None,
        newest=case.newest,
        history=history.lines(case.history, titles, work.names),
        newest_shown=before is None,
        older=_older(case),
        kept=kept,
        unreadable=unreadable,
        being_processed=acting,
        notice=notice,
        before=after,
        sent=sent,
        review_form=forms.get("review"),
        concurrence_form=forms.get("concurrence"),
        withdrawal_form=forms.get("withdrawal"),
        late_facts_form=forms.get("late-facts"),
        protected_form=forms.pop("protected", None),
        no_form=None
        if forms
        else PAPER
        if paper
        else _why_no_form(state, person, acting=acting, unreadable=bool(unreadable)),
        lane_hidden=lane_hidden,
        may_reveal=not revealed and identity is not None,
        whole=whole,
        screen_only=screen_only,
        purposes=words.PURPOSES,
        may_correct=bool(state and not state.final and works_on(person.actor, state)),
        actions=words.ACTIONS,
        answers=words.ANSWERS,
        checks=words.CHECKS,
        late_answers=words.LATE_ANSWERS,
        finding_words=words.FINDINGS,
        work=work_view,
        records=records,
        asking=asking_view(
            asking,
            state.asked if state else None,
            screened,
            forms["review"].fields if "review" in forms else None,
            whole=whole,
        ),
        documents=documents_view(identity.documents if identity else (), facts, whole=whole),
        rescreen=rescreen_view(state, screening, case.acts, person.actor, today) if state and screening else None,
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


def name_of(identity: Identity) -> str:
    """The respondent's name, family name first."""
    parts = (identity.family_name, identity.given_name)
    return ", ".join(part for part in parts if not is_blank(part)) or "Name not known"


def hearing_of(identity: Identity) -> str:
    """The next hearing in words."""
    hearing = identity.next_hearing
    if hearing is None:
        return "None set"
    kind = words.HEARINGS.get(hearing.type or "")
    return words.day(hearing.date) + (f", {kind}" if kind else "")


def custody_of(identity: Identity) -> str:
    """The custody in words."""
    return words.CUSTODY.get(identity.custody, "Not known")


def _kept(name: str, value: str) -> tuple[str, str]:
    if name.startswith("finding."):
        return f"Finding on {name.removeprefix('finding.')}", words.finding(value)
    known = {"action": words.ACTIONS, "reasons": words.reasons(), "answer": words.ANSWERS}.get(name, {})
    return words.plain(name), known.get(value, value)


def _older(case: CaseRecord) -> str | None:
    oldest = case.history[-1].seq if case.history else 1
    return f"/cases/{case.case_id}?before={oldest}#history" if oldest > 1 else None


def _forms(
    case: CaseRecord, state: CaseState, person: Person, work: Work, asking: Asking, *, whole: bool
) -> dict[str, SentForm]:
    """The forms of a page by name. Nobody decides what is not shown in ``whole``; taking back is always possible."""
    names = [
        name for name, may in state.at.forms.items() if may(person.actor, state) and (whole or name == "withdrawal")
    ]
    begun = PostedForm(
        work.draft.fields if work.draft else (*_earlier(case, state, person), *asking.begun(state.asked))
    )
    return {name: SentForm(name, begun if name == "review" else NOTHING_SENT) for name in names}


def _earlier(case: CaseRecord, state: CaseState, person: Person) -> tuple[tuple[str, str], ...]:
    """What this person's own review said that came back. A colleague starts from an empty form and judges alone."""
    last = next((act for act in case.acts if act.kind == REVIEWED.short), None)
    if state.came_back is None or last is None or last.actor != person.subject or isinstance(last.content, Unreadable):
        return ()
    try:
        review: Reviewed = REVIEWED.opened(last.event_id or "", last.content)
    except CannotRead:
        return ()
    if review.action == "need_facts":
        return ()
    fields = [("action", review.action), ("rationale", review.rationale)]
    fields += [("reasons", reason) for reason in review.reasons]
    fields += [(f"finding.{criterion}", how) for criterion, how in review.findings]
    return tuple(fields)


def _next(state: CaseState) -> Next:
    """The one sentence that says who is next, from the settings that the decision was taken under."""
    until = state.timers.get(TimerKind.WINDOW)
    if until is None or state.decision is None or state.settings is None:
        return Next(state.at.next_words)
    for stage in way()[way().index(state.at) + 1 :]:
        if stage.on_the_way and stage.on_the_way.wanted(state.decision, state.settings):
            return Next(stage.next_words, until)
    return Next("nobody: the decision takes effect", until)


def _is_act(name: str) -> bool:
    kind = event_type(name)
    return kind is not None and kind.sender is Sender.PERSON


def _why_no_form(state: CaseState | None, person: Person, *, acting: bool, unreadable: bool) -> str:
    if unreadable or state is None:
        return UNREADABLE_FORM
    if acting:
        return ACTING
    if not state.final and not person.may_review(state.office):
        return "You may read this case. Its office's attorneys and supervisors decide it."
    if state.stage == SUPERVISOR_REVIEW and decided(person.actor, state):
        return "You decided this case. A supervisor who did not decide it must answer."
    return state.at.no_form_words


def _decision(case: CaseRecord, state: CaseState, titles: Mapping[str, str], work: Work) -> Decision | None:
    """The decision in force with all that was said for it, however long ago."""
    if state.decision is None or state.final:
        return None
    action, event_id = state.decision.action, state.decision.event_id
    told = history.lines([act for act in case.acts if act.event_id == event_id], titles, {})
    return Decision(
        action=words.ACTIONS.get(action, words.plain(action)),
        by=work.name(state.decision.by),
        at=told[0].at if told else None,
        texts=told[0].texts if told else (),
        findings=_findings(case, event_id),
    )


def _findings(case: CaseRecord, event_id: str) -> Mapping[str, str]:
    """What the decision in force found on criteria, in words."""
    for act in case.acts:
        if act.event_id == event_id and not isinstance(act.content, Unreadable):
            with suppress(CannotRead):
                review: Reviewed = REVIEWED.opened(event_id, act.content)
                return {criterion: words.finding(how) for criterion, how in review.findings}
    return {}


def _came_back(state: CaseState, entries: tuple[HistoryEntry, ...], work: Work) -> CameBack | None:
    if state.stage != ATTORNEY_REVIEW or state.came_back is None:
        return None
    last = next((entry for entry in entries if entry.detail.get("why") == state.came_back), None)
    content = last.content if last and not isinstance(last.content, Unreadable) else {}
    who = work.name(last.actor) if last and last.actor else "Somebody"
    why = why_of(state.came_back)
    if why is None:
        return CameBack("The case is back for a reason that this release does not know. Look at its history.", "")
    return CameBack(why.words.format(who=who), _text(content, why.text) if why.text else "")


def _text(content: dict[str, object], name: str) -> str:
    return str(content.get(name, ""))


def _with_age(lines: tuple[FactLine, ...], facts: KeptFacts, screening: Screening | None) -> tuple[FactLine, ...]:
    """The date of birth with the age on the day of the screening."""
    born = facts["birth_date"].value if "birth_date" in facts else None
    age = age_on(born, screening.as_of) if screening and isinstance(born, str) else ""
    return tuple(
        replace(each, lines=(*each.lines, age)) if age and each.code == "birth_date" else each for each in lines
    )


def _stage_since(case: CaseRecord) -> datetime | None:
    """When the case came where it is, as far back as the page looks."""
    moves = (each.at for each in (*case.history, *case.acts) if "from" in each.detail)
    return max(moves, default=None)


def _who(identity: Identity, facts: KeptFacts, today: date) -> str:
    """Who it is and what is next at court, in a line."""
    born = facts["birth_date"].value if "birth_date" in facts else None
    age = age_on(born, today).partition(" on ")[0] if isinstance(born, str) else ""
    counsel = _yes_no(identity.represented, "represented", "not represented", "representation not known")
    custody = words.CUSTODY.get(identity.custody, "Custody not known").lower()
    about = ", ".join(each for each in (age, custody, counsel) if each)
    hearing = _hearing(identity, today)
    at_court = f"Next hearing: {hearing}." if hearing else "No hearing is set."
    return f"{about[0].upper()}{about[1:]}. {at_court}"


def _hearing(identity: Identity, today: date | None) -> str | None:
    """The next hearing, with how far away it is from a day; None where none is set."""
    if identity.next_hearing is None:
        return None
    away = days_to(identity.next_hearing.date, today) if today else ""
    return f"{hearing_of(identity)}, {away}" if away else hearing_of(identity)


def identity_in_words(identity: Identity, today: date | None) -> tuple[tuple[str, str], ...]:
    """The proceeding, with the days to its hearing counted from ``today``; without them where it is None."""
    filed = _yes_no(identity.nta_filed, "filed with the court", "not filed with the court", "filing not known")
    charges = ", ".join(in_words("charges", each) for each in identity.charges)
    represented = _yes_no(identity.represented, "Yes", "No (pro se)", "Not known")
    return (
        ("Notice to appear", f"{words.day(identity.nta_date)}, {filed}"),
        ("Charges", charges or "Not known"),
        ("Court", identity.base_city or "Not known"),
        ("Next hearing", _hearing(identity, today) or "None set"),
        ("Custody", custody_of(identity)),
        ("Represented", represented),
        ("Language", in_words("languages", identity.language or "Not known")),
        ("Case type", in_words("case_types", identity.case_type or "Not known")),
        *(("Sender's case number", number) for number in identity.shown_numbers),
        *((f"Number ({each.scheme})", each.value) for each in identity.shown_identifiers),
    )


def _yes_no(value: bool | None, yes: str, no: str, neither: str) -> str:
    return neither if value is None else yes if value else no
