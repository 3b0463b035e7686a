"""The outside sources that a run is asking, beside all else: nobody's event or deadline waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows import steps
from workflows.messages import CaseHead, CaseRun, SourceAsk, SourceTurn, source_queue


class Asking:
    """``answered`` is called when the last source under way has answered, or an ask died of anything but silence."""

    def __init__(self, case: CaseRun, answered: Callable[[], None]) -> None:
        self._case, self._answered = case, answered
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._died_of: BaseException | None = None

    def __bool__(self) -> bool:
        return bool(self._under_way)

    def check(self) -> None:
        """Raises what an ask died of: neither the source's answer nor its silence could be written down."""
        if self._died_of is not None:
            raise self._died_of

    def begin(self, head: CaseHead) -> None:
        """Ask the sources that the head names, but for those that are being asked."""
        for ask in head.ask:
            if ask.source not in self._under_way:
                task = asyncio.create_task(self._ask(ask))
                self._under_way[ask.source] = task
                task.add_done_callback(partial(self._over, ask.source))

    async def _ask(self, ask: SourceAsk) -> None:
        turn = SourceTurn(case_id=self._case.case_id, epoch=self._case.epoch, source=ask.source, number=ask.number)
        try:
            await steps.of_source(source_queue(workflow.info().task_queue, ask.source), turn, ask.timeout)
        except ActivityError:
            await steps.on_record(steps.OnRecord.source_unavailable, turn, f"No answer from: {ask.source}")

    def _over(self, source: str, task: asyncio.Task[None]) -> None:
        del self._under_way[source]
        if not task.cancelled():
            self._died_of = self._died_of or task.exception()
            if not self._under_way or self._died_of is not None:
                self._answered()
