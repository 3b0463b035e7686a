"""The scaler: looks at the record, Temporal and its own workers every few seconds and does what is decided.

One runs in ``secondlook up`` where the number of workers may change, and one in ``secondlook scale``. It never decides
itself: workers/scaling.py does.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from secondlook import metrics
from secondlook.records import status
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from workers.connection import stopped_within
from workers.pool import WorkerPool
from workers.scaling import Bounds, Direction, Load, Memory, Reason, decide

log = structlog.get_logger()

_EVERY_SECONDS = 10.0
_ANSWER_WITHIN = timedelta(seconds=5)
_PLACES_HELD = "secondlook_in_flight_cases "


async def keep_scaled(
    pool: WorkerPool,
    bounds: Bounds,
    database: Database,
    client: Client,
    places: int,
    stop: asyncio.Event,
    every: float = _EVERY_SECONDS,
) -> None:
    """Scale ``pool`` until stopped. ``places`` is how many cases a worker may have in flight; ``every`` in seconds."""
    memory = Memory()
    while not await stopped_within(stop, every):
        seen = await look(pool, database, client, places)
        if stop.is_set():
            return
        before = len(pool.children)
        decision = decide(bounds, before, seen, time.monotonic(), memory)
        memory = decision.memory
        metrics.scaling_desired_workers.set(decision.workers)
        metrics.scaling_workers.set(sum(child.alive for child in pool.children))
        metrics.scaling_decisions.labels(decision.direction, decision.reason).inc()
        if decision.direction is not Direction.HOLD:
            log.info("the number of workers changes", count=decision.workers, reason=decision.reason.value)
            pool.resize(decision.workers)


async def look(pool: WorkerPool, database: Database, client: Client, places: int) -> Load | Reason:
    """What is to be seen now, or which side does not answer."""
    try:
        if not await client.service_client.check_health(timeout=_ANSWER_WITHIN):
            return Reason.TEMPORAL_SILENT
    except (RPCError, RuntimeError):
        return Reason.TEMPORAL_SILENT
    try:
        counts = await database.read(lambda connection: status.count(connection, datetime.now(UTC)))
    except (DatabaseUnavailable, UnitFailed):
        return Reason.RECORD_SILENT
    return Load(counts.backlog, counts.oldest_seconds, counts.drained_per_second, await _places_used(pool, places))


async def _places_used(pool: WorkerPool, places: int) -> float | None:
    """The share of places that hold a case, over the workers that answer; None where none does."""
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        held = await asyncio.gather(*(_places_held(http, child.metrics_url) for child in pool.children))
    answered = [each for each in held if each is not None]
    return min(1.0, sum(answered) / (places * len(answered))) if answered else None


async def _places_held(http: httpx.AsyncClient, url: str | None) -> float | None:
    try:
        lines = (await http.get(str(url))).text.splitlines()
    except httpx.HTTPError:
        return None
    return next((float(line.split()[1]) for line in lines if line.startswith(_PLACES_HELD)), None)
