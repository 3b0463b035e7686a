"""What a stage is: one object with its words, who moves the case on, its deadlines, its forms and its place on the way.

The stages themselves stand in ``stages``, a file each. A stage is its code, so what the record holds and what a newer
release wrote is compared as text; ``stage_of`` answers the object or says that this release does not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from secondlook.cases.readable import CannotRead

if TYPE_CHECKING:
    from secondlook.cases.actors import Actor
    from secondlook.cases.offices import OfficeSettings
    from secondlook.cases.state import Decision, Rule


class TimerKind(StrEnum):
    """What a case can be woken for."""

    WINDOW = "window"
    OVERDUE = "overdue"
    REMINDER = "reminder"


class NextActor(StrEnum):
    """Who moves a case next."""

    SYSTEM = "system"
    ATTORNEY = "attorney"
    SENDER_AND_ATTORNEY = "sender_and_attorney"
    TIMER = "timer"
    SUPERVISOR = "supervisor"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A decision passes this stage before it ends the round: in the order of ``place``, where the office wants it."""

    place: int
    wanted: Callable[[Decision, OfficeSettings], bool]


Deadlines = Callable[["OfficeSettings"], Mapping[TimerKind, timedelta]]
May = Callable[["Actor", Any], bool]

_KNOWN: dict[str, Stage] = {}


class Stage(str):
    """A stage, equal to its code.

    ``order`` is its place in lists; ``next_words`` complete "Next is:"; ``no_form_words`` say why somebody of the
    office has no form here; ``forms`` name who may send which. ``ends`` is the action that a final stage carries out.
    ``takes`` says what events do here whose own files do not know this stage, by the event type's short name.
    """

    order: int
    words: str
    next_actor: NextActor
    next_words: str
    no_form_words: str
    deadlines: Deadlines
    forms: Mapping[str, May]
    on_the_way: OnTheWay | None
    ends: str | None
    takes: Mapping[str, Rule[Any]]

    def __new__(
        cls,
        code: str,
        *,
        order: int,
        words: str,
        next_actor: NextActor,
        next_words: str,
        no_form_words: str,
        deadlines: Deadlines = lambda _: {},
        forms: Mapping[str, May] | None = None,
        on_the_way: OnTheWay | None = None,
        ends: str | None = None,
        takes: Mapping[str, Rule[Any]] | None = None,
    ) -> Stage:
        stage = super().__new__(cls, code)
        stage.order, stage.words, stage.next_actor, stage.next_words = order, words, next_actor, next_words
        stage.no_form_words, stage.deadlines, stage.forms = no_form_words, deadlines, forms or {}
        stage.on_the_way, stage.ends, stage.takes = on_the_way, ends, takes or {}
        if _KNOWN.setdefault(code, stage) is not stage:
            raise ValueError(f"the stage {code} is defined twice")
        return stage

    @property
    def final(self) -> bool:
        return self.ends is not None


def stages() -> tuple[Stage, ...]:
    """Every stage of this release, in order."""
    return tuple(sorted(_KNOWN.values(), key=lambda stage: stage.order))


def stage_of(code: str) -> Stage:
    """The stage of a code. Raises CannotRead for one of a newer release."""
    stage = _KNOWN.get(code)
    if stage is None:
        raise CannotRead("unknown_stage")
    return stage


def end_of(action: str) -> Stage:
    """The final stage that carries out an action."""
    for stage in _KNOWN.values():
        if stage.ends == action:
            return stage
    raise CannotRead("unknown_action")


def way() -> tuple[Stage, ...]:
    """What a decision passes before it ends the round, in order."""
    placed = [(stage.on_the_way.place, stage) for stage in _KNOWN.values() if stage.on_the_way]
    return tuple(stage for _, stage in sorted(placed, key=lambda each: each[0]))
