"""A worker process tells the record how it is, in the numbers of its metrics."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from secondlook import metrics
from secondlook.records import reports
from secondlook.records.database import Database
from secondlook.records.reports import Heard
from tests.conftest import eventually
from workers.reporting import keep_reporting


async def heard(database: Database) -> list[Heard]:
    return await database.read(lambda connection: reports.heard(connection, datetime.now(UTC)))


async def test_a_worker_reports_while_it_runs_and_takes_its_report_along(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "EVERY", timedelta(seconds=0.1))
    metrics.in_flight.set(3)
    metrics.source_open.labels("police").set(True)
    stop = asyncio.Event()
    running = asyncio.create_task(keep_reporting(database, client, 12, ["police", "court"], stop))

    await eventually(lambda: heard(database), "a report")
    (first,) = await heard(database)
    assert (first.report.in_flight, first.report.places, first.report.temporal_answers) == (3, 12, True)
    assert first.report.sources == {"police": True, "court": None}
    metrics.in_flight.set(0)

    async def newer() -> bool:
        return [each.report.in_flight for each in await heard(database)] == [0]

    await eventually(newer, "a newer report of the same process")
    stop.set()
    await running
    assert await heard(database) == []
