"""What every user of Temporal here shares: converter, sandbox, the workflows. One plugin for client, worker, replayer.

The sandbox passes through each module that the workflow file imports, but never that file itself: passing its package
would silently switch the determinism guard off.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from workers.context import LogContext
from workflows.case_review import CaseReview

UNGUARDED = ("workflows.asking", "workflows.messages", "workflows.shown", "workflows.steps")
"""What the workflow file imports of ours: kept free of clocks and chance by a test that reads it."""

# Nothing but what the workflow says goes into its messages; whose run it was stands beside them (secondlook.logs).
workflow.logger.workflow_info_on_message = False


def _guarded(_existing: WorkflowRunner | None) -> WorkflowRunner:
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*UNGUARDED)
    return SandboxedWorkflowRunner(
        restrictions=restrictions.with_import_notification_policy(
            SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
            | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        )
    )


def plugin(*, guarded: bool = True) -> SimplePlugin:
    """A fresh plugin; give it to ``Client.connect``, workers of that client then have it too.

    ``guarded`` runs workflows in the sandbox that catches clocks, randomness and files. Every test does; the product's
    workers run the same small file without it, at a fifth less CPU a case (docs/decisions/0004-temporal-settings.md).
    """
    return SimplePlugin(
        "secondlook",
        data_converter=pydantic_data_converter,
        workflow_runner=_guarded if guarded else UnsandboxedWorkflowRunner(),
        workflows=[CaseReview],
        interceptors=[LogContext()],
    )
