"""What every user of Temporal here shares: converter, sandbox, the workflows. One plugin for client, worker, replayer.

The sandbox passes through each module that the workflow file imports, but never that file itself: passing its package
would silently switch the determinism guard off.
"""

from __future__ import annotations

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from workflows.case_review import CaseReview


def _guarded(_existing: WorkflowRunner | None) -> WorkflowRunner:
    restrictions = SandboxRestrictions.default.with_passthrough_modules("workflows.messages")
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
    )
