"""Deadlines that have passed: ``timer.window``, ``timer.overdue``, ``timer.reminder``.

A window that is over lets a person's decision take effect; a reminder repeats; overdue is escalated. Nothing else, at
whatever stage they run: a stage that sets a deadline needs no rule for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.cases.event_type import EventType, Glossary, Life, Opened, Sender, Told, Urgency
from secondlook.cases.fields import FieldProblem, described
from secondlook.cases.moves import onward
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import INVALID
from secondlook.cases.stage import TimerKind
from secondlook.cases.state import CaseState, Event, Judgement


@dataclass(frozen=True, slots=True)
class TimerDue(Event):
    """A deadline of the case's stage has passed."""

    kind: TimerKind


def _timer(state: CaseState, event: TimerDue, now: datetime, office: OfficeSettings) -> Judgement:
    """A timer that does not run here (any more), or is not due yet, does nothing."""
    if event.kind not in state.timers or state.timers[event.kind] > now:
        return Judgement(state, INVALID)
    if event.kind is TimerKind.WINDOW:
        if state.decision is None:
            raise CannotRead("no_decision")
        return Judgement(onward(state, state.decision, now, office))
    timers = {kind: due for kind, due in state.timers.items() if kind != event.kind}
    if event.kind is TimerKind.REMINDER:
        timers[TimerKind.REMINDER.value] = now + (state.settings or office).reminder_every
        return Judgement(state.moved(timers=timers, reminders=state.reminders + 1))
    return Judgement(state.moved(timers=timers, escalated=True))


_LIFE = Life("timer", TimerDue, rows={}, elsewhere=_timer, ended=_timer)

_SENTENCES: Final[Mapping[TimerKind, str]] = {
    TimerKind.WINDOW: "The time for withdrawing the decision is over.",
    TimerKind.OVERDUE: "The case is overdue and on the supervisors' list. Nothing else follows from that.",
    TimerKind.REMINDER: "Reminder: the facts that were asked for are not there yet.",
}


@described({"not": {}})
def _nothing(_: object, place: str, problems: list[FieldProblem]) -> None:
    """No door takes a timer."""
    problems.append(FieldProblem(place, "is the record's own"))


def _timer_type(kind: TimerKind) -> EventType[TimerDue]:
    def read(_: Opened) -> TimerDue:
        return TimerDue(kind)

    def tell(_: TimerDue, __: str, ___: Glossary) -> Told:
        return Told(_SENTENCES[kind], _SENTENCES[kind])

    return EventType(
        name=f"timer.{kind}",
        short=f"timer.{kind}",
        summary=_SENTENCES[kind],
        sender=Sender.CLOCK,
        urgency=Urgency.NEWS,
        data=_nothing,
        read=read,
        life=_LIFE,
        tell=tell,
    )


TIMERS: Final[Mapping[TimerKind, EventType[TimerDue]]] = {kind: _timer_type(kind) for kind in TimerKind}
