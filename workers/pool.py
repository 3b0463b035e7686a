"""The worker processes of one host, as many as asked for: started with a metrics port each, stopped newest first.

The supervisor and ``secondlook scale`` each own one. A worker that ends unasked is started again by its child's keeper.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from secondlook import metrics
from workers.children import Child
from workers.ports import free_port

STOP_SECONDS = 11.0


def ours(command: str) -> list[str]:
    """The command line of one of our own commands, under this same Python."""
    return [sys.executable, "-m", "secondlook", command]


@dataclass
class WorkerPool:
    """``folder`` is the data folder; ``changed`` is called whenever a process was started or is gone."""

    folder: Path
    first_port: int
    changed: Callable[[], None]
    children: list[Child] = field(default_factory=list)
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)
    _keeping: set[asyncio.Task[None]] = field(default_factory=set)

    def resize(self, count: int) -> None:
        """Run ``count`` workers from now on. What is begun is finished: a worker that is told to stop answers first."""
        while len(self.children) < count:
            self._start()
        while len(self.children) > count:
            child = self.children.pop()
            child.leave()
            leaving = asyncio.create_task(self._gone(child))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Stop all of them and wait until they are gone; what does not stop in time is killed."""
        self.resize(0)
        await asyncio.gather(*self._leaving)
        for keeping in self._keeping:
            keeping.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)

    def _start(self) -> None:
        number = len(self.children) + 1
        port = free_port(self.first_port + len(self.children))
        environment = {"SECONDLOOK_DATA": str(self.folder), "SECONDLOOK_METRICS_PORT": str(port)}
        log_file = self.folder / "logs" / f"worker-{number}.jsonl"
        child = Child("worker", ours("worker"), environment, log_file, f"http://127.0.0.1:{port}/metrics")
        self.children.append(child)
        metrics.processes.labels("worker").inc()
        keeping = asyncio.create_task(child.keep_running(self.changed))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    async def _gone(self, child: Child) -> None:
        await child.gone(STOP_SECONDS)
        metrics.processes.labels("worker").dec()
        self.changed()
