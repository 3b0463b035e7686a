"""The local activities ``screen``, ``apply`` and ``source_unavailable``: one transaction each, safe to run again.

They raise coded errors only. Temporal keeps an error's text for ever, and messages of the database or of validation can
hold what the record must keep to itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from secondlook import metrics
from secondlook.records.database import Database, DatabaseUnavailable
from secondlook.records.judging import Bench, Head, Step
from workflows.messages import APPLY, SCREEN, SOURCE_UNAVAILABLE, CaseHead, CaseTurn, SourceAsk, SourceTurn

T = TypeVar("T")


class Recording:
    """``judged`` is told each case that was judged, so that the dispatcher of this process can ring the next one.

    ``asked`` is told instead, where given, of a case that now waits for outside sources.
    """

    def __init__(
        self,
        database: Database,
        bench: Bench,
        judged: Callable[[str], None],
        asked: Callable[[str], None] | None = None,
    ) -> None:
        self._database, self._bench, self._judged, self._asked = database, bench, judged, asked or judged

    @activity.defn(name=SCREEN)
    async def screen(self, turn: CaseTurn) -> CaseHead:
        """Put the received facts through the rule set; answer the head."""
        return await self._take(SCREEN, self._bench.screen, turn)

    @activity.defn(name=APPLY)
    async def apply(self, turn: CaseTurn) -> CaseHead:
        """Judge people's events and due timers; answer the head."""
        return await self._take(APPLY, self._bench.apply, turn)

    @activity.defn(name=SOURCE_UNAVAILABLE)
    async def source_unavailable(self, turn: SourceTurn) -> None:
        """Write down that an outside source stayed silent, so that the case goes on without it."""
        await self._written(
            lambda connection: self._bench.source_unavailable(
                connection, turn.case_id, turn.epoch, turn.source, turn.number, datetime.now(UTC)
            )
        )

    async def _written(self, unit: Callable[[Connection], T]) -> T:
        try:
            return await self._database.write(unit)
        except DatabaseUnavailable as problem:
            raise ApplicationError(f"database: {problem.code}", type="database_unavailable") from None
        except Exception as problem:
            raise ApplicationError(f"bug: {type(problem).__name__}", type="judging_failed") from None

    async def _take(
        self, step: str, judge: Callable[[Connection, str, int, datetime], Head], turn: CaseTurn
    ) -> CaseHead:
        begun = time.perf_counter()
        head = await self._written(lambda connection: judge(connection, turn.case_id, turn.epoch, datetime.now(UTC)))
        metrics.judging_seconds.labels(step).observe(time.perf_counter() - begun)
        _count(head)
        (self._asked if head.step is Step.ASK else self._judged)(turn.case_id)
        return CaseHead(
            stage=head.stage.value,
            version=head.version,
            step=head.step.value,
            round=head.round,
            office=head.office,
            ruleset=head.ruleset,
            disposition=head.disposition,
            next_actor=head.next_actor,
            wake_at=head.wake_at,
            outcomes=head.outcomes,
            ask=tuple(
                SourceAsk(source=ask.source.name, number=ask.number, timeout=ask.source.timeout) for ask in head.ask
            ),
        )


def _count(head: Head) -> None:
    for outcome in head.outcomes:
        kind, _, result = outcome.partition(" ")
        metrics.events_judged.labels(kind, result.partition(":")[0] or "none").inc()
    for lane in head.lanes:
        metrics.screenings.labels(lane).inc()
