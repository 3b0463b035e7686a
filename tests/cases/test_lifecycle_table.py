"""The programme's table: every stage against every event, outcome and next stage."""

from __future__ import annotations

from typing import get_args

import pytest
from _pytest.mark import ParameterSet

from secondlook.cases.lifecycle import LIFE, CaseEvent, Refusal, Stage, TimerKind
from tests.cases.a_case import at, concurrence, due, facts, judged_at, review, withdrawal

S = Stage
SAME_LANE, OTHER_LANE = facts("mixed"), facts("priority")
WINDOW, OVERDUE, REMINDER = due(TimerKind.WINDOW), due(TimerKind.OVERDUE), due(TimerKind.REMINDER)


def seen(stage: Stage) -> int:
    """The version that a person sees at a stage."""
    return max(at(stage).version, 1)


Becomes = Stage | Refusal
Entry = tuple[str, CaseEvent, Becomes]


def row(stage: Stage, *entries: Entry) -> list[ParameterSet]:
    return [pytest.param(stage, event, becomes, id=f"{stage}, {name}") for name, event, becomes in entries]


def people(stage: Stage, reviewed: Becomes, withdrawn: Becomes, concurred: Becomes) -> tuple[Entry, ...]:
    """One row's entries for what people send, with the version that they see."""
    version = seen(stage)
    return (
        ("close", review("close", version=version), reviewed),
        ("dismiss", review("dismiss", version=version), reviewed),
        ("continue", review("continue", version=version), reviewed),
        ("need facts", review("need_facts", version=version), S.AWAITING_FACTS if reviewed is S.HELD else reviewed),
        ("withdrawn", withdrawal(version=version), withdrawn),
        ("concur", concurrence("concur", version=version), concurred),
        (
            "return",
            concurrence("return", version=version),
            S.ATTORNEY_REVIEW if concurred is S.CLOSED else concurred,
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


R = Refusal
NO = R.INVALID
"""A timer that does not run at this stage."""

TABLE = [
    *row(S.SCREENING, *people(S.SCREENING, R.NOT_IN_REVIEW, R.NOTHING_TO_WITHDRAW, R.NOTHING_TO_CONCUR)),
    *row(S.SCREENING, *facts_and_timers(S.ATTORNEY_REVIEW, S.ATTORNEY_REVIEW, NO, NO, NO)),
    *row(S.ATTORNEY_REVIEW, *people(S.ATTORNEY_REVIEW, S.HELD, R.NOTHING_TO_WITHDRAW, R.NOTHING_TO_CONCUR)),
    *row(S.ATTORNEY_REVIEW, *facts_and_timers(S.ATTORNEY_REVIEW, S.ATTORNEY_REVIEW, NO, S.ATTORNEY_REVIEW, NO)),
    *row(S.AWAITING_FACTS, *people(S.AWAITING_FACTS, S.HELD, S.ATTORNEY_REVIEW, R.NOTHING_TO_CONCUR)),
    *row(
        S.AWAITING_FACTS,
        *facts_and_timers(S.ATTORNEY_REVIEW, S.ATTORNEY_REVIEW, NO, S.AWAITING_FACTS, S.AWAITING_FACTS),
    ),
    *row(S.HELD, *people(S.HELD, R.ALREADY_DECIDED, S.ATTORNEY_REVIEW, R.NOTHING_TO_CONCUR)),
    *row(S.HELD, *facts_and_timers(S.HELD, S.ATTORNEY_REVIEW, S.SUPERVISOR_REVIEW, NO, NO)),
    *row(S.SUPERVISOR_REVIEW, *people(S.SUPERVISOR_REVIEW, R.ALREADY_DECIDED, S.ATTORNEY_REVIEW, S.CLOSED)),
    *row(
        S.SUPERVISOR_REVIEW,
        *facts_and_timers(S.SUPERVISOR_REVIEW, S.ATTORNEY_REVIEW, NO, S.SUPERVISOR_REVIEW, NO),
    ),
    *(
        entry
        for end in (S.CLOSED, S.DISMISSED, S.CONTINUED)
        for entry in (
            *row(end, *people(end, R.ENDED, R.ENDED, R.ENDED)),
            *row(end, *facts_and_timers(R.ENDED, R.ENDED, NO, NO, NO)),
        )
    ),
]


@pytest.mark.parametrize(("stage", "event", "becomes"), TABLE)
def test_every_stage_answers_every_event_as_the_programme_says(
    stage: Stage, event: CaseEvent, becomes: Becomes
) -> None:
    judged = judged_at(stage, event)

    if isinstance(becomes, Refusal):
        assert judged.refused is becomes
        assert judged.state.model_copy(update={"late_facts": False}) == at(stage)
    else:
        assert judged.refused is None
        assert judged.state.stage is becomes


def test_the_table_has_an_entry_for_every_pair() -> None:
    kinds = set(get_args(CaseEvent))
    assert set(LIFE) == set(Stage)
    for stage in Stage:
        assert set(LIFE[stage]) == kinds
        assert {type(entry.values[1]) for entry in TABLE if entry.values[0] is stage} == kinds
    assert len(TABLE) == len(Stage) * 12
