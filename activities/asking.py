"""Asking outside sources: the remote activity ``ask_source``, on workers and a task queue of its own for each source.

An ask reads whom the case is about, asks, and writes answer and mark in one transaction; run again it finds the mark.
That an ask came to nothing is written by ``activities.recording``, on the workers that need no source.
Errors are codes: what was asked and what was answered never reach Temporal, a log or a metric.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TypeVar

import httpx
from temporalio import activity
from temporalio.exceptions import ApplicationError

from secondlook import metrics
from secondlook.cases.identity import CaseKey
from secondlook.records import source_asks
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault
from secondlook.sources.asking import SourceFailed, ask
from secondlook.sources.breaker import Breaker
from secondlook.sources.configured import Source
from workflows.messages import ASK_SOURCE, SourceTurn
from workflows.steps import ASK_HEARTBEAT, ASK_TRIES, OfSources

T = TypeVar("T")

_CLOSED = Breaker()
_RECORD_AWAY_SECONDS = 0.5


class Asking(OfSources):
    """Asks one source. ``breaker`` is how it starts out; its state is this process's own."""

    def __init__(
        self, database: Database, vault: Vault, source: Source, client: httpx.AsyncClient, breaker: Breaker = _CLOSED
    ) -> None:
        self._database, self._vault, self._source, self._client = database, vault, source, client
        self._breaker = breaker

    @activity.defn(name=ASK_SOURCE)
    async def ask_source(self, turn: SourceTurn) -> None:
        """Ask, and write the answer down. Raises coded errors; those that another try cannot mend are not retried."""
        async with _heartbeats():
            await self._ask_and_write(turn)

    async def _ask_and_write(self, turn: SourceTurn) -> None:
        whom = await _on_record(
            lambda: self._database.read(
                lambda connection: source_asks.whom(connection, self._vault, turn.case_id, turn.source)
            )
        )
        if whom is None:
            return
        if not self._breaker.lets(time.monotonic()):
            self._count("not_asked")
            raise ApplicationError("source: left alone after failures", type="source_open", non_retryable=True)
        facts = await self._ask(whom)
        await _on_record(
            lambda: self._database.write(
                lambda connection: source_asks.answered(
                    connection, self._vault, turn.case_id, turn.epoch, turn.source, facts, datetime.now(UTC)
                )
            )
        )

    async def _ask(self, whom: CaseKey) -> dict[str, object]:
        begun = time.monotonic()
        self._breaker = self._breaker.asked(begun)
        try:
            today = datetime.now(UTC).date()
            facts = await ask(self._client, self._source, whom.a_number, whom.nta_date, today)
        except SourceFailed as problem:
            self._breaker = self._breaker.failed(time.monotonic())
            self._count("failed")
            kind = "source_failed"
            final = not problem.passing or activity.info().attempt >= ASK_TRIES
            raise ApplicationError(f"source: {problem.code}", type=kind, non_retryable=final) from None
        finally:
            metrics.source_seconds.labels(self._source.name).observe(time.monotonic() - begun)
        self._breaker = self._breaker.went_well()
        self._count("answered")
        return facts

    def _count(self, outcome: str) -> None:
        metrics.source_asks.labels(self._source.name, outcome).inc()
        metrics.source_open.labels(self._source.name).set(self._breaker.open)


async def _on_record(work: Callable[[], Awaitable[T]]) -> T:
    """Wait for a record that is away, as long as Temporal gives the ask; then Temporal asks again.

    Neither that nor a bug of ours is a silence of the source.
    """
    while True:
        try:
            return await work()
        except DatabaseUnavailable:
            pass
        except UnitFailed as problem:
            if not problem.again:
                raise ApplicationError(f"bug: {problem}", type="asking_failed") from None
        except Exception as problem:
            raise ApplicationError(f"bug: {type(problem).__name__}", type="asking_failed") from None
        await asyncio.sleep(_RECORD_AWAY_SECONDS)


@asynccontextmanager
async def _heartbeats() -> AsyncIterator[None]:
    """Tell Temporal that the ask is alive, so that a killed worker's asks are made elsewhere soon."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(ASK_HEARTBEAT.total_seconds() / 3)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
