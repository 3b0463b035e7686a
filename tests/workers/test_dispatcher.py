"""Inbox to Temporal: at least once, never two starts for a case, bounded in flight and patient."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import Counter, Gauge
from sqlalchemy import func, select
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from secondlook import metrics
from secondlook.records import rings
from secondlook.records.database import Database
from secondlook.records.schema import cases as case_rows
from tests.conftest import eventually, now
from tests.workers.conftest import OwnServer
from tests.workflows.docket import Docket, connect_to
from tests.workflows.lossy import lossy
from workers.bootstrap import prepare_temporal
from workers.dispatcher import Dispatcher
from workflows.messages import CaseHead, CaseTurn


def counted(metric: Counter | Gauge, *labels: str) -> float:
    """The present value of one of our metrics."""
    child = metric.labels(*labels) if labels else metric
    return float(child._value.get())


async def rung(cases: Docket) -> int:
    """Cases that were claimed at least once."""
    query = select(func.count()).where(case_rows.c.rung_seq > 0)
    return await cases.database.read(lambda connection: connection.execute(query).scalar_one())


async def all_judged(cases: Docket) -> bool:
    query = select(func.count()).where(case_rows.c.ring_class.is_not(None))
    return await cases.database.read(lambda connection: connection.execute(query).scalar_one()) == 0


async def test_no_more_cases_are_in_flight_than_the_bound(database: Database, client: Client) -> None:
    seen: list[float] = []

    async def look(step: str, turn: CaseTurn, head: CaseHead) -> None:
        seen.append(counted(metrics.in_flight))

    cases = Docket(database, client, limit=5, recording=lossy(look))
    received = [await cases.receive() for _ in range(30)]
    async with cases.dispatching():

        async def five_rung() -> bool:
            return await rung(cases) == 5

        await eventually(five_rung, "five cases rung")
        assert counted(metrics.in_flight) == 5
        async with cases.judging():
            for case_id in received:
                await cases.until_stage(case_id, "attorney_review")
    assert max(seen) <= 5


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_two_dispatchers_on_one_inbox_start_each_case_once(database: Database, client: Client) -> None:
    cases = Docket(database, client)
    other = Dispatcher(database, client, cases.task_queue, 60)
    received = [await cases.receive() for _ in range(30)]
    starts, signals = counted(metrics.rings, "start"), counted(metrics.rings, "signal")
    async with cases.judging(), cases.dispatching(other):
        for case_id in received:
            await cases.until_stage(case_id, "attorney_review")
    assert counted(metrics.rings, "start") - starts == 30
    assert counted(metrics.rings, "signal") == signals


async def test_most_first_tasks_come_back_with_the_start_itself(database: Database, client: Client) -> None:
    cases = Docket(database, client)
    async with cases.working():
        received = [await cases.receive() for _ in range(20)]
        for case_id in received:
            await cases.until_stage(case_id, "attorney_review")
    eager = 0
    for case_id in received:
        history = await cases.run(case_id).fetch_history()
        eager += history.events[0].workflow_execution_started_event_attributes.eager_execution_accepted
    assert eager > 10


async def test_a_ring_whose_answer_is_lost_is_made_again_and_judged_once(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = client.start_workflow
    lost: list[str] = []

    async def start_and_lose_the_answer(*given: object, **named: object) -> WorkflowHandle[object, object]:
        handle = await start(*given, **named)  # type: ignore[call-overload]
        if not lost:
            lost.append(handle.id)
            raise RPCError("connection reset", RPCStatusCode.UNAVAILABLE, b"")
        return handle  # type: ignore[no-any-return]

    monkeypatch.setattr(client, "start_workflow", start_and_lose_the_answer)
    monkeypatch.setattr("workers.dispatcher._DOWN_SECONDS", 0.1)
    cases = Docket(database, client)
    again = counted(metrics.rings, "signal")
    async with cases.dispatching():
        case_id = await cases.receive()

        async def rung_again() -> bool:
            return counted(metrics.rings, "signal") > again

        await eventually(rung_again, "the same case rung again, its run being there")
        async with cases.judging():
            await cases.until_stage(case_id, "attorney_review")
    assert lost
    assert await cases.events(case_id) == [("received", "applied", None)]


async def test_a_case_whose_ringer_died_is_rung_again_when_the_lease_is_over(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "LEASE", timedelta(milliseconds=500))
    cases = Docket(database, client)
    case_id = await cases.receive()
    claimed = await database.write(lambda connection: rings.claim(connection, now(), 10))
    assert [ring.case_id for ring in claimed] == [case_id]
    async with cases.working():
        await cases.until_stage(case_id, "attorney_review")


@pytest.mark.slow
async def test_while_the_server_is_down_events_wait_and_then_they_are_delivered(
    database: Database, own_server: OwnServer
) -> None:
    client = await connect_to(own_server.address)
    await prepare_temporal(client)
    cases = Docket(database, client)
    async with cases.working():
        before = await cases.receive()
        await cases.until_stage(before, "attorney_review")
        own_server.stop()
        reviewed = await cases.review(before)
        received = [await cases.receive() for _ in range(5)]
        failed = counted(metrics.rings, "failed")

        async def tried() -> bool:
            return counted(metrics.rings, "failed") > failed

        await eventually(tried, "a ring that found no server", 30)
        assert await cases.outcome(before, reviewed) == ("pending", None)
        own_server.start()
        assert await cases.until_judged(before, reviewed, 40) == ("applied", None)
        for case_id in received:
            await cases.until_stage(case_id, "attorney_review", 40)

        async def nothing_waits() -> bool:
            return await all_judged(cases)

        await eventually(nothing_waits, "an empty backlog")
        assert await cases.events(before) == [("received", "applied", None), ("reviewed", "applied", None)]
