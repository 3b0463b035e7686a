"""The judging transaction: a case's next events and due timers, through screening and the lifecycle, onto the record.

Called by the activities ``screen`` and ``apply`` and by nothing else. Each call locks the case, judges what is next in
order, and writes outcome, case, audit entry and screening together; called again after a lost answer it finds the
outcomes and answers the same head. What cannot be read or judged is no outcome: what was judged before it is written,
and the call that meets it first raises CannotRead and writes nothing. It never decides: what moves a case past attorney
review is an event that a person sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from secondlook.cases import asking, lifecycle
from secondlook.cases.content import actor_in
from secondlook.cases.event_type import EventType, Sender, event_type
from secondlook.cases.event_types.late_facts_answered import LateFactsAnswered
from secondlook.cases.event_types.rescreened import RESCREENED, RESCREENING, Rescreened
from secondlook.cases.event_types.timers import TIMERS, TimerDue
from secondlook.cases.facts_life import FactsScreened
from secondlook.cases.facts_told import FactsTold
from secondlook.cases.merging import Merged, merge, same_facts
from secondlook.cases.moves import Refuse
from secondlook.cases.offices import Offices
from secondlook.cases.readable import CannotRead
from secondlook.cases.stage import TimerKind
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.state import CaseState, Decision, Event, Judgement, timer_id
from secondlook.head import Head, Judged, SourceAsk, Step
from secondlook.policy import RuleSet, Screening, screen
from secondlook.records import after, audit, case_row, failing, requests, source_asks, told
from secondlook.records.case_row import LockedCase, opened
from secondlook.records.encryption import Vault
from secondlook.records.rings import LONGEST_LEASE
from secondlook.records.schema import dispositions, inbox, screenings
from secondlook.records.source_asks import Ask
from secondlook.records.store import epoch as current_epoch
from secondlook.records.work import ending, second_reads
from secondlook.sources.configured import Source

AnyRow = Row[*tuple[Any, ...]]

AT_ONCE = 25
"""Events and timers that one call judges at most."""

# Statements are built once: building one with a dozen columns costs more than running it.
_PENDING = (
    select(
        inbox.c.seq,
        inbox.c.event_id,
        inbox.c.sender_key,
        inbox.c.type,
        inbox.c.content,
        inbox.c.digest,
        inbox.c.root,
        inbox.c.received_at,
    )
    .where(inbox.c.case_id == bindparam("case"), inbox.c.state == "pending")
    .order_by(inbox.c.seq)
    .limit(AT_ONCE + 1)
)
_SCREENED = (
    select(screenings.c.version, screenings.c.result)
    .where(screenings.c.case_id == bindparam("case"))
    .order_by(screenings.c.version.desc())
    .limit(1)
)
_OUTCOME = update(inbox).where(inbox.c.seq == bindparam("judged_seq"))
_TIMER = insert(inbox)
_SCREENING = insert(screenings)
_DISPOSITION = insert(dispositions)


class Bench:
    """Judges cases: the pure rules, with the record around them.

    ``as_of`` fixes the date that screenings are made for (a historical docket); without it a screening is as of the day
    on which its newest facts were received. ``sources`` are asked before a case's first screening.
    """

    def __init__(
        self,
        vault: Vault,
        offices: Offices,
        ruleset_for: Callable[[date], RuleSet],
        as_of: date | None = None,
        sources: Sequence[Source] = (),
    ) -> None:
        self.vault, self.offices, self.rules_for, self._as_of = vault, offices, ruleset_for, as_of
        self._sources = sources

    def screen(self, connection: Connection, case_id: str, epoch: int, now: datetime, at_once: int = AT_ONCE) -> Head:
        """Judge the facts events that are next in order; answers the head. Raises CannotRead."""
        return self._judge(connection, case_id, epoch, now, at_once, facts=True)

    def apply(self, connection: Connection, case_id: str, epoch: int, now: datetime, at_once: int = AT_ONCE) -> Head:
        """Judge people's events and due timers that are next in order; answers the head. Raises CannotRead."""
        return self._judge(connection, case_id, epoch, now, at_once, facts=False)

    def source_unavailable(
        self, connection: Connection, case_id: str, epoch: int, source: str, number: int, now: datetime
    ) -> None:
        """Note that an outside source stayed silent; one that is not configured any more is asked no more anyway."""
        for each in self._sources:
            if each.name == source:
                source_asks.unavailable(connection, self.vault, case_id, epoch, each, number, now)

    def _judge(
        self, connection: Connection, case_id: str, epoch: int, now: datetime, at_once: int, *, facts: bool
    ) -> Head:
        case = case_row.lock(connection, case_id)
        if case is None:
            return _head(CaseState(office=""), Step.END, [Judged(kind="no_such_case")])
        if current_epoch(connection) != epoch:
            return _head(case.state, Step.END, [Judged(kind="superseded")])
        waiting = connection.execute(_PENDING, {"case": case_id}).all()
        ask = source_asks.due(connection, case_id, case.state, self._sources, now)
        first_asked = bool(ask) and case.state.stage == SCREENING
        sitting = _Sitting(self, connection, case, now)
        place = 0
        while (due := _next(case.state, waiting[place:], now)) is not None:
            if _is_facts(due) is not facts or (first_asked and facts) or len(sitting.judged) >= at_once:
                break
            try:
                if isinstance(due, TimerKind):
                    sitting.judge_timer(due)
                else:
                    sitting.judge_event(due)
                    place += 1
            except CannotRead:
                if not sitting.judged:
                    raise
                break
        ask = [] if case.state.final else ask
        step = _step(case.state, None if first_asked and due is not None and _is_facts(due) else due, ask)
        nothing_waits = len(waiting) == place
        if sitting.judged and case.failing:
            failing.clear(connection, case_id)
        if sitting.judged or nothing_waits or step is Step.ASK:
            case.write(connection, _ring(now, done=nothing_waits, asking=step is Step.ASK))
        return _head(case.state, step, sitting.judged, ask)

    def rules_at(self, received_at: datetime) -> tuple[RuleSet, date]:
        """The rule set and the as-of date of a screening for facts that were received then."""
        as_of = self._as_of or received_at.date()
        return self.rules_for(as_of), as_of


class _Sitting:
    """One call's judging of one case: reads an event, has the pure rules judge it, notes what came of it.

    Reading and judging come before the first write of each event, so that one that cannot be judged leaves no trace.
    """

    def __init__(self, bench: Bench, connection: Connection, case: LockedCase, now: datetime) -> None:
        self._bench, self._connection, self._case, self._now = bench, connection, case, now
        self._vault = bench.vault
        self.judged: list[Judged] = []

    def judge_timer(self, kind: TimerKind) -> None:
        case, before = self._case, self._case.state
        timer = TIMERS[kind]
        event_id = timer_id(before, kind)
        judgement = self._by_the_rules(TimerDue(kind), before.office)
        digest = self._vault.lookup_hash("content", event_id)
        case.judged += 1
        event = {
            "event_id": event_id,
            "sender_key": None,
            "digest": digest,
            "type": timer.name,
            "root": None,
            "received_at": before.timers[kind],
        }
        self._connection.execute(
            _TIMER,
            {
                **event,
                "case_id": case.id,
                "state": "applied",
                "judged_order": case.judged,
                "judged_at": self._now,
                "version": judgement.state.version,
            },
        )
        self._note(timer, judgement, event, None, None)

    def judge_event(self, row: AnyRow) -> None:
        """Raises CannotRead, and then nothing was written of it."""
        case = self._case
        kind: EventType[Any] | None = event_type(row.type)
        if kind is None:
            raise CannotRead("unknown_type")
        content = opened(self._vault, row.content, f"inbox/{case.id}/{row.event_id}")
        event = kind.opened(row.event_id, content)
        merged: Merged | None = None
        screening: Screening | None = None
        office = case.state.office
        actor = actor_in(content) if kind.sender is Sender.PERSON else None
        if isinstance(event, FactsTold):
            if not case.state.final:
                merged, screening, event = self._with_facts(row, event)
                office = event.office
            else:
                event = FactsScreened(None, office, None, by=event.by)
        elif isinstance(event, LateFactsAnswered) and event.answer == "reopen" and case.state.final:
            merged, screening, event = self._reopening(row, event)
        elif isinstance(event, Rescreened) and not isinstance(RESCREENING.rule_at(case.state.at), Refuse):
            screening, event = self._as_of_today(row, event)
        judgement = self._by_the_rules(event, office)
        if merged is not None and judgement.refused is None:
            case.learn(self._vault, merged)
        case.judged += 1
        self._connection.execute(
            _OUTCOME,
            {
                "judged_seq": row.seq,
                "state": "refused" if judgement.refused else "applied",
                "reason": judgement.refused and str(judgement.refused),
                "judged_order": case.judged,
                "judged_at": self._now,
                "version": judgement.state.version,
            },
        )
        self._note(kind, judgement, row._mapping, actor.subject if actor else None, screening)

    def _by_the_rules(self, event: Event, office: str) -> Judgement:
        return lifecycle.judge(self._case.state, event, self._now, self._bench.offices.of(office))

    def _with_facts(self, row: AnyRow, facts: FactsTold) -> tuple[Merged, Screening | None, FactsScreened]:
        """Merge and screen what the case was told by now."""
        case, state = self._case, self._case.state
        now_told = told.told(row.seq, row.received_at, facts)
        if not case.has_facts:
            merged = merge([now_told])
            new = True
        else:
            merged = merge([*told.before(self._connection, self._vault, case.id, state.merged_to), now_told])
            new = not same_facts(case.known(self._vault), merged)
        office = str(merged.identity.get("office") or state.office)
        answered = self._answered(facts)
        if not new and state.stage != SCREENING:
            event = FactsScreened(state.lane, office, state.ruleset, nothing_new=True, answered=answered, by=facts.by)
            return merged, None, event
        ruleset, as_of = self._bench.rules_at(row.received_at)
        screening = screen(merged.facts, ruleset, as_of)
        changed = state.decision is not None and self._criteria_changed(screening)
        event = FactsScreened(
            screening.lane, office, screening.ruleset, criteria_changed=changed, answered=answered, by=facts.by
        )
        return merged, screening, event

    def _answered(self, facts: FactsTold) -> tuple[int, ...]:
        """The places of what was asked for that an event's facts answer."""
        asked = self._case.state.asked
        if asked is None or not asked.open:
            return ()
        wanted = requests.wanted_in(self._connection, self._vault, self._case.id, asked.event_id)
        return asking.answered(wanted, asked.open, facts.facts)

    def _as_of_today(self, row: AnyRow, event: Rescreened) -> tuple[Screening | None, Rescreened]:
        """The facts as they stand, screened for the day on which somebody asked; None where nothing comes of it."""
        case, state = self._case, self._case.state
        ruleset, as_of = self._bench.rules_at(row.received_at)
        screening = screen(case.known(self._vault).facts, ruleset, as_of)
        same = _found_in(self._kept()) == _found_in(screening.to_json())
        screened = FactsScreened(screening.lane, state.office, screening.ruleset, nothing_new=same)
        return None if same else screening, replace(event, screened=screened)

    def _criteria_changed(self, screening: Screening) -> bool:
        """Whether other criteria are met than on the screening that a decision in force was made on."""
        kept = self._kept()
        return bool(kept) and _met_in(kept) != {each.id for each in screening.criteria if each.result == "true"}

    def _kept(self) -> dict[str, object]:
        """The screening that was kept last; empty where there is none."""
        row = self._connection.execute(_SCREENED, {"case": self._case.id}).one_or_none()
        return opened(self._vault, row.result, f"screenings/{self._case.id}/{row.version}") if row else {}

    def _reopening(self, row: AnyRow, answer: LateFactsAnswered) -> tuple[Merged, Screening, LateFactsAnswered]:
        """What a new round begins with: everything that was told up to here, late facts too, merged and screened."""
        case = self._case
        merged = merge(told.before(self._connection, self._vault, case.id, case.judged))
        ruleset, as_of = self._bench.rules_at(row.received_at)
        screening = screen(merged.facts, ruleset, as_of)
        office = str(merged.identity.get("office") or case.state.office)
        reopened = FactsScreened(screening.lane, office, screening.ruleset)
        return merged, screening, replace(answer, reopened=reopened, merged_to=case.judged)

    def _keep_screening(self, screening: Screening) -> str:
        """Write a screening of the version that the case has now; its digest."""
        case = self._case
        self.judged[-1] = self.judged[-1].model_copy(update={"lane": screening.lane})
        result = orjson.dumps(screening.to_json())
        values = {
            "version": case.state.version,
            "ruleset": screening.ruleset,
            "ruleset_digest": screening.ruleset_digest,
            "as_of": screening.as_of.isoformat(),
            "lane": screening.lane,
        }
        sealed = self._vault.seal_text(result, f"screenings/{case.id}/{case.state.version}")
        self._connection.execute(_SCREENING, {"case_id": case.id, **values, "result": sealed})
        return after.screening(self._vault, values, result, self._vault.root)

    def _dispose(self, decision: Decision) -> str:
        """Write the round's one disposition; its digest."""
        case, state = self._case, self._case.state
        values = {
            "round": state.round,
            "disposition": state.disposition,
            "decided_by": decision.by,
            "concurred_by": state.concurred_by,
            "decided_event": decision.event_id,
            "at": self._now,
        }
        self._connection.execute(_DISPOSITION, {"case_id": case.id, **values})
        percent = self._bench.offices.of(state.office).second_read_percent
        second_reads.draw(
            self._connection, self._vault, case.id, state.round, state.office, decision.action, percent, self._now
        )
        return after.disposition(self._vault, values, self._vault.root)

    def _note(
        self,
        kind: EventType[Any],
        judgement: Judgement,
        event: after.Values,
        actor: str | None,
        screening: Screening | None,
    ) -> None:
        """The case's new state, a kept screening, in the moment of its end the round's disposition; the audit entry."""
        before, now = self._case.state, judgement.state
        refused = judgement.refused and str(judgement.refused)
        screens = kind.carries_facts or kind is RESCREENED
        nothing_new = screening is None and screens and not refused and now.version == before.version
        self.judged.append(Judged(kind=kind.short, refused=refused))
        detail: dict[str, object] = {"version": now.version, "stage": now.stage}
        if refused:
            detail["refused"] = refused
        if nothing_new:
            detail["nothing_new"] = True
        if before.stage != now.stage:
            detail["from"] = before.stage
            if now.came_back:
                detail["why"] = now.came_back
        if now.decision and now.decision != before.decision:
            detail["action"] = now.decision.action
        if now.lane != before.lane:
            detail["lane"] = now.lane
        self._case.state = now
        written: dict[str, object] = {"event": after.event(self._vault, event, self._vault.root)}
        if screening is not None and not refused and now.version != before.version:
            written["screenings"] = {str(now.version): self._keep_screening(screening)}
        if now.disposition is not None and before.disposition is None and now.decision is not None:
            written["dispositions"] = {str(now.round): self._dispose(now.decision)}
        entry = audit.Entry(self._case.id, self._now, kind.short, actor, event["event_id"], event["digest"], detail)
        self._case.note(self._connection, self._vault, entry, **written)
        if now.decision is not before.decision or now.office != before.office:
            self._end_work(before, now)
        requests.follow(self._connection, self._vault, self._case.id, before, now)

    def _end_work(self, before: CaseState, after: CaseState) -> None:
        """What people had to do with the case before this."""
        worked_on = self._case.worked_on
        if worked_on and after.office != before.office:
            ending.left_office(self._connection, self._case.id)
        if after.decision is not None and after.decision != before.decision:
            ending.decided(self._connection, self._case.id, after.decision.by, self._now, worked_on=worked_on)
        elif after.decision is None and before.decision is not None:
            ending.came_back(self._connection, self._case.id, before.decision.by, self._now)


Due = TimerKind | AnyRow


def _next(state: CaseState, waiting: Sequence[AnyRow], now: datetime) -> Due | None:
    """The lowest numbered waiting event, unless a timer was due before that event was recorded."""
    timers = [(due, kind) for kind, due in state.timers.items() if due <= now]
    event = waiting[0] if waiting else None
    if timers:
        due, kind = min(timers)
        if event is None or due < event.received_at:
            if kind not in TIMERS:
                raise CannotRead("unknown_timer")
            return TimerKind(kind)
    return event


def _is_facts(due: Due) -> bool:
    if isinstance(due, TimerKind):
        return False
    kind = event_type(due.type)
    return kind is not None and kind.carries_facts


def _step(state: CaseState, due: Due | None, ask: Sequence[Ask]) -> Step:
    if due is not None:
        return Step.SCREEN if _is_facts(due) else Step.APPLY
    if state.final:
        return Step.END
    return Step.ASK if ask else Step.WAIT


def _ring(now: datetime, *, done: bool, asking: bool) -> dict[str, object]:
    """How the case is to be rung: while sources are asked its run goes on by itself, however long they take."""
    if asking:
        return {"ring_at": now + LONGEST_LEASE}
    return {"ring_class": None} if done else {}


def _met_in(kept: dict[str, object]) -> set[str]:
    """The criteria that a kept screening found met."""
    criteria = kept.get("criteria")
    return {str(each["id"]) for each in criteria if each["result"] == "true"} if isinstance(criteria, list) else set()


def _found_in(screening: dict[str, object]) -> dict[str, object]:
    """What a screening says, without the day that it was made for and the sentences that name it."""
    criteria = screening.get("criteria")
    results = [{**each, "because": ""} for each in criteria] if isinstance(criteria, list) else []
    return {**screening, "as_of": "", "criteria": results}


def _head(state: CaseState, step: Step, judged: Sequence[Judged], ask: Sequence[Ask] = ()) -> Head:
    return Head(
        stage=state.stage,
        version=state.version,
        step=step,
        round=state.round,
        office=state.office,
        ruleset=state.ruleset or "",
        disposition=state.disposition,
        next_actor=state.next_actor.value,
        wake_at=state.wake_at,
        outcomes=tuple(each.words for each in judged),
        judged=tuple(judged),
        ask=tuple(SourceAsk(source=each.source.name, number=each.number, timeout=each.source.timeout) for each in ask),
    )
