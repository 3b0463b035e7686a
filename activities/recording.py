"""The local activities ``screen``, ``apply`` and ``source_unavailable``: one transaction each, safe to run again.

They raise coded errors only. Temporal keeps an error's text for ever, and messages of the database or of validation can
hold what the record must keep to itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from secondlook import metrics
from secondlook.cases.readable import CannotRead
from secondlook.head import Head, Step
from secondlook.records import failing
from secondlook.records.database import Database, DatabaseUnavailable
from secondlook.records.judging import AT_ONCE, Bench
from workflows.messages import APPLY, SCREEN, SOURCE_UNAVAILABLE, CaseTurn, SourceTurn
from workflows.steps import RECORD_AWAY, OnRecord

log = structlog.get_logger()

T = TypeVar("T")
_Judge = Callable[[Connection, str, int, datetime, int], Head]


class Recording(OnRecord):
    """``judged`` is told each case that was judged, so that the dispatcher of this process can ring the next one.

    ``waits_for_sources`` is told instead, where given, of a case that now waits for outside sources.
    """

    def __init__(
        self,
        database: Database,
        bench: Bench,
        judged: Callable[[str], None],
        waits_for_sources: Callable[[str], None] | None = None,
    ) -> None:
        self._database, self._bench, self._judged_case = database, bench, judged
        self._waits_for_sources = waits_for_sources or judged

    @activity.defn(name=SCREEN)
    async def screen(self, turn: CaseTurn) -> Head:
        """Put the received facts through the rule set; answer the head."""
        return await self._take(SCREEN, self._bench.screen, turn)

    @activity.defn(name=APPLY)
    async def apply(self, turn: CaseTurn) -> Head:
        """Judge people's events and due timers; answer the head."""
        return await self._take(APPLY, self._bench.apply, turn)

    @activity.defn(name=SOURCE_UNAVAILABLE)
    async def source_unavailable(self, turn: SourceTurn) -> None:
        """Write down that an outside source stayed silent, so that the case goes on without it."""
        await self._written(
            lambda connection: self._bench.source_unavailable(
                connection, turn.case_id, turn.epoch, turn.source, turn.number, datetime.now(UTC)
            ),
        )

    async def _written(self, unit: Callable[[Connection], T]) -> T:
        try:
            return await self._database.write(unit)
        except DatabaseUnavailable as problem:
            raise ApplicationError(f"database: {problem.code}", type=RECORD_AWAY) from None
        except Exception as problem:
            raise ApplicationError(f"bug: {type(problem).__name__}", type="fault", non_retryable=True) from None

    async def _take(self, step: str, judge: _Judge, turn: CaseTurn) -> Head:
        begun = time.perf_counter()
        head = await self._judged(judge, turn)
        metrics.judging_seconds.labels(step).observe(time.perf_counter() - begun)
        _count(head)
        (self._waits_for_sources if head.step is Step.ASK else self._judged_case)(turn.case_id)
        return head

    async def _judged(self, judge: _Judge, turn: CaseTurn) -> Head:
        """Judge what is next; where something cannot be judged, what is before it, one at a time, then it alone
        fails.
        """
        try:
            return await self._one_call(judge, turn, AT_ONCE)
        except DatabaseUnavailable as problem:
            raise ApplicationError(f"database: {problem.code}", type=RECORD_AWAY) from None
        except CannotRead as problem:
            raise await self._cannot_judge(turn, problem.code, problem.code) from None
        except Exception:  # A fault of ours, wherever it is, is never an event's outcome.
            return await self._until_it_fails(judge, turn)

    async def _until_it_fails(self, judge: _Judge, turn: CaseTurn) -> Head:
        try:
            return await self._one_call(judge, turn, 1)
        except DatabaseUnavailable as problem:
            raise ApplicationError(f"database: {problem.code}", type=RECORD_AWAY) from None
        except CannotRead as problem:
            raise await self._cannot_judge(turn, problem.code, problem.code) from None
        except Exception as problem:  # Its text may hold what the record must keep to itself.
            raise await self._cannot_judge(turn, "fault", type(problem).__name__) from None

    async def _cannot_judge(self, turn: CaseTurn, code: str, kind: str) -> ApplicationError:
        """Note the case as failing, in a transaction of its own, and answer the error with its code."""
        with suppress(DatabaseUnavailable):
            await self._database.write(lambda connection: failing.note(connection, turn.case_id, code, _now()))
        metrics.cannot_judge.labels(code).inc()
        # It holds no place of those that can be judged. Its run sees to the next try, later and on any worker.
        self._judged_case(turn.case_id)
        log.warning("a case cannot be judged now", code=code)
        return ApplicationError(f"cannot judge: {kind}", type=code, non_retryable=True)

    async def _one_call(self, judge: _Judge, turn: CaseTurn, at_once: int) -> Head:
        return await self._database.write(
            lambda connection: judge(connection, turn.case_id, turn.epoch, _now(), at_once)
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _count(head: Head) -> None:
    for each in head.judged:
        metrics.events_judged.labels(each.kind, "refused" if each.refused else "applied").inc()
        if each.lane:
            metrics.screenings.labels(each.lane).inc()
