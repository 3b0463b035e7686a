"""Tasks that last as long as their process. One that dies stops everything and its error is raised: nothing goes lame.

Used by the supervisor and by ``secondlook scale``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field


@dataclass
class Kept:
    """``stop`` is set when a task dies."""

    stop: asyncio.Event
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _died_of: list[BaseException] = field(default_factory=list)

    def keep(self, work: Coroutine[object, object, None]) -> None:
        """Run until it ends or ``end`` is called."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._died_of.append(problem)
            self.stop.set()

    async def end(self) -> None:
        """Cancel what still runs. Raises what the first task that died has died of."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._died_of:
            raise self._died_of[0]
