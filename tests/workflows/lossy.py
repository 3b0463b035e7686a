"""Recordings that go wrong in one chosen place, once: between the record's commit and what Temporal learns of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.recording import Recording
from secondlook.records.database import Database
from secondlook.records.judging import Bench
from workflows.messages import APPLY, SCREEN, CaseHead, CaseTurn

Between = Callable[[str, CaseTurn, CaseHead], Awaitable[None]]


class LossyRecording(Recording):
    """Does ``between`` after each commit and before the answer; what that raises is what Temporal sees."""

    def __init__(self, database: Database, bench: Bench, judged: Callable[[str], None], between: Between) -> None:
        super().__init__(database, bench, judged)
        self._between = between

    @activity.defn(name=SCREEN)
    async def screen(self, turn: CaseTurn) -> CaseHead:
        head = await super().screen(turn)
        await self._between(SCREEN, turn, head)
        return head

    @activity.defn(name=APPLY)
    async def apply(self, turn: CaseTurn) -> CaseHead:
        head = await super().apply(turn)
        await self._between(APPLY, turn, head)
        return head


def lossy(between: Between) -> Callable[[Database, Bench, Callable[[str], None]], Recording]:
    """For ``Docket(recording=...)``."""
    return lambda database, bench, judged: LossyRecording(database, bench, judged, between)
