"""Child processes that never outlive their supervisor: started, watched, started again with back-off, stopped in time.

Only the supervisor uses this. A child dies with its parent even on kill -9 (Linux); everything it did is on record.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
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
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    os.setpgid(0, 0)
    if _LIBC is not None:
        _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGKILL)


@dataclass(eq=False)
class Child:
    """One process to keep running. ``role`` is ``temporal``, ``worker``, ``web`` or ``sign-in``."""

    role: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    metrics_url: str | None = None
    pid: int | None = None
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    _leaving: bool = False

    async def keep_running(self, changed: Callable[[], None]) -> None:
        """Run the process until told to stop; start it again when it ends, ever more slowly while it keeps ending."""
        wait = _FIRST_BACK_OFF
        while not self._leaving:
            begun = time.monotonic()
            try:
                code = await self._run_once(changed)
            except OSError as problem:
                code = problem.errno or -1
            if self._leaving:
                return
            wait = _FIRST_BACK_OFF if time.monotonic() - begun > _STEADY_SECONDS else wait
            log.warning("a process ended and is started again", type=self.role, code=code, seconds=wait)
            metrics.process_restarts.labels(self.role).inc()
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_BACK_OFF)

    async def _run_once(self, changed: Callable[[], None]) -> int:
        with self.log_file.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **self.environment},
                preexec_fn=_die_with_parent,
            )
        self.pid = self._process.pid
        changed()
        if self._leaving:
            self._process.terminate()
        return await self._process.wait()

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
