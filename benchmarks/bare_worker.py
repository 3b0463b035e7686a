"""A worker process of the bare case: starts its share, signals each, within the same bounds as the product's worker.

``floor`` starts it. It writes ``ready`` to its log, begins on the line ``go`` from its input, and writes ``done`` after
its last case.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections import deque
from collections.abc import Callable

from temporalio import activity
from temporalio.client import Client, GrpcCompression
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.recording import Recording
from benchmarks.bare_case import BARE, BareCase
from workers.worker import worker_of
from workflows.messages import APPLY, BELL, SCREEN, Bell, CaseHead, CaseRun, CaseTurn

LOOK_SECONDS = 0.05
"""How long a case waits for its signal: as long as ``ours`` takes to see that a case waits for its attorney."""
_QUEUE = f"bare-{os.getpid()}"
"""Each process has its own, because it counts its own cases."""


class BareSteps(Recording):
    """Both steps do nothing but say that they ran."""

    def __init__(self, screened: Callable[[str], None], applied: Callable[[str], None]) -> None:
        self._screened, self._applied = screened, applied

    @activity.defn(name=SCREEN)
    async def screen(self, turn: CaseTurn) -> CaseHead:
        self._screened(turn.case_id)
        return CaseHead(stage="attorney_review", version=1, step="wait", office="BAL", next_actor="attorney")

    @activity.defn(name=APPLY)
    async def apply(self, turn: CaseTurn) -> CaseHead:
        self._applied(turn.case_id)
        return CaseHead(stage="closed", version=2, step="end", office="BAL", disposition="closed", next_actor="nobody")


class Ringing:
    """What the product's dispatcher does, without a record: people first, and never more in flight than ``limit``."""

    def __init__(self, client: Client, cases: deque[str], limit: int) -> None:
        self._client, self._limit = client, limit
        self._to_start, self._to_signal = cases, deque[str]()
        self._open = len(cases)
        self._in_flight = 0
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def screened(self, case_id: str) -> None:
        self._in_flight -= 1
        asyncio.get_running_loop().call_later(LOOK_SECONDS, self._decided, case_id)
        self._changed.set()

    def applied(self, _case_id: str) -> None:
        self._in_flight -= 1
        self._open -= 1
        self._changed.set()

    def _decided(self, case_id: str) -> None:
        self._to_signal.append(case_id)
        self._changed.set()

    async def run(self) -> None:
        while self._open:
            while self._in_flight < self._limit and (self._to_signal or self._to_start):
                self._in_flight += 1
                ring = self._signal(self._to_signal.popleft()) if self._to_signal else self._start()
                task = asyncio.create_task(ring)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            self._changed.clear()
            await self._changed.wait()

    async def _start(self) -> None:
        case_id = self._to_start.popleft()
        run = CaseRun(case_id=case_id, epoch=1, event_id="e_bare", type="received")
        await self._client.start_workflow(BARE, run, id=case_id, task_queue=_QUEUE, request_eager_start=True)

    async def _signal(self, case_id: str) -> None:
        await self._client.get_workflow_handle(case_id).signal(BELL, Bell(event_id="e_bare", type="reviewed"))


async def work(address: str, cases: deque[str], limit: int, *, guarded: bool) -> None:
    """Run one share from the first start to the last step, in the SDK's sandbox where ``guarded``."""
    runner: WorkflowRunner = UnsandboxedWorkflowRunner()
    if guarded:
        runner = SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules("workflows.messages"))
    plugin = SimplePlugin(
        "bare", data_converter=pydantic_data_converter, workflow_runner=lambda _existing: runner, workflows=[BareCase]
    )
    client = await Client.connect(address, plugins=[plugin], grpc_compression=GrpcCompression.NONE)
    ringing = Ringing(client, cases, limit)
    async with worker_of(client, _QUEUE, BareSteps(ringing.screened, ringing.applied)):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await ringing.run()
        print("done", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("cases", type=int)
    parser.add_argument("limit", type=int)
    parser.add_argument("--guarded", action="store_true")
    given = parser.parse_args()
    cases = deque(f"bare-{os.getpid()}-{n}" for n in range(given.cases))
    asyncio.run(work(given.address, cases, given.limit, guarded=given.guarded))
    sys.stdout.flush()
    os._exit(0)
