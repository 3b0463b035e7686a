"""Histories that earlier code made are replayed by today's: a change that would wedge open cases is found here.

Who changes the workflow guards the change with ``workflow.patched`` and adds histories with ``record_histories``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from tests.workflows.paths import PATHS
from workers.plugin import plugin
from workflows.messages import WORKFLOW, CaseHead, CaseRun, workflow_id

HISTORIES = sorted(Path(__file__).with_name("histories").glob("*.json"))


def history(file: Path) -> WorkflowHistory:
    """The history under its own workflow id, which the workflow holds against its input."""
    recorded = WorkflowHistory.from_json("", file.read_text())
    (given,) = recorded.events[0].workflow_execution_started_event_attributes.input.payloads
    case = CaseRun.given(RawValue(given))
    assert case is not None
    return WorkflowHistory(workflow_id(case.case_id), recorded.events)


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path) -> None:
    await Replayer(workflows=[], plugins=[plugin()]).replay_workflow(history(file))


@pytest.mark.parametrize("name", [path.name for path in PATHS])
def test_every_path_has_its_history(name: str) -> None:
    assert [file for file in HISTORIES if f"-{name}-" in file.stem]


@workflow.defn(name=WORKFLOW, sandboxed=False)
class CaseReviewWithATimerMore:
    """A change of the kind that must never reach open cases."""

    @workflow.run
    async def run(self, case: CaseRun) -> CaseHead:
        await workflow.sleep(1)
        return CaseHead(stage="closed", version=1, step="end")


async def test_a_changed_workflow_does_not_replay() -> None:
    changed = Replayer(
        workflows=[CaseReviewWithATimerMore],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
    )
    with pytest.raises(workflow.NondeterminismError):
        await changed.replay_workflow(history(HISTORIES[0]))
