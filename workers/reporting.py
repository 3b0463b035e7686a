"""A worker process says every few seconds how it is (``records.reports``), for the operators' page. The numbers are
those of its metrics. It runs beside the reconciler and never waits for it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from secondlook import __version__, metrics
from secondlook.records import reports
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.reports import Report
from workers.connection import stopped_within

log = structlog.get_logger()

_ANSWER_WITHIN = timedelta(seconds=5)


async def keep_reporting(
    database: Database, client: Client, places: int, sources: Sequence[str], stop: asyncio.Event
) -> None:
    """Report until stopped, then take the report away. A record that is away is told the next time."""
    process = f"w_{secrets.token_hex(6)}"
    while True:
        report = await look(client, places, sources)
        try:
            await database.write(partial(reports.tell, process=process, report=report, now=datetime.now(UTC)))
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("this process's report cannot be written", error=str(problem))
        if await stopped_within(stop, reports.EVERY.total_seconds()):
            break
    with suppress(DatabaseUnavailable, UnitFailed):
        await database.write(lambda connection: reports.leave(connection, process))


async def look(client: Client, places: int, sources: Sequence[str]) -> Report:
    """How this process is now."""
    try:
        answers = await client.service_client.check_health(timeout=_ANSWER_WITHIN)
    except (RPCError, RuntimeError):
        answers = False
    return Report(
        release=__version__,
        places=places,
        in_flight=int(metrics.registry.get_sample_value("secondlook_in_flight_cases") or 0),
        temporal_answers=answers,
        sources={source: _open(source) for source in sources},
    )


def _open(source: str) -> bool | None:
    found = metrics.registry.get_sample_value("secondlook_source_open", {"source": source})
    return None if found is None else bool(found)
