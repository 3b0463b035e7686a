"""The least workflow that does what a case review needs of Temporal: one step, a bell, another step. For ``floor``.

It uses the product's own messages and settings of its activities, and leaves out everything else.
"""

from __future__ import annotations

from temporalio import workflow

from workflows.messages import APPLY, BELL, SCREEN, Bell, CaseHead, CaseRun, CaseTurn
from workflows.steps import HELD_BY_WORKER, TIMEOUT, TRIES

BARE = "Bare"


@workflow.defn(name=BARE)
class BareCase:
    def __init__(self) -> None:
        self._rung = False

    @workflow.run
    async def run(self, case: CaseRun) -> CaseHead:
        turn = CaseTurn(case_id=case.case_id, epoch=case.epoch)
        await self._take(SCREEN, turn)
        await workflow.wait_condition(lambda: self._rung)
        return await self._take(APPLY, turn)

    @workflow.signal(name=BELL)
    def event(self, bell: Bell) -> None:  # noqa: ARG002
        self._rung = True

    async def _take(self, step: str, turn: CaseTurn) -> CaseHead:
        head: CaseHead = await workflow.execute_local_activity(
            step,
            turn,
            result_type=CaseHead,
            start_to_close_timeout=TIMEOUT,
            retry_policy=TRIES,
            local_retry_threshold=HELD_BY_WORKER,
        )
        return head
