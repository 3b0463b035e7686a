"""Whatever Temporal loses, the record gives back: a missing run, a missed deadline, a whole server's file."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from temporalio.api.operatorservice.v1 import DeleteNamespaceRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from secondlook import metrics
from secondlook.records import counted, status
from secondlook.records.database import Database
from tests.conftest import eventually, now
from tests.workers.conftest import OwnServer
from tests.workflows.docket import Docket, connect_to
from workers.bootstrap import notice_namespace, prepare_temporal
from workers.reconciler import publish, reconcile


@asynccontextmanager
async def reconciling(cases: Docket) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(reconcile(cases.database, cases.client, cases.task_queue, stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def test_a_case_whose_run_is_gone_when_its_deadline_passes_is_started_again_and_goes_on(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.reconciler._EVERY_SECONDS", 0.1)
    monkeypatch.setattr("workers.reconciler._GRACE", timedelta(milliseconds=200))
    cases = Docket(database, client, window=timedelta(seconds=1), concurrence=frozenset())
    async with cases.working(), reconciling(cases):
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        await cases.until_stage(case_id, "held")
        await cases.run(case_id).terminate("lost")
        await cases.until_stage(case_id, "closed")
    assert [kind for kind, *_ in await cases.events(case_id)] == ["received", "reviewed", "timer.window"]


@pytest.mark.slow
async def test_temporals_file_is_lost_under_cases_in_every_stage_and_all_go_on(
    database: Database, own_server: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.reconciler._EVERY_SECONDS", 0.3)
    client = await connect_to(own_server.address)
    await notice_namespace(database, await prepare_temporal(client))
    cases = Docket(database, client, window=timedelta(seconds=2))
    async with cases.working(), reconciling(cases):
        reviewing, asking, deciding, ended, holding = [await cases.receive() for _ in range(5)]
        for case_id in (reviewing, asking, deciding, ended, holding):
            await cases.until_stage(case_id, "attorney_review")
        await cases.review(asking, "need_facts")
        await cases.review(deciding)
        await cases.review(ended)
        await cases.until_stage(asking, "awaiting_facts")
        await cases.until_stage(deciding, "supervisor_review")
        await cases.until_stage(ended, "supervisor_review")
        await cases.concur(ended)
        await cases.until_ended(ended)
        await cases.review(holding)
        await cases.until_stage(holding, "held")

        own_server.stop()
        screening = await cases.receive()
        own_server.lose_its_file()
        own_server.start()

        await cases.until_stage(holding, "supervisor_review", 60)
        await cases.until_stage(screening, "attorney_review", 60)
        for case_id in (reviewing, asking, deciding, holding, screening):
            await eventually(lambda case_id=case_id: _runs(cases, case_id), f"a run of {case_id}", 60)  # type: ignore[misc]
        await cases.update_facts(asking, prior_removals=0)
        await cases.review(reviewing, "dismiss")
        for case_id in (deciding, holding):
            await cases.concur(case_id)
            await cases.until_ended(case_id, 30)
        await cases.until_stage(asking, "attorney_review", 30)
        await cases.until_stage(reviewing, "supervisor_review", 30)
    assert await _stages(cases, reviewing, asking, deciding, holding, ended, screening) == [
        "supervisor_review", "attorney_review", "closed", "closed", "closed", "attorney_review"
    ]  # fmt: skip
    for case_id in (reviewing, asking, deciding, holding, ended, screening):
        assert {state for _, state, _ in await cases.events(case_id)} == {"applied"}


async def _runs(cases: Docket, case_id: str) -> bool:
    try:
        return (await cases.run(case_id).describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError:
        return False


async def _stages(cases: Docket, *case_ids: str) -> list[object]:
    return [(await cases.on_record(case_id))["stage"] for case_id in case_ids]


async def test_what_is_on_record_is_published(database: Database, client: Client) -> None:
    cases = Docket(database, client)
    async with cases.working():
        await cases.until_stage(await cases.receive(), "attorney_review")
    await cases.receive()
    publish(await database.read(lambda connection: status.count(connection, now())))
    assert metrics.cases.labels("attorney_review")._value.get() == 1
    assert metrics.cases.labels("screening")._value.get() == 1
    assert metrics.events.labels("pending")._value.get() == 1
    assert metrics.stuck._value.get() == 0


async def test_the_gauges_show_what_was_counted_for_all(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.reconciler._EVERY_SECONDS", 0.1)
    monkeypatch.setattr("workers.reconciler._look", _fails)
    cases = Docket(database, client)
    metrics.cases.labels("screening").set(99)
    await cases.receive()
    async with reconciling(cases):
        await eventually(lambda: _shown("screening", 1), "the gauge of what is on record, though Temporal is away")
    kept = await database.read(counted.NOW.kept)
    assert kept is not None
    assert kept.value.cases["screening"] == 1


async def _fails(*_: object) -> None:
    raise RuntimeError("Temporal is away")


async def _shown(stage: str, number: int) -> bool:
    return metrics.cases.labels(stage)._value.get() == number


@pytest.mark.slow
async def test_a_namespace_that_vanished_under_running_workers_is_made_again(
    database: Database, temporal_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.reconciler._EVERY_SECONDS", 0.3)
    client = await connect_to(temporal_address, f"vanishing-{secrets.token_hex(4)}")
    await notice_namespace(database, await prepare_temporal(client))
    cases = Docket(database, client)
    async with cases.working(), reconciling(cases):
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await client.operator_service.delete_namespace(DeleteNamespaceRequest(namespace=client.namespace))
        event_id = await cases.review(case_id)
        assert await cases.until_judged(case_id, event_id, 60) == ("applied", None)
        later = await cases.receive()
        await cases.until_stage(later, "attorney_review", 30)
