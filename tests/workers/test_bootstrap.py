"""Bootstrap can be repeated, run twice at once, and makes what a fresh namespace lacks."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from secondlook.records import rings, store
from secondlook.records.database import Database
from tests.workflows.docket import Docket, connect_to
from workers.bootstrap import namespace_id, notice_namespace, prepare_record, prepare_temporal


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
    cases = Docket(database, fresh)
    async with cases.working():
        await cases.until_stage(await cases.receive(), "attorney_review")


async def test_preparing_the_record_twice_changes_nothing(database: Database) -> None:
    await prepare_record(database)
    await prepare_record(database)


async def test_another_namespace_has_every_open_case_rung_and_the_same_one_none(
    database: Database, client: Client
) -> None:
    cases = Docket(database, client)
    async with cases.working():
        for _ in range(3):
            await cases.until_stage(await cases.receive(), "attorney_review")
    await notice_namespace(database, "one")
    await notice_namespace(database, "one")
    assert await database.read(rings.backlog) == 0
    await notice_namespace(database, "another")
    assert await database.read(rings.backlog) == 3
    assert await database.read(lambda connection: store.recall(connection, "temporal_namespace")) == "another"
