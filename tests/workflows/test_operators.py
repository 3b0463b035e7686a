"""What people do to runs in Temporal's own pages or command line never loses, changes or wedges a case."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
    SignalWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import RawValue, WorkflowIDConflictPolicy
from temporalio.service import RPCError

from secondlook.records import rings
from secondlook.records.database import Database
from secondlook.records.schema import cases as case_rows
from tests.conftest import eventually
from tests.workers.test_reconciler import reconciling
from tests.workflows.conftest import MakeDocket
from tests.workflows.docket import Docket
from workflows.messages import WORKFLOW, CaseRun, workflow_id

JSON = {"encoding": b"json/plain"}
GARBAGE: dict[str, list[Payload]] = {
    "nothing": [],
    "two inputs": [Payload(metadata=JSON, data=b'{"event_id": "a"}'), Payload(metadata=JSON, data=b"{}")],
    "no JSON": [Payload(metadata=JSON, data=b'{"event_id": ')],
    "other types": [Payload(metadata=JSON, data=b'{"event_id": 7, "type": ["reviewed"]}')],
    "a list": [Payload(metadata=JSON, data=b"[1, 2, 3]")],
    "deep": [Payload(metadata=JSON, data=b"[" * 5000)],
    "bytes": [Payload(metadata={"encoding": b"binary/plain"}, data=bytes(range(256)))],
    "an encoding that nobody knows": [Payload(metadata={"encoding": b"made/up"}, data=b"?")],
    "no encoding": [Payload(data=b"?")],
    "a long text": [Payload(metadata=JSON, data=b'{"type": "' + b"x" * 10_000 + b'"}')],
}
NAMES = ["event", "reviewed", "x" * 900, "two words", "__temporal_something", "Æ\u202e"]


async def signal_by_hand(client: Client, case_id: str, name: str, payloads: Sequence[Payload]) -> None:
    request = SignalWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=workflow_id(case_id)),
        signal_name=name,
        request_id=secrets.token_hex(8),
    )
    if payloads:
        request.input.payloads.extend(payloads)
    await client.workflow_service.signal_workflow_execution(request)


async def no_task_failed(cases: Docket, case_id: str) -> None:
    for history in await cases.histories(case_id):
        failed = [event for event in history.events if event.HasField("workflow_task_failed_event_attributes")]
        assert not failed, failed


@pytest.mark.parametrize("what", GARBAGE)
async def test_a_signal_with_any_input_is_a_bell(docket: MakeDocket, what: str) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        for name in ("event", "reviewed"):
            await signal_by_hand(cases.client, case_id, name, GARBAGE[what])
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
    await no_task_failed(cases, case_id)
    assert len(await cases.events(case_id)) == 2


async def test_a_signal_of_any_name_is_a_bell(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        for name in NAMES:
            await signal_by_hand(cases.client, case_id, name, [])
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
    await no_task_failed(cases, case_id)


@pytest.mark.parametrize("given", ["nothing", "no JSON", "another case", "bytes"])
async def test_a_run_started_by_hand_with_another_input_ends_and_touches_no_case(
    docket: MakeDocket, given: str
) -> None:
    cases = docket()
    async with cases.working():
        other = await cases.receive()
        await cases.until_stage(other, "attorney_review")
        before = await cases.on_record(other)
        payload = (
            Payload(metadata=JSON, data=CaseRun(case_id=other, epoch=1).model_dump_json().encode())
            if given == "another case"
            else (GARBAGE[given] or [None])[0]
        )
        by_hand = await cases.client.start_workflow(
            WORKFLOW,
            args=[] if payload is None else [RawValue(payload)],
            id=workflow_id(f"c_{secrets.token_hex(10)}"),
            task_queue=cases.task_queue,
        )
        await by_hand.result()
        assert await cases.on_record(other) == before
        assert not any(
            event.HasField("marker_recorded_event_attributes") for event in (await by_hand.fetch_history()).events
        ), "it was to do nothing"


async def test_a_cancelled_run_goes_on_in_a_new_one(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        before = await cases.on_record(case_id)
        await cases.run(case_id).cancel()

        async def in_a_new_one() -> bool:
            runs = await cases.histories(case_id)
            return len(runs) == 2 and (await cases.head(case_id)).step == "wait"

        await eventually(in_a_new_one, "another run that waits")
        assert await cases.on_record(case_id) == before
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")


async def _terminate(cases: Docket, case_id: str) -> None:
    await cases.run(case_id).terminate("by hand")


async def _delete(cases: Docket, case_id: str) -> None:
    await cases.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=cases.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(case_id)),
        )
    )

    async def gone() -> bool:
        try:
            return (await cases.run(case_id).describe()).status is not WorkflowExecutionStatus.RUNNING
        except RPCError:
            return True

    await eventually(gone, "the run deleted")


async def _reset(cases: Docket, case_id: str) -> None:
    described = await cases.run(case_id).describe()
    await cases.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=cases.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(case_id), run_id=described.run_id),
            reason="by hand",
            workflow_task_finish_event_id=4,
            request_id=secrets.token_hex(8),
        )
    )


@pytest.mark.parametrize("do", [_terminate, _delete, _reset], ids=["terminate", "delete", "reset"])
async def test_a_run_that_was_ended_or_reset_by_hand_loses_nothing(docket: MakeDocket, do: object) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.until_judged(case_id, await cases.update_facts(case_id, prior_removals=0))
        before = await cases.on_record(case_id)
        await do(cases, case_id)  # type: ignore[operator]
        assert await cases.on_record(case_id) == before
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id)
        assert (await cases.until_ended(case_id)).stage == "closed"
    assert [state for _, state, _ in await cases.events(case_id)] == ["applied"] * 4


@asynccontextmanager
async def soon_in_vain(cases: Docket, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Leases and looks in a fraction of their time."""
    monkeypatch.setattr(rings, "LEASE", timedelta(milliseconds=200))
    monkeypatch.setattr("workers.reconciler._EVERY_SECONDS", 0.2)
    async with cases.working(), reconciling(cases):
        yield


async def _of_another_type(cases: Docket, case_id: str) -> None:
    await _by_hand(cases, case_id, "Other", cases.task_queue)


async def _on_another_queue(cases: Docket, case_id: str) -> None:
    await _by_hand(cases, case_id, WORKFLOW, "nobodys", CaseRun(case_id=case_id, epoch=1))


async def _that_cannot_finish_a_task(cases: Docket, case_id: str) -> None:
    await _by_hand(cases, case_id, WORKFLOW, cases.task_queue, 1, 2)


async def _by_hand(cases: Docket, case_id: str, kind: str, task_queue: str, *given: object) -> None:
    await cases.client.start_workflow(
        kind,
        args=given,
        id=workflow_id(case_id),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
    )


@pytest.mark.parametrize(
    ("put", "seen"),
    [
        (_of_another_type, "another_type"),
        (_on_another_queue, "another_task_queue"),
        (_that_cannot_finish_a_task, "task_fails"),
    ],
    ids=["another type", "another queue", "cannot finish a task"],
)
async def test_a_run_that_is_rung_in_vain_is_replaced_and_the_case_goes_on(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch, put: object, seen: str
) -> None:
    cases = Docket(database, client)
    with capture_logs() as logged:
        async with soon_in_vain(cases, monkeypatch):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
            await put(cases, case_id)  # type: ignore[operator]
            await cases.review(case_id)
            await cases.until_stage(case_id, "supervisor_review", 30)
    (line,) = [line for line in logged if "rung in vain" in line["event"]]
    assert (line["case_id"], line["reason"]) == (case_id, seen)
    assert [state for _, state, _ in await cases.events(case_id)] == ["applied", "applied"]


async def test_a_case_that_is_noted_as_failing_is_not_replaced(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = Docket(database, client)
    monkeypatch.setattr("secondlook.records.failing.LONGEST_LEASE", timedelta(milliseconds=200))

    def buggy(*_: object) -> object:
        raise LookupError

    with capture_logs() as logged:
        async with soon_in_vain(cases, monkeypatch):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
            judge = cases.bench.apply
            monkeypatch.setattr(cases.bench, "apply", buggy)
            event_id = await cases.review(case_id)

            async def rung_often() -> bool:
                return await _rings(database, case_id) >= 5

            await eventually(rung_often, "five rings", 30)
            monkeypatch.setattr(cases.bench, "apply", judge)
            assert await cases.until_judged(case_id, event_id, 30) == ("applied", None)
    assert not [line for line in logged if "rung in vain" in line["event"]]


async def test_while_all_workers_are_away_no_run_is_replaced(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = Docket(database, client)
    monkeypatch.setattr(rings, "LEASE", timedelta(milliseconds=200))
    monkeypatch.setattr("workers.reconciler._EVERY_SECONDS", 0.2)
    with capture_logs() as logged:
        async with cases.dispatching(), reconciling(cases):
            case_id = await cases.receive()

            async def rung_often() -> bool:
                return await _rings(database, case_id) >= 5

            await eventually(rung_often, "five rings", 30)
            async with cases.judging():
                await cases.until_stage(case_id, "attorney_review", 30)
    assert not [line for line in logged if "rung in vain" in line["event"]]


async def _rings(database: Database, case_id: str) -> int:
    return await database.read(
        lambda connection: connection.execute(select(case_rows.c.rings).where(case_rows.c.id == case_id)).scalar_one()
    )
