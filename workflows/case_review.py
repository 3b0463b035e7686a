"""One case, carried through time: screening, an attorney's review, and what follows the decision.

Started and signalled by the dispatcher. The record judges (in the steps, ``workflows.steps``); this code never decides,
and its only state is the head that the record last answered. Whatever becomes of a run, another starts from that head.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError, is_cancelled_exception

from workflows import shown, steps
from workflows.asking import Asking
from workflows.messages import (
    ASK,
    NO_INPUT,
    QUERY,
    SCREEN,
    WORKFLOW,
    Bell,
    CaseHead,
    CaseRun,
    CaseTurn,
    workflow_id,
)


@workflow.defn(name=WORKFLOW)
class CaseReview:
    @workflow.init
    def __init__(self, given: RawValue = NO_INPUT) -> None:
        self._case = CaseRun.given(given) or CaseRun(case_id="none", epoch=0)
        self._head = CaseHead(stage="screening", version=0, step=SCREEN, next_actor="system")
        self._bell = Bell(event_id=self._case.event_id, type=self._case.type)
        self._rung = False
        self._asking = Asking(self._case, self._ring)

    @workflow.run
    async def run(self, given: RawValue = NO_INPUT) -> CaseHead:  # noqa: ARG002
        if workflow.info().workflow_id != workflow_id(self._case.case_id):
            workflow.logger.warning("a run that was not started with its own case's input does nothing")
            return self._head
        try:
            await self._judge()  # A new case is screened; any other goes on where the record has it.
            while not self._is_over():
                await self._screening()
                await self._review()
                await self._decision()
                await self._what_follows()
        except (asyncio.CancelledError, FailureError) as problem:
            self._begin_anew(problem)
        return self._head

    async def _screening(self) -> None:
        """The rule set sorts the case by its facts, once outside sources were asked for those that are missing."""
        await self._go_on_while("screening")

    async def _review(self) -> None:
        """An attorney decides, or asks for facts and waits for them. Deadlines remind and escalate."""
        await self._go_on_while("attorney_review", "awaiting_facts")

    async def _decision(self) -> None:
        """It can be withdrawn for a while; where its office wants that, a supervisor concurs or returns the case."""
        await self._go_on_while("held", "supervisor_review")

    async def _what_follows(self) -> None:
        """The case's end, and what comes after it: late events are judged too. So is every stage of a later release."""
        if self._head.stage not in ("screening", "attorney_review", "awaiting_facts", "held", "supervisor_review"):
            await self._go_on_while(self._head.stage)

    async def _go_on_while(self, *stages: str) -> None:
        while self._head.stage in stages and not self._is_over():
            self._asking.begin(self._head)
            if self._head.step in ("wait", ASK):
                await self._bell_or_deadline()
            await self._judge()

    def _is_over(self) -> bool:
        # A run that is rung while its last step is at work judges once more: that step may have missed the event.
        return self._head.step == "end" and not self._rung

    @workflow.signal(dynamic=True)
    def bell(self, name: str, given: Sequence[RawValue]) -> None:
        """``reviewed``, ``concurred``, ``facts-updated``: something happened. Any other signal, with any input, too."""
        self._bell, self._rung = Bell.heard(name, given), True

    @workflow.query(name=QUERY)
    def head(self) -> CaseHead:
        return self._head

    async def _judge(self) -> None:
        self._asking.check()
        step = steps.OnRecord.screen if self._head.step in (SCREEN, ASK) else steps.OnRecord.apply
        turn = CaseTurn(case_id=self._case.case_id, epoch=self._case.epoch, event_id=self._bell.event_id)
        summary = shown.judging(self._bell.type)
        # Before the step, not after it: a bell that comes meanwhile must count.
        self._rung, self._bell = False, Bell()
        before, self._head = self._head, await steps.on_record(step, turn, summary)
        shown.show(self._head, before)

    def _ring(self) -> None:
        self._rung = True

    async def _bell_or_deadline(self) -> None:
        if not self._rung and not self._asking and workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._next_run())
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(
                lambda: self._rung, timeout=steps.until_deadline(self._head), timeout_summary=shown.waiting(self._head)
            )

    def _begin_anew(self, problem: BaseException) -> NoReturn:
        """A run that was cancelled, or that could not have its case judged, is followed by another: on any worker."""
        if not is_cancelled_exception(problem):
            failed, pause = steps.next_try(problem, self._case.failed)
        elif workflow.cancellation_reason() is None:
            raise problem  # Only this worker lets the run go, to make room.
        else:
            workflow.logger.warning("a run was cancelled: the case goes on in a new one")
            failed, pause = 0, timedelta(0)
        workflow.continue_as_new(self._next_run(failed), backoff_start_interval=pause)

    def _next_run(self, failed: int = 0) -> CaseRun:
        return CaseRun(case_id=self._case.case_id, epoch=self._case.epoch, failed=failed)
