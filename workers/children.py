"""Child processes that never outlive their supervisor: started, watched, started again with back-off, stopped in time.

Only the supervisor uses this. A child dies with its parent even on kill -9 (Linux); everything it did is on record.
Never more than one process of a child is there: what goes wrong around it is no reason to start another.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from secondlook import metrics

log = structlog.get_logger()

_FIRST_BACK_OFF, _LONGEST_BACK_OFF = 0.5, 10.0
_STEADY_SECONDS = 30.0
_DIE_WITH_PARENT = 1
_PLAIN = frozenset({"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH"})
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    os.setpgid(0, 0)
    if _LIBC is not None:
        _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _nothing_to_say(_line: str) -> None:
    return


@dataclass(eq=False)
class Child:
    """One process to keep running. ``role`` is ``temporal``, ``worker``, ``web`` or ``sign-in``.

    ``environment`` is added to this process's own without the names in ``withheld``; None withholds all that is ours,
    keys and tokens with it. The child is given ``listening`` as ``--socket``. ``say`` tells the person at the terminal.
    """

    role: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    metrics_url: str | None = None
    listening: socket.socket | None = None
    withheld: frozenset[str] | None = frozenset()
    say: Callable[[str], None] = field(default=_nothing_to_say, repr=False)
    pid: int | None = None
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    _leaving: bool = False

    async def keep_running(self, changed: Callable[[], None]) -> None:
        """Run the process until told to stop; start it again when it ends, ever more slowly while it keeps ending."""
        wait, ends = _FIRST_BACK_OFF, 0
        while not self._leaving:
            begun = time.monotonic()
            try:
                self._process = await self._start()
            except (OSError, subprocess.SubprocessError, RuntimeError) as problem:
                number = getattr(problem, "errno", None)
                how = f"cannot be started ({os.strerror(number) if number else type(problem).__name__})"
                code = number or -1
            else:
                code = await self._until_it_ends(self._process, changed)
                how = f"ended with code {code}"
            if self._leaving:
                return
            if time.monotonic() - begun > _STEADY_SECONDS:
                wait, ends = _FIRST_BACK_OFF, 0
            log.warning("a process ended and is started again", type=self.role, code=code, seconds=wait)
            if ends == 0:
                self.say(f"{self.role} {how} and is started again, more and more slowly: see {self.log_file}")
            ends += 1
            metrics.process_restarts.labels(self.role).inc()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_BACK_OFF)

    async def _start(self) -> asyncio.subprocess.Process:
        given = () if self.listening is None else (self.listening.fileno(),)
        with self.log_file.open("ab") as out:
            return await asyncio.create_subprocess_exec(
                *self.command,
                *(f"--socket={number}" for number in given),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**self._inherited(), **self.environment},
                pass_fds=given,
                preexec_fn=_die_with_parent,
            )

    def _inherited(self) -> dict[str, str]:
        if self.withheld is None:
            return {name: value for name, value in os.environ.items() if name in _PLAIN}
        return {name: value for name, value in os.environ.items() if name not in self.withheld}

    async def _until_it_ends(self, process: asyncio.subprocess.Process, changed: Callable[[], None]) -> int:
        self.pid = process.pid
        metrics.processes.labels(self.role).inc()
        try:
            changed()
            if self._leaving:
                process.terminate()
            return await process.wait()
        finally:
            metrics.processes.labels(self.role).dec()
            self.pid = None
            changed()

    def leave(self) -> None:
        """Ask the process to stop, and do not start it again."""
        self._leaving = True
        if self.alive:
            assert self._process is not None  # noqa: S101
            self._process.terminate()

    async def gone(self, seconds: float) -> None:
        """Wait for the process to end; after ``seconds`` it is killed, with whatever it started."""
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            log.warning("a process did not stop in time and is killed", type=self.role)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None
