"""How a case moves: into a stage, onward on a decision's way, back to the attorney. Called by the rules of event types.

Pure. An office's settings of this moment are written down in the stage that is entered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import Refusal
from secondlook.cases.stage import Stage, end_of, stage_of, way
from secondlook.cases.state import CaseState, Decision, Judgement
from secondlook.cases.why import Why


def enter(state: CaseState, stage: Stage, now: datetime, settings: OfficeSettings, /, **changes: object) -> CaseState:
    """Enter a stage: its timers start, the office's settings of this moment are written down."""
    timers = {kind.value: now + wait for kind, wait in stage.deadlines(settings).items()}
    fresh: dict[str, object] = {"stage": str(stage), "timers": timers, "settings": settings, "reminders": 0}
    return state.moved(**{**fresh, "escalated": False, "came_back": None, "version": state.version + 1, **changes})


def onward(
    state: CaseState, decision: Decision, now: datetime, office: OfficeSettings, /, **changes: object
) -> CaseState:
    """The decision goes to the next stage on its way that the office wants, or ends the round.

    What the office wants was written down when the stage that it leaves was entered.
    """
    here = stage_of(state.stage)
    on_the_way = here.on_the_way
    wants = (state.settings if on_the_way else None) or office
    for stage in way():
        there = stage.on_the_way
        ahead = there is not None and (on_the_way is None or there.place > on_the_way.place)
        if ahead and there is not None and there.wanted(decision, wants):
            return enter(state, stage, now, office, decision=decision, **changes)
    return enter(state, end_of(decision.action), now, office, decision=decision, **changes)


def back_to_attorney(
    state: CaseState, now: datetime, settings: OfficeSettings, why: Why, /, **changes: object
) -> Judgement:
    """The decision, if any, is set aside; the attorney sees why the case is back."""
    cleared: dict[str, object] = {"decision": None, "concurred_by": None, "came_back": str(why)}
    return Judgement(enter(state, stage_of("attorney_review"), now, settings, **{**cleared, **changes}))


@dataclass(frozen=True, slots=True)
class Refuse:
    """A rule that changes nothing, for one reason."""

    reason: Refusal

    def __call__(self, state: CaseState, event: object, now: datetime, office: OfficeSettings) -> Judgement:  # noqa: ARG002
        return Judgement(state, self.reason)
