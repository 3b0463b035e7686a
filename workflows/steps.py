"""What a run has done for its case: each activity's name, its signature, and how patiently it is tried.

The workflow calls these stubs, ``activities.recording`` and ``activities.asking`` do the work under the same names. The
record's steps are local activities, one transaction each, safe to do again; an ask is a remote one on its source's own
queue.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

from workflows.messages import APPLY, ASK_SOURCE, SCREEN, SOURCE_UNAVAILABLE, CaseHead, CaseTurn, SourceTurn

Turn = TypeVar("Turn")
Answer = TypeVar("Answer")

TIMEOUT: Final = timedelta(seconds=30)
TRIES: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=5),
    maximum_attempts=20,
)
"""More than a minute of a record that is away; after that the run begins anew, so that no history grows without end."""
HELD_BY_WORKER: Final = timedelta(seconds=1)
"""Longer pauses between tries are Temporal's timers; one that the worker keeps holds up its exit while tries fail."""

LEAST_WAIT: Final = timedelta(milliseconds=500)
"""A deadline that is over here but not yet for the record, whose clock may be behind, is not asked for in a loop."""
RECORD_AWAY: Final = "database_unavailable"
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=5)

ASK_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=10),
)
ASK_TRIES: Final = 4
"""After this many a source that fails is taken to be silent. It is no limit for what is not the source's fault."""
ASK_HEARTBEAT: Final = timedelta(seconds=10)
ASK_RECORDING: Final = timedelta(seconds=10)
"""What an ask may take beyond the source's own time, to write its answer down."""
ASK_QUEUED: Final = timedelta(days=1)
"""How long an ask may wait for its turn: a source's rate is slow by design, so waiting is no failure."""


class OnRecord(ABC):
    """Done by the worker that carries the case."""

    @activity.defn(name=SCREEN)
    @abstractmethod
    async def screen(self, turn: CaseTurn) -> CaseHead:
        """Put the received facts through the rule set; answer the head."""

    @activity.defn(name=APPLY)
    @abstractmethod
    async def apply(self, turn: CaseTurn) -> CaseHead:
        """Judge people's events and due timers; answer the head."""

    @activity.defn(name=SOURCE_UNAVAILABLE)
    @abstractmethod
    async def source_unavailable(self, turn: SourceTurn) -> None:
        """Write down that an outside source stayed silent, so that the case goes on without it."""


class OfSources(ABC):
    """Done by the workers of one outside source."""

    @activity.defn(name=ASK_SOURCE)
    @abstractmethod
    async def ask_source(self, turn: SourceTurn) -> None:
        """Ask, and write the answer down."""


async def on_record(step: Callable[[OnRecord, Turn], Awaitable[Answer]], turn: Turn, summary: str) -> Answer:
    """Have a step done in the record's transaction. Raises FailureError when no try could."""
    return await workflow.execute_local_activity_method(
        step,
        turn,
        start_to_close_timeout=TIMEOUT,
        retry_policy=TRIES,
        local_retry_threshold=HELD_BY_WORKER,
        summary=summary,
    )


async def of_source(task_queue: str, turn: SourceTurn, within: timedelta) -> None:
    """Have a source asked. Raises ActivityError when it stayed silent."""
    await workflow.execute_activity_method(
        OfSources.ask_source,
        turn,
        task_queue=task_queue,
        schedule_to_start_timeout=ASK_QUEUED,
        start_to_close_timeout=within + ASK_RECORDING,
        heartbeat_timeout=ASK_HEARTBEAT,
        retry_policy=ASK_RETRY,
        summary=f"Asking: {turn.source}",
    )


def until_deadline(head: CaseHead) -> timedelta | None:
    """How long the case's own deadline is away; None where it has none."""
    return max(LEAST_WAIT, head.wake_at - workflow.now()) if head.wake_at else None


def next_try(problem: BaseException, failed: int) -> tuple[int, timedelta]:
    """How many runs have failed now, and how long the next waits: for a record that is away never long."""
    if any(getattr(each, "type", None) == RECORD_AWAY for each in (problem, problem.__cause__)):
        return failed, _FIRST_PAUSE
    return failed + 1, min(_FIRST_PAUSE * 4 ** min(failed, 4), _LONGEST_PAUSE)
