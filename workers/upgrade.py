"""The end of an upgrade: once no worker of an older release is left, this one's types and signals may be used, and
what an older one refused for its own faults is judged again, and its cases are bound to their audit chains as found;
workers are told to look once more whether all its cases can be found.

Called by ``secondlook bootstrap`` and at each start of ``up``, after the schema and Temporal are ready. Safe to
repeat and to be cut off at any place: each step is a transaction, and the next call goes on from it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from secondlook import __version__
from secondlook.records import as_found, operators, store
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.search.filling import fill_again

_RPC = timedelta(seconds=10)


async def older_workers(client: Client, task_queue: str) -> set[str]:
    """The releases of workers that looked for work in the last minutes and are older than this one."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=_RPC,
    )
    found = {poller.worker_version_capabilities.build_id for poller in answer.pollers}
    return {build for build in found if _ordered(build) < _ordered(__version__)}


async def finish(
    database: Database, vault: Vault, client: Client, task_queue: str, say: Callable[[str], None], *, alone: bool
) -> None:
    """Raise the record's level and repair it. ``alone``: whoever calls knows that nothing else runs on this record."""
    older = set() if alone else await older_workers(client, task_queue)
    if older:
        say(
            f"Workers of release {', '.join(sorted(older))} were here in the last minutes, so the record stays as they "
            "know it. Run bootstrap again when only this release runs (docs/upgrading.md)."
        )
        return
    await database.write(store.raise_level)
    await database.write(fill_again)
    requeued = left = 0
    while True:
        step = await database.write(lambda connection: _repair(connection, vault))
        requeued, left = requeued + step.requeued, left + step.left
        if step.last is None:
            break
        say(f"Events that an older release refused for its own faults: {requeued} will be judged again ...")
    if requeued or left:
        say(
            f"{requeued} events that an older release refused for its own faults will be judged again; "
            f"{left} cannot be read by this one either and stay refused."
        )
    bound = broken = 0
    while True:
        found = await database.write(lambda connection: _bind(connection, vault))
        bound, broken = bound + found.bound, broken + found.broken
        if not found.more:
            break
        say(f"Cases of an older release get an audit entry that says how they were found: {bound} ...")
    if bound or broken:
        say(
            f"{bound} cases of an older release got an audit entry that says how they were found; {broken} do not "
            "agree with their entries: see `secondlook audit verify`."
        )


def _repair(connection: Connection, vault: Vault) -> operators.Again:
    return operators.repair_some(connection, vault, datetime.now(UTC))


def _bind(connection: Connection, vault: Vault) -> as_found.Found:
    return as_found.bind_some(connection, vault, operators.RELEASE, datetime.now(UTC))


def _ordered(release: str) -> tuple[int, ...]:
    """``0.10.2`` after ``0.9``; what is no release number (a custom build id) is taken for a new one."""
    parts = release.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else (2**31,)
