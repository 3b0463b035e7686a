"""The reconciler: makes up for whatever was lost between the record and Temporal. One runs in each worker process.

It has overdue cases rung again, makes a Temporal namespace that holds none of our runs fit for them, and publishes what
the record counts. Rings are claims and leases, so several reconcilers do no harm.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from secondlook import metrics
from secondlook.records import counted, rings, source_asks, status, store
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from workers.bootstrap import namespace_id, notice_namespace, prepare_temporal
from workers.connection import stopped_within
from workers.replacing import replace_runs

log = structlog.get_logger()

_EVERY_SECONDS = 10.0
_GRACE = timedelta(seconds=60)
_AT_ONCE = 500
_ASKED_AGAIN_AT_ONCE = 50


async def reconcile(database: Database, client: Client, task_queue: str, stop: asyncio.Event) -> None:
    """Look every ten seconds until stopped; trouble with either side is logged and tried again."""
    while True:
        try:
            await _look(database, client, task_queue)
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("the record cannot be reconciled now", error=str(problem))
        except (RPCError, RuntimeError) as problem:
            log.warning("Temporal does not answer the reconciler", error=type(problem).__name__)
        # Apart from it, so that neither keeps the other from its work.
        try:
            await _count(database)
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("the record cannot be counted now", error=str(problem))
        if await stopped_within(stop, _EVERY_SECONDS):
            return


async def _look(database: Database, client: Client, task_queue: str) -> None:
    now = datetime.now(UTC)
    late = await database.write(lambda connection: rings.ring_overdue(connection, now, _GRACE, _AT_ONCE))
    if late:
        log.warning("cases whose deadline passed without waking are rung", count=late)
    await database.write(lambda connection: source_asks.ask_again(connection, now, _ASKED_AGAIN_AT_ONCE))
    await _meet_namespace(database, client)
    await replace_runs(database, client, task_queue)


async def _count(database: Database) -> None:
    """Have the record counted where that is due; the gauges show what is kept, whoever counted it."""
    await counted.count_what_is_due(database)
    kept = await database.read(counted.NOW.kept)
    if kept is not None:
        publish(kept.value)


async def _meet_namespace(database: Database, client: Client) -> None:
    """A namespace that vanished is made again; one that we never met lacks what runs need, and our runs."""
    try:
        met = await namespace_id(client)
    except RPCError as problem:
        if problem.status is not RPCStatusCode.NOT_FOUND:
            raise
        log.warning("the Temporal namespace is gone and is made again")
        met = await prepare_temporal(client)
    if met != await database.read(lambda connection: store.recall(connection, "temporal_namespace")):
        await prepare_temporal(client)
        await notice_namespace(database, met)


def publish(counts: status.Counts) -> None:
    """Set the gauges that tell what is on record."""
    for stage, number in counts.cases.items():
        metrics.cases.labels(stage).set(number)
    for state, number in counts.events.items():
        metrics.events.labels(state).set(number)
    metrics.backlog_oldest.set(counts.oldest_seconds)
    metrics.backlog_drained.set(counts.drained_per_second)
    metrics.escalated.set(counts.escalated)
    metrics.stuck.set(len(counts.stuck))
