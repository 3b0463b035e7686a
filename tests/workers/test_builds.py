"""Worker versioning by configuration: two builds side by side, and a case goes over to the newer one by itself."""

from __future__ import annotations

import secrets

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.recording import Recording
from secondlook.records.database import Database
from tests.conftest import eventually
from tests.workflows.docket import Docket
from workers.dispatcher import Dispatcher
from workers.worker import deployment_of, worker_of


async def make_current(client: Client, deployment: str, build_id: str) -> None:
    async def made() -> bool:
        try:
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace, deployment_name=deployment, build_id=build_id
                )
            )
        except RPCError:  # Its workers have not asked for work yet.
            return False
        return True

    await eventually(made, f"build {build_id} the current one", 30)


async def built_by(cases: Docket, case_id: str) -> list[str]:
    """The builds that finished the run's tasks, in order, each named once."""
    history = await cases.run(case_id).fetch_history()
    builds = [
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    return list(dict.fromkeys(builds))


async def test_a_case_goes_over_to_the_build_that_is_made_current(database: Database, client: Client) -> None:
    cases = Docket(database, client)
    deployment = f"secondlook-{secrets.token_hex(4)}"
    recording = Recording(database, cases.bench, cases.dispatcher.judged)
    old, new = (
        worker_of(client, cases.task_queue, recording, deployment=deployment_of(deployment, build))
        for build in ("build-1", "build-2")
    )
    cases.dispatcher = Dispatcher(database, client, cases.task_queue, 60, eager=False)
    async with old, new, cases.dispatching():
        await make_current(client, deployment, "build-1")
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review", 30)

        async def first_task_done() -> bool:
            return await built_by(cases, case_id) != []

        await eventually(first_task_done, "the first task's end")
        assert await built_by(cases, case_id) == ["build-1"]
        await make_current(client, deployment, "build-2")

        async def over() -> bool:
            await cases.until_judged(case_id, await cases.update_facts(case_id, prior_removals=secrets.randbelow(100)))
            return "build-2" in await built_by(cases, case_id)

        await eventually(over, "the case with the newer build", 30)
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review", 30)
