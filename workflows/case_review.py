"""One case, carried through time: screen it, wait for an event or its deadline, apply, until it has its disposition.

Started and signalled by the dispatcher. The record judges (in the activities); this code never decides, and its only
state is the head that the record last answered.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.messages import (
    ACTIVITY_RETRY,
    ACTIVITY_TIMEOUT,
    APPLY,
    ASK,
    ASK_HEARTBEAT,
    ASK_QUEUED,
    ASK_RECORDING,
    ASK_RETRY,
    ASK_SOURCE,
    CASE_STAGE,
    LEAST_WAIT,
    LOCAL_RETRY_THRESHOLD,
    OFFICE,
    QUERY,
    RULESET,
    SCREEN,
    SIGNAL,
    SOURCE_UNAVAILABLE,
    WORKFLOW,
    Bell,
    CaseHead,
    CaseRun,
    CaseTurn,
    SourceAsk,
    SourceTurn,
    source_queue,
)


@workflow.defn(name=WORKFLOW)
class CaseReview:
    @workflow.init
    def __init__(self, case: CaseRun) -> None:
        self._case = case
        self._head = CaseHead(stage="screening", version=0, step=SCREEN, next_actor="system")
        self._rung = False
        self._asking: dict[str, asyncio.Task[None]] = {}

    @workflow.run
    async def run(self, case: CaseRun) -> CaseHead:  # noqa: ARG002
        await self._take(SCREEN)
        while self._head.step != "end" or self._rung:
            self._ask_sources()
            if self._head.step in ("wait", ASK):
                await self._bell_or_deadline()
            await self._take(SCREEN if self._head.step in (SCREEN, ASK) else APPLY)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._head

    @workflow.signal(name=SIGNAL)
    def event(self, bell: Bell) -> None:  # noqa: ARG002
        self._rung = True

    @workflow.query(name=QUERY)
    def head(self) -> CaseHead:
        return self._head

    async def _take(self, step: str) -> None:
        self._rung = False
        before = self._head
        self._head = await workflow.execute_local_activity(
            step,
            CaseTurn(case_id=self._case.case_id, epoch=self._case.epoch),
            result_type=CaseHead,
            start_to_close_timeout=ACTIVITY_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            local_retry_threshold=LOCAL_RETRY_THRESHOLD,
        )
        self._show(before)

    def _ask_sources(self) -> None:
        for ask in self._head.ask:
            if ask.source not in self._asking:
                self._asking[ask.source] = asyncio.create_task(self._ask_source(ask))

    async def _ask_source(self, ask: SourceAsk) -> None:
        """Beside all else: nobody's event or deadline waits for a source. The last answer rings like a bell."""
        turn = SourceTurn(case_id=self._case.case_id, epoch=self._case.epoch, source=ask.source, number=ask.number)
        try:
            await workflow.execute_activity(
                ASK_SOURCE,
                turn,
                task_queue=source_queue(workflow.info().task_queue, ask.source),
                schedule_to_start_timeout=ASK_QUEUED,
                start_to_close_timeout=ask.timeout + ASK_RECORDING,
                heartbeat_timeout=ASK_HEARTBEAT,
                retry_policy=ASK_RETRY,
            )
        except ActivityError:
            await workflow.execute_local_activity(
                SOURCE_UNAVAILABLE,
                turn,
                start_to_close_timeout=ACTIVITY_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                local_retry_threshold=LOCAL_RETRY_THRESHOLD,
            )
        del self._asking[ask.source]
        if not self._asking:
            self._rung = True

    async def _bell_or_deadline(self) -> None:
        if not self._rung and not self._asking and workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(self._case)
        wake_at = self._head.wake_at
        timeout = max(LEAST_WAIT, wake_at - workflow.now()).total_seconds() if wake_at else None
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(lambda: self._rung, timeout=timeout)

    def _show(self, before: CaseHead) -> None:
        now = self._head
        shown = [
            key.value_set(value)
            for key, value, was in (
                (CASE_STAGE, now.stage, before.stage),
                (OFFICE, now.office, before.office),
                (RULESET, now.ruleset, before.ruleset),
            )
            if value and value != was
        ]
        if shown:
            workflow.upsert_search_attributes(shown)
        workflow.set_current_details(f"Stage: {now.stage}, version {now.version}. Next: {now.next_actor}.")
