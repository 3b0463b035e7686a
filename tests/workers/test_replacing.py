"""What shows of a run that does not hear its bells, and what is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.enums.v1 import WorkflowExecutionStatus as Status
from temporalio.api.workflow.v1 import PendingWorkflowTaskInfo, WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse

from workers.replacing import held_up_by
from workflows.messages import WORKFLOW


def described(
    status: Status.ValueType = Status.WORKFLOW_EXECUTION_STATUS_RUNNING,
    *,
    name: str = WORKFLOW,
    queue: str = "ours",
    attempt: int | None = None,
    next_try: timedelta = timedelta(0),
) -> DescribeWorkflowExecutionResponse:
    """A run as Temporal describes it; ``attempt`` is that of its waiting task, None where none waits."""
    info = WorkflowExecutionInfo(status=status, type=WorkflowType(name=name), task_queue=queue)
    info.execution_time.FromDatetime(datetime.now(UTC) + next_try)
    task = PendingWorkflowTaskInfo(attempt=attempt) if attempt is not None else None
    return DescribeWorkflowExecutionResponse(workflow_execution_info=info, pending_workflow_task=task)


@pytest.mark.parametrize(
    ("run", "seen"),
    [
        (described(), "bells_unheard"),
        (described(attempt=2), "task_fails"),
        (described(Status.WORKFLOW_EXECUTION_STATUS_PAUSED), "paused"),
        (described(Status.WORKFLOW_EXECUTION_STATUS_PAUSED, attempt=1), "paused"),
        (described(name="Other", attempt=1), "another_type"),
        (described(queue="theirs", attempt=1), "another_task_queue"),
    ],
)
def test_a_run_that_will_not_hear_shows_why(run: DescribeWorkflowExecutionResponse, seen: str) -> None:
    assert held_up_by(run, "ours") == seen


@pytest.mark.parametrize(
    "run",
    [
        described(attempt=1),
        described(next_try=timedelta(days=1)),
        described(Status.WORKFLOW_EXECUTION_STATUS_COMPLETED),
        described(Status.WORKFLOW_EXECUTION_STATUS_TERMINATED, name="Other"),
    ],
    ids=["waits for a worker", "waits for its next try", "completed", "terminated"],
)
def test_a_run_that_waits_or_has_ended_is_left_alone(run: DescribeWorkflowExecutionResponse) -> None:
    assert held_up_by(run, "ours") is None
