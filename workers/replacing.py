"""Runs that were rung in vain are terminated and started from their cases' heads. Called by the reconciler.

Only where the run itself shows what holds it up, though workers are there: they tried its task and failed, or it lies
where no worker of ours looks. A run whose task merely waits for a worker is left alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest, DescribeWorkflowExecutionResponse
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from secondlook import metrics
from secondlook.records import in_vain, store
from secondlook.records.database import Database
from workflows import shown
from workflows.messages import SCREENING, WORKFLOW, CaseRun, workflow_id

log = structlog.get_logger()

_AT_ONCE = 20
_RPC = timedelta(seconds=10)
_RUNNING = (
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED,
)


async def replace_runs(database: Database, client: Client, task_queue: str) -> None:
    """Replace a few of them at a time."""
    for case in await database.read(lambda connection: in_vain.rung_in_vain(connection, datetime.now(UTC), _AT_ONCE)):
        seen = await _what_holds_it_up(client, case.case_id, task_queue)
        if seen is not None and await database.write(
            lambda connection, case=case: in_vain.claim_to_replace(connection, case, datetime.now(UTC))  # type: ignore[misc]
        ):
            log.warning("a run was rung in vain and is replaced", case_id=case.case_id, reason=seen)
            metrics.rings.labels("replace").inc()
            await client.start_workflow(
                WORKFLOW,
                CaseRun(case_id=case.case_id, epoch=await database.read(store.epoch)),
                id=workflow_id(case.case_id),
                task_queue=task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                search_attributes=SCREENING,
                static_summary=shown.TAKEN_UP,
                rpc_timeout=_RPC,
            )


async def _what_holds_it_up(client: Client, case_id: str, task_queue: str) -> str | None:
    try:
        described = await client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(
                namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id(case_id))
            ),
            timeout=_RPC,
        )
    except RPCError as problem:
        if problem.status is RPCStatusCode.NOT_FOUND:
            return None  # The next ring starts one.
        raise
    return held_up_by(described, task_queue)


def held_up_by(described: DescribeWorkflowExecutionResponse, task_queue: str) -> str | None:
    """What keeps a run from hearing its bells, as far as it shows; None where it will, or where it has ended."""
    run = described.workflow_execution_info
    if run.status not in _RUNNING:
        return None
    if run.type.name != WORKFLOW:
        return "another_type"
    if run.task_queue != task_queue:
        return "another_task_queue"
    if run.status == WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED:
        return "paused"
    if not described.HasField("pending_workflow_task"):
        waits_for_its_next_try = run.execution_time.ToDatetime(UTC) > datetime.now(UTC)
        return None if waits_for_its_next_try else "bells_unheard"
    return "task_fails" if described.pending_workflow_task.attempt > 1 else None
