"""The programme's table: every stage against every event, outcome and next stage."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from secondlook.cases.event_type import event_types
from secondlook.cases.event_types.concurred import NOTHING_TO_CONCUR
from secondlook.cases.event_types.late_facts_answered import NOT_ENDED
from secondlook.cases.event_types.reviewed import ALREADY_DECIDED, NOT_IN_REVIEW
from secondlook.cases.event_types.withdrawn import NOTHING_TO_WITHDRAW
from secondlook.cases.lifecycle import table
from secondlook.cases.refusal import ENDED, INVALID, Refusal
from secondlook.cases.stage import Stage, TimerKind, stages
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.ended import CLOSED, CONTINUED, DISMISSED
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import Event
from tests.cases.a_case import at, concurrence, due, facts, judged_at, late_answer, review, screened_today, withdrawal

SAME_LANE, OTHER_LANE = facts("mixed"), facts("priority")
WINDOW, OVERDUE, REMINDER = due(TimerKind.WINDOW), due(TimerKind.OVERDUE), due(TimerKind.REMINDER)


def seen(stage: Stage) -> int:
    """The version that a person sees at a stage."""
    return max(at(stage).version, 1)


Becomes = Stage | Refusal
Entry = tuple[str, Event, Becomes]


def row(stage: Stage, *entries: Entry) -> list[ParameterSet]:
    return [pytest.param(stage, event, becomes, id=f"{stage}, {name}") for name, event, becomes in entries]


def people(
    stage: Stage, reviewed: Becomes, withdrawn: Becomes, concurred: Becomes, late: Becomes = NOT_ENDED
) -> tuple[Entry, ...]:
    """One row's entries for what people send, with the version that they see."""
    version = seen(stage)
    return (
        ("close", review("close", version=version), reviewed),
        ("dismiss", review("dismiss", version=version), reviewed),
        ("continue", review("continue", version=version), reviewed),
        ("need facts", review("need_facts", version=version), AWAITING_FACTS if reviewed == HELD else reviewed),
        ("as of today", screened_today(version=version), stage if reviewed == HELD else reviewed),
        ("withdrawn", withdrawal(version=version), withdrawn),
        ("late facts, no change", late_answer("no_change", version=version), late),
        ("reopen", late_answer("reopen", version=version), ATTORNEY_REVIEW if isinstance(late, Stage) else late),
        ("concur", concurrence("concur", version=version), concurred),
        (
            "return",
            concurrence("return", version=version),
            ATTORNEY_REVIEW if concurred == CLOSED else concurred,
        ),
    )


def facts_and_timers(
    same: Becomes, other: Becomes, window: Becomes, overdue: Becomes, reminder: Becomes
) -> tuple[Entry, ...]:
    return (
        ("facts, same lane", SAME_LANE, same),
        ("facts, other lane", OTHER_LANE, other),
        ("window over", WINDOW, window),
        ("overdue", OVERDUE, overdue),
        ("reminder", REMINDER, reminder),
    )


NO = INVALID
"""A timer that does not run at this stage."""

TABLE = [
    *row(SCREENING, *people(SCREENING, NOT_IN_REVIEW, NOTHING_TO_WITHDRAW, NOTHING_TO_CONCUR)),
    *row(SCREENING, *facts_and_timers(ATTORNEY_REVIEW, ATTORNEY_REVIEW, NO, NO, NO)),
    *row(ATTORNEY_REVIEW, *people(ATTORNEY_REVIEW, HELD, NOTHING_TO_WITHDRAW, NOTHING_TO_CONCUR)),
    *row(ATTORNEY_REVIEW, *facts_and_timers(ATTORNEY_REVIEW, ATTORNEY_REVIEW, NO, ATTORNEY_REVIEW, NO)),
    *row(AWAITING_FACTS, *people(AWAITING_FACTS, HELD, ATTORNEY_REVIEW, NOTHING_TO_CONCUR)),
    *row(
        AWAITING_FACTS,
        *facts_and_timers(ATTORNEY_REVIEW, ATTORNEY_REVIEW, NO, AWAITING_FACTS, AWAITING_FACTS),
    ),
    *row(HELD, *people(HELD, ALREADY_DECIDED, ATTORNEY_REVIEW, NOTHING_TO_CONCUR)),
    *row(HELD, *facts_and_timers(HELD, ATTORNEY_REVIEW, SUPERVISOR_REVIEW, NO, NO)),
    *row(SUPERVISOR_REVIEW, *people(SUPERVISOR_REVIEW, ALREADY_DECIDED, ATTORNEY_REVIEW, CLOSED)),
    *row(
        SUPERVISOR_REVIEW,
        *facts_and_timers(SUPERVISOR_REVIEW, ATTORNEY_REVIEW, NO, SUPERVISOR_REVIEW, NO),
    ),
    *(
        entry
        for end in (CLOSED, DISMISSED, CONTINUED)
        for entry in (
            *row(end, *people(end, ENDED, ENDED, ENDED, end)),
            *row(end, *facts_and_timers(ENDED, ENDED, NO, NO, NO)),
        )
    ),
]


@pytest.mark.parametrize(("stage", "event", "becomes"), TABLE)
def test_every_stage_answers_every_event_as_the_programme_says(stage: Stage, event: Event, becomes: Becomes) -> None:
    judged = judged_at(stage, event)

    if isinstance(becomes, Refusal):
        assert judged.refused == becomes
        assert judged.state.model_copy(update={"late_facts": False}) == at(stage)
    else:
        assert judged.refused is None
        assert judged.state.stage == becomes


def test_the_table_has_an_entry_for_every_pair() -> None:
    judged = {each.life.name: each.life.asks for each in event_types() if each.life is not None}
    assert set(table()) == set(stages())
    for stage, rules in table().items():
        assert set(rules) == set(judged)
        tried = {type(entry.values[1]) for entry in TABLE if entry.values[0] == stage}
        assert tried == set(judged.values())
    assert len(TABLE) == len(stages()) * 15
