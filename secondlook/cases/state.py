"""All that the lifecycle knows of a case, and what judging answers. Codes, staff ids and times; nothing about a
respondent.

Kept as JSON on the case's row. Fields of a newer release are kept as they are and written back, so that releases can
work side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import Refusal
from secondlook.cases.stage import NextActor, Stage, TimerKind, stage_of


class Decision(BaseModel):
    """An attorney's review that is in force: who decided what, with which event."""

    model_config = ConfigDict(frozen=True, extra="allow")

    action: str
    by: str
    event_id: str


class Asked(BaseModel):
    """The facts that the newest review asked for: its event, and the places in its list that nobody answered yet."""

    model_config = ConfigDict(frozen=True, extra="allow")

    event_id: str
    open: tuple[int, ...]


class CaseState(BaseModel):
    """Where a case stands."""

    model_config = ConfigDict(frozen=True, extra="allow")

    stage: str = "screening"
    office: str
    round: int = 1
    version: int = 0
    lane: str | None = None
    ruleset: str | None = None
    decision: Decision | None = None
    asked: Asked | None = None
    concurred_by: str | None = None
    came_back: str | None = None
    settings: OfficeSettings | None = None
    timers: Mapping[str, datetime] = {}
    reminders: int = 0
    escalated: bool = False
    late_facts: bool = False
    merged_to: int | None = None
    """Late facts that were judged up to this place in the case's order were merged by a reopening."""

    @classmethod
    def read(cls, text: str) -> CaseState:
        """The state that the record holds. Raises CannotRead where this release cannot make sense of it."""
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            raise CannotRead("unknown_state") from None

    def written(self) -> str:
        """The state as the record keeps it, with every setting: a later release's defaults do not change it."""
        return self.model_dump_json(exclude_none=True)

    @property
    def at(self) -> Stage:
        """The stage itself. Raises CannotRead for one of a newer release."""
        return stage_of(self.stage)

    @property
    def final(self) -> bool:
        return self.at.final

    @property
    def wake_at(self) -> datetime | None:
        """The earliest deadline, or None where no timer runs."""
        return min(self.timers.values(), default=None)

    @property
    def disposition(self) -> str | None:
        """The outcome of this round, or None while it is open."""
        return self.stage if self.final else None

    @property
    def next_actor(self) -> NextActor:
        return self.at.next_actor

    @property
    def stuck(self) -> bool:
        """An open case that nobody and nothing will move: always a bug."""
        return self.next_actor is NextActor.TIMER and not self.timers

    def moved(self, **changes: object) -> CaseState:
        return self.model_copy(update=changes)


class Event:
    """Base of what the lifecycle judges: an event of some type as its rules read it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an event did: the state after it, and the reason where it was refused (the state then moved nowhere)."""

    state: CaseState
    refused: Refusal | None = None


E = TypeVar("E")
Rule = Callable[[CaseState, E, datetime, OfficeSettings], Judgement]
"""State, event, the aware UTC time of judging, and the office's settings for a stage that is entered."""


def timer_id(state: CaseState, kind: TimerKind) -> str:
    """The id under which a due timer is recorded: one per version and kind, reminders numbered."""
    number = f":{state.reminders + 1}" if kind is TimerKind.REMINDER else ""
    return f"timer:{state.version}:{kind}{number}"
