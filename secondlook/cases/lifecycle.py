"""The life of a case: a pure state machine. State, event and time of judging in; new state and outcome out.

Called in the record's transaction, under the case's lock (``secondlook.records.judging``). It never reads a clock, a
database or a random number, and no timer in it ever produces a disposition that a person did not decide. Source: the
programme's table of every stage against every event. What an event does at a stage is said in the event type's file
(``event_types``), or, for a stage that came later, in the stage's own (``stages``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from secondlook.cases import event_types as _event_types
from secondlook.cases import stages as _stages
from secondlook.cases.discovery import load
from secondlook.cases.event_type import Life, event_types
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import Refusal
from secondlook.cases.stage import NextActor, Stage, TimerKind, stage_of, stages
from secondlook.cases.state import CaseState, Decision, Event, Judgement, Rule, timer_id

__all__ = [
    "CaseState", "Decision", "Event", "Judgement", "NextActor", "Refusal", "Stage", "TimerKind", "final_stages",
    "judge", "stage_of", "stages", "table", "timer_id",
]  # fmt: skip

for _package in (_stages, _event_types):
    load(_package.__path__, _package.__name__)


def _lives() -> Mapping[type[Event], Life[Any]]:
    lives: dict[type[Event], Life[Any]] = {}
    for each in event_types():
        if each.life is not None and lives.setdefault(each.life.asks, each.life) is not each.life:
            raise ValueError(f"{each.name} is judged in two ways")
    return lives


_LIVES = _lives()


def judge(state: CaseState, event: Event, now: datetime, office: OfficeSettings) -> Judgement:
    """Judge one event against one case.

    ``now`` is the aware UTC time of judging; ``office`` holds the settings to write into a stage that is entered.
    Every pair of stage and event has an entry, so nothing is dropped in silence. Raises CannotRead for a case that this
    release cannot judge.
    """
    return _LIVES[type(event)].judge(state, event, now, office)


def table() -> Mapping[Stage, Mapping[str, Rule[Any]]]:
    """Every stage against everything that is judged: the rules of all, by the name of what they judge."""
    return {stage: {life.name: life.rule_at(stage) for life in _LIVES.values()} for stage in stages()}


def final_stages() -> tuple[Stage, ...]:
    """The ends of a round."""
    return tuple(stage for stage in stages() if stage.final)


table()  # A rule that is said in two places stops the program here, not a case later.
