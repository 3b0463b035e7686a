"""A worker told to stop is gone within the time that the supervisor gives it, whatever its activities are doing."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from secondlook.records.database import Database
from secondlook.settings import Settings
from tests.conftest import KEYS, eventually
from tests.workflows.docket import Docket
from tests.workflows.lossy import lossy
from workers.ports import free_port
from workers.worker import run_worker
from workflows.messages import CaseHead, CaseTurn

SUPERVISOR_GIVES = 11.0
"""Seconds after which the supervisor kills a worker."""


async def test_an_idle_worker_stops_at_once(database: Database, client: Client) -> None:
    cases = Docket(database, client)
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        begun = time.monotonic()
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("part", ["reconcile", "Dispatcher.run"])
async def test_a_process_whose_part_died_leaves_so_that_it_is_started_again(
    temporal_address: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    async def dies(*_: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(f"workers.worker.{part}", dies)
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal_address)
    settings = Settings(data=tmp_path, encryption_keys=KEYS, metrics_port=0, task_queue=f"dying-{part}")
    with pytest.raises(LookupError):
        await asyncio.wait_for(run_worker(settings, asyncio.Event()), SUPERVISOR_GIVES)


async def test_a_worker_process_answers_when_ready_and_stops_when_told(
    temporal_address: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal_address)
    stop, port = asyncio.Event(), free_port()
    running = asyncio.create_task(run_worker(Settings(data=tmp_path, encryption_keys=KEYS, metrics_port=port), stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

        async def ready() -> bool:
            with suppress(httpx.HTTPError):
                return (await http.get("/readyz")).status_code == 200
            return False

        await eventually(ready, "a worker that is ready")
        told = (await http.get("/metrics")).text
        assert "secondlook_in_flight_cases" in told
        assert "temporal_" in told
    stop.set()
    await asyncio.wait_for(running, SUPERVISOR_GIVES)


@pytest.mark.slow
async def test_a_worker_with_an_activity_in_retry_stops_in_time_and_another_takes_over(
    database: Database, client: Client
) -> None:
    tries: list[CaseTurn] = []

    async def fail(step: str, turn: CaseTurn, head: CaseHead) -> None:
        tries.append(turn)
        raise ApplicationError("database: busy", type="database_unavailable")

    cases = Docket(database, client, recording=lossy(fail))

    async def in_retry() -> bool:
        return len(tries) >= 3

    async with cases.working():
        case_id = await cases.receive()
        await eventually(in_retry, "an activity in retry")
        begun = time.monotonic()
    assert time.monotonic() - begun < SUPERVISOR_GIVES
    healthy = Docket(database, client)
    healthy.task_queue = cases.task_queue
    async with healthy.judging():
        await eventually(lambda: _waits(healthy, case_id), "the case goes on with another worker", 90)


async def _waits(cases: Docket, case_id: str) -> bool:
    try:
        return (await asyncio.wait_for(cases.head(case_id), 5)).step == "wait"
    except TimeoutError:
        return False
