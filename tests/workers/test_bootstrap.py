"""Bootstrap can be repeated, run twice at once, and makes what a fresh namespace lacks."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from sqlalchemy import Connection, func, select
from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.worker import Worker

from secondlook.records import store
from secondlook.records.database import Database
from secondlook.records.schema import cases
from tests.workflows.docket import Docket, connect_to, eventually
from workers.bootstrap import namespace_id, notice_namespace, prepare_temporal
from workers.upgrade import finish, older_workers


def rung(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(cases.c.ring_class.is_not(None))).scalar_one()


async def retention(client: Client) -> timedelta:
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return answer.config.workflow_execution_retention_ttl.ToTimedelta()


async def test_closed_runs_are_kept_ninety_days(client: Client) -> None:
    assert await retention(client) == timedelta(days=90)


async def test_preparing_again_changes_nothing(client: Client) -> None:
    once = await prepare_temporal(client)
    assert await prepare_temporal(client) == once == await namespace_id(client)
    assert await retention(client) == timedelta(days=90)


async def test_two_at_once_make_one_fresh_namespace_that_a_case_can_run_in(
    temporal_address: str, database: Database
) -> None:
    fresh = await connect_to(temporal_address, f"fresh-{secrets.token_hex(4)}")
    first, second = await asyncio.gather(prepare_temporal(fresh), prepare_temporal(fresh))
    assert first == second
    assert await retention(fresh) == timedelta(days=90)
    listed = await fresh.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=fresh.namespace))
    assert {"CaseStage", "Office", "Ruleset"} <= set(listed.custom_attributes)
    docket = Docket(database, fresh)
    async with docket.working():
        await docket.until_stage(await docket.receive(), "attorney_review")


async def test_a_new_record_speaks_this_release_s_language_at_once(database: Database) -> None:
    assert await database.read(store.level) == store.LEVEL


async def test_the_level_stays_while_a_worker_of_an_older_release_looks_for_work(
    database: Database, client: Client
) -> None:
    docket = Docket(database, client)
    said: list[str] = []
    await database.write(lambda connection: store.remember(connection, "level", "1"))
    async with Worker(client, task_queue=docket.task_queue, workflows=[Polls], build_id="0.1.0"):

        async def seen() -> bool:
            return await older_workers(client, docket.task_queue) == {"0.1.0"}

        await eventually(seen, "the older worker is seen at its queue")
        await finish(database, docket.vault, client, docket.task_queue, said.append, alone=False)

    assert await database.read(store.level) == 1
    assert "0.1.0" in said[0]
    await finish(database, docket.vault, client, f"{docket.task_queue}-nobody", said.append, alone=False)
    assert await database.read(store.level) == store.LEVEL
    assert len(said) == 1


@workflow.defn(sandboxed=False)
class Polls:
    """Something for the older worker to look for."""

    @workflow.run
    async def run(self) -> None: ...


async def test_another_namespace_has_every_open_case_rung_and_the_same_one_none(
    database: Database, client: Client
) -> None:
    docket = Docket(database, client)
    async with docket.working():
        for _ in range(3):
            await docket.until_stage(await docket.receive(), "attorney_review")
    await notice_namespace(database, "one")
    await notice_namespace(database, "one")
    assert await database.read(rung) == 0
    await notice_namespace(database, "another")
    assert await database.read(rung) == 3
    assert await database.read(lambda connection: store.recall(connection, "temporal_namespace")) == "another"
