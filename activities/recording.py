"""The two activities that do a case's work, ``screen`` and ``apply``: one transaction each, safe to run again.

They raise coded errors only. Temporal keeps an error's text for ever, and messages of the database or of validation can
hold what the record must keep to itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from secondlook import metrics
from secondlook.records.database import Database, DatabaseUnavailable
from secondlook.records.judging import Bench, Head
from workflows.messages import APPLY, SCREEN, CaseHead, CaseTurn


class Recording:
    """``judged`` is told each case that was judged, so that the dispatcher of this process can ring the next one."""

    def __init__(self, database: Database, bench: Bench, judged: Callable[[str], None]) -> None:
        self._database, self._bench, self._judged = database, bench, judged

    @activity.defn(name=SCREEN)
    async def screen(self, turn: CaseTurn) -> CaseHead:
        """Put the received facts through the rule set; answer the head."""
        return await self._take(SCREEN, self._bench.screen, turn)

    @activity.defn(name=APPLY)
    async def apply(self, turn: CaseTurn) -> CaseHead:
        """Judge people's events and due timers; answer the head."""
        return await self._take(APPLY, self._bench.apply, turn)

    async def _take(
        self, step: str, judge: Callable[[Connection, str, int, datetime], Head], turn: CaseTurn
    ) -> CaseHead:
        begun = time.perf_counter()
        try:
            head = await self._database.write(
                lambda connection: judge(connection, turn.case_id, turn.epoch, datetime.now(UTC))
            )
        except DatabaseUnavailable as problem:
            raise ApplicationError(f"database: {problem.code}", type="database_unavailable") from None
        except Exception as problem:
            raise ApplicationError(f"bug: {type(problem).__name__}", type="judging_failed") from None
        metrics.judging_seconds.labels(step).observe(time.perf_counter() - begun)
        _count(head)
        self._judged(turn.case_id)
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
        )


def _count(head: Head) -> None:
    for outcome in head.outcomes:
        kind, _, result = outcome.partition(" ")
        metrics.events_judged.labels(kind, result.partition(":")[0] or "none").inc()
    for lane in head.lanes:
        metrics.screenings.labels(lane).inc()
