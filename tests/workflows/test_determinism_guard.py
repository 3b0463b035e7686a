"""The sandbox of the product's own plugin catches clocks and chance; what it lets through is checked by reading."""

from __future__ import annotations

import ast
import asyncio
import inspect
import secrets
from types import ModuleType

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError, SandboxedWorkflowRunner

from secondlook.settings import Settings
from tests.workflows.variants import Forbidden
from workers.connection import connect_when_up
from workers.plugin import plugin
from workflows import asking, case_review, messages, shown, steps

_CLOCKS_AND_CHANCE = {"random", "secrets", "uuid", "time", "os", "socket", "threading", "subprocess", "pathlib"}
_NOW = {"now", "utcnow", "today", "uuid4", "urandom"}


@pytest.mark.parametrize("what", ["clock", "seconds", "uuid", "random", "environment", "file"])
async def test_the_guard_stops_what_a_replay_could_not_repeat(client: Client, what: str) -> None:
    assert await _failure(client, what) == RestrictedWorkflowAccessError.__name__


async def test_the_guard_stops_nothing_else(client: Client) -> None:
    assert await _failure(client, "nothing") is None


@pytest.mark.parametrize("wanted", ["true", None])
async def test_a_setting_puts_the_guard_before_the_product_s_own_workers(
    temporal_address: str, monkeypatch: pytest.MonkeyPatch, wanted: str | None
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal_address)
    if wanted:
        monkeypatch.setenv("SECONDLOOK_SANDBOX", wanted)

    connected = await connect_when_up(asyncio.Event(), guarded=Settings.read().sandbox)

    assert connected is not None
    assert await _failure(connected, "uuid") == (RestrictedWorkflowAccessError.__name__ if wanted else None)


async def _failure(client: Client, what: str) -> str | None:
    task_queue = f"guard-{secrets.token_hex(4)}"
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[Forbidden],
        workflow_failure_exception_types=[RestrictedWorkflowAccessError],
    )
    async with worker:
        started = client.execute_workflow(Forbidden.run, what, id=task_queue, task_queue=task_queue)
        try:
            await asyncio.wait_for(started, 20)
        except WorkflowFailureError as problem:
            return getattr(problem.cause, "type", None)
    return None


def test_the_workflow_file_itself_is_guarded_and_only_what_it_imports_is_not() -> None:
    runner = plugin().workflow_runner
    assert callable(runner)
    sandboxed = runner(None)
    assert isinstance(sandboxed, SandboxedWorkflowRunner)
    ours = {name for name in sandboxed.restrictions.passthrough_modules if name.startswith(("workflows", "secondlook"))}
    assert ours == {"workflows.asking", "workflows.messages", "workflows.shown", "workflows.steps"}


@pytest.mark.parametrize("module", [asking, case_review, messages, shown, steps], ids=lambda module: module.__name__)
def test_workflow_code_holds_no_clock_no_chance_and_no_unordered_set(module: ModuleType) -> None:
    """The product's workers run all of it without the sandbox."""
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not _CLOCKS_AND_CHANCE & {name.split(".")[0] for name in names}, f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            of_temporal = isinstance(node.value, ast.Name) and node.value.id == "workflow"
            assert of_temporal or node.attr not in _NOW, f"line {node.lineno}"
        if isinstance(node, ast.Name):
            assert node.id not in {"set", "frozenset", "id", "hash", "open"}, f"line {node.lineno}"
        assert not isinstance(node, ast.Set | ast.SetComp), f"line {getattr(node, 'lineno', 0)}"
