"""How a command that runs for long is stopped, and what it is handed by the supervisor.

Called by the commands that run processes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workers.scaling import Bounds


Listening = Annotated[int | None, typer.Option("--socket", hidden=True, help="Inherited from the supervisor.")]


def run(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run until done, or until SIGTERM, Ctrl-C or a terminal that is closed asks to stop."""

    async def guarded() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Under nohup, SIGHUP is not to be heard.
        closed = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
        for number in (signal.SIGINT, signal.SIGTERM, *closed):
            loop.add_signal_handler(number, stop.set)
        await work(stop)

    asyncio.run(guarded())


def bounds_of(text: str) -> Bounds:
    from workers.scaling import Bounds

    try:
        return Bounds.parse(text, len(os.sched_getaffinity(0)))
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--workers") from None


def inherited(number: int | None) -> socket.socket | None:
    return None if number is None else socket.socket(fileno=number)
