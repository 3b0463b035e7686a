"""The worker processes of one host, as many as asked for: started with a metrics port each, stopped newest first.

The supervisor and ``secondlook scale`` each own one. A worker that ends unasked is started again by its child's keeper.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workers.children import Child
from workers.kept import Kept
from workers.ports import address_of, listen

STOP_SECONDS = 11.0

WITHHELD = frozenset({"SECONDLOOK_INTAKE_TOKEN", "SECONDLOOK_OIDC_CLIENT_SECRET"})
"""What no worker needs to know."""


def ours(command: str) -> list[str]:
    """The command line of one of our own commands, under this same Python."""
    return [sys.executable, "-m", "secondlook", command]


def listen_for_metrics(host: str, first: int, count: int) -> list[socket.socket]:
    """``count`` metrics ports in a row from ``first`` on; any free ones where it is 0. Raises CannotListen."""
    return [listen(host, first + number if first else 0, "SECONDLOOK_METRICS_PORT") for number in range(count)]


@dataclass
class WorkerPool:
    """``folder`` is the data folder; ``changed`` is called whenever a process was started or is gone.

    ``listening`` holds a socket for each worker that there may ever be.
    """

    folder: Path
    listening: Sequence[socket.socket]
    kept: Kept
    changed: Callable[[], None]
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)

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

    def _start(self) -> None:
        number = len(self.children)
        child = Child(
            "worker",
            ours("worker"),
            {"SECONDLOOK_DATA": str(self.folder)},
            self.folder / "logs" / f"worker-{number + 1}.jsonl",
            f"{address_of(self.listening[number])}/metrics",
            self.listening[number],
            WITHHELD,
            self.say,
        )
        self.children.append(child)
        self.kept.keep(child.keep_running(self.changed))

    async def _gone(self, child: Child) -> None:
        await child.gone(STOP_SECONDS)
