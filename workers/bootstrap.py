"""What must be in place before the processes start: the schema, the namespace with its retention, search attributes.

Safe to repeat and to run twice at once. Called by ``secondlook bootstrap`` and at each start of ``up``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import Connection
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from secondlook.records import migrate, store
from secondlook.records.database import Database
from workflows.messages import CASE_STAGE, OFFICE, RULESET

log = structlog.get_logger()

T = TypeVar("T")

RETENTION = timedelta(days=90)
_RPC = timedelta(seconds=10)


async def prepare_record(database: Database) -> None:
    """Bring the database to this release's schema."""
    await asyncio.to_thread(migrate.upgrade, database)


async def prepare_temporal(client: Client) -> str:
    """Make the namespace and search attributes where they are missing; answers the namespace's own id."""
    known = await _namespace(client)
    await _when_known(lambda: _search_attributes(client))
    return known


async def notice_namespace(database: Database, namespace_id: str) -> None:
    """A namespace other than the last one holds none of our runs: have every open case rung."""

    def meet(connection: Connection) -> int:
        known = store.recall(connection, "temporal_namespace")
        if known == namespace_id:
            return 0
        store.remember(connection, "temporal_namespace", namespace_id)
        return store.ring_all_open(connection, datetime.now(UTC)) if known else 0

    rung = await database.write(meet)
    if rung:
        log.warning("a new Temporal namespace: every open case is rung", count=rung)


async def namespace_id(client: Client) -> str:
    """The id of the namespace that the client works in."""
    answer = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace), timeout=_RPC
    )
    return answer.namespace_info.id


async def _namespace(client: Client) -> str:
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    try:
        answer = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=_RPC
        )
    except RPCError as problem:
        if problem.status is not RPCStatusCode.NOT_FOUND:
            raise
        await _register(client, retention)
        return await _when_known(lambda: namespace_id(client))
    if answer.config.workflow_execution_retention_ttl.ToTimedelta() < RETENTION:
        await client.workflow_service.update_namespace(
            UpdateNamespaceRequest(
                namespace=client.namespace, config=NamespaceConfig(workflow_execution_retention_ttl=retention)
            ),
            timeout=_RPC,
        )
    return answer.namespace_info.id


async def _register(client: Client, retention: Duration) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=retention)
    try:
        await client.workflow_service.register_namespace(request, timeout=_RPC)
    except RPCError as problem:
        if problem.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _when_known(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again while the namespace is unknown: a new one takes a moment to reach the server's caches."""
    for _ in range(60):
        try:
            return await ask()
        except RPCError as problem:
            if problem.status is not RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(0.5)
    raise TimeoutError("the namespace was registered but is still unknown after 30 s")


async def _search_attributes(client: Client) -> None:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=_RPC
    )
    missing = {
        key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        for key in (CASE_STAGE, OFFICE, RULESET)
        if key.name not in listed.custom_attributes
    }
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing), timeout=_RPC
        )
    except RPCError as problem:
        if problem.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
