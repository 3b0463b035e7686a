"""The reconciler: makes up for whatever was lost between the record and Temporal. One runs in each worker process.

It has overdue cases rung again, makes a Temporal namespace that holds none of our runs fit for them, and publishes what
the record counts. Rings are claims and leases, so several reconcilers do no harm.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from secondlook import metrics
from secondlook.records import rings, source_asks, status, store
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from workers.bootstrap import namespace_id, notice_namespace, prepare_temporal
from workers.connection import stopped_within

log = structlog.get_logger()

_EVERY_SECONDS = 10.0
_GRACE = timedelta(seconds=60)
_AT_ONCE = 500
_ASKED_AGAIN_AT_ONCE = 50


async def reconcile(database: Database, client: Client, stop: asyncio.Event) -> None:
    """Look every ten seconds until stopped; trouble with either side is logged and tried again."""
    while True:
        try:
            await _look(database, client)
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("the record cannot be reconciled now", error=str(problem))
        except (RPCError, RuntimeError) as problem:
            log.warning("Temporal does not answer the reconciler", error=type(problem).__name__)
        if await stopped_within(stop, _EVERY_SECONDS):
            return


async def _look(database: Database, client: Client) -> None:
    now = datetime.now(UTC)
    late = await database.write(lambda connection: rings.ring_overdue(connection, now, _GRACE, _AT_ONCE))
    if late:
        log.warning("cases whose deadline passed without waking are rung", count=late)
    await database.write(lambda connection: source_asks.ask_again(connection, now, _ASKED_AGAIN_AT_ONCE))
    publish(await database.read(lambda connection: status.count(connection, datetime.now(UTC))))
    await _meet_namespace(database, client)


async def _meet_namespace(database: Database, client: Client) -> None:
    """A namespace that we never met (a new server) lacks what runs need: make that first, then have cases rung."""
    met = await namespace_id(client)
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
