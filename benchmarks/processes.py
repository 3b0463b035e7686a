"""Processes under measurement: started with a log file, waited for, measured (CPU, memory), stopped in time.

Called by the benchmarks for everything that they start. It only ever ends what it started.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from workers import temporal_server
from workers.ports import free_port

_STOP_SECONDS = 15.0
_READY_SECONDS = 60.0


@dataclass(frozen=True)
class Running:
    """One started process and what it is for: ``temporal``, ``worker``, ``web``, ..."""

    role: str
    process: subprocess.Popen[str]

    @property
    def cpu_seconds(self) -> float:
        return cpu_seconds(self.process.pid)

    @property
    def resident_bytes(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of the children that it has now or has waited for."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return float(total)


def own_cpu_seconds() -> float:
    """User and system time of this process."""
    times = os.times()
    return times.user + times.system


@contextmanager
def running(role: str, command: Sequence[str], log: Path, given: Mapping[str, str] = {}) -> Iterator[Running]:
    """Run a process for as long as the block lasts; its output goes to ``log``, its standard input is a pipe."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # Asked to stop, a benchmark stops what it has started.
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, env={**os.environ, **given}
        )
    try:
        yield Running(role, process)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def python(*arguments: str) -> list[str]:
    """A command line for a module run by this Python."""
    return [sys.executable, "-m", *arguments]


def wait_until_answers(url: str, log: Path, seconds: float = _READY_SECONDS) -> None:
    """Wait until an address answers 200. Raises TimeoutError, which names the log."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise TimeoutError(f"not ready after {seconds:.0f} s: see {log}")


def wait_for_line(log: Path, line: str, seconds: float = 600.0, writer: Running | None = None) -> None:
    """Wait until a process has written a line that begins so. Raises TimeoutError, which names the log.

    Raises RuntimeError with what it wrote, where ``writer`` has ended without that line.
    """
    limit = time.monotonic() + seconds
    while not any(written.startswith(line) for written in log.read_text().splitlines()):
        if writer is not None and writer.process.poll() is not None:
            raise RuntimeError(log.read_text().strip())
        if time.monotonic() > limit:
            raise TimeoutError(f"no {line!r} after {seconds:.0f} s: see {log}")
        time.sleep(0.01)


def mean_history(address: str) -> dict[str, float]:
    """Mean events and bytes of the histories of some runs that have ended."""
    command = [temporal_server.program(), "workflow", "list", "--address", address, "--output", "json"]
    command += ["--limit", "50", "--query", "ExecutionStatus='Completed'"]
    listed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {
        "events": round(statistics.mean(int(each["historyLength"]) for each in listed), 1),
        "bytes": round(statistics.mean(int(each["historySizeBytes"]) for each in listed)),
    }


@contextmanager
def up(folder: Path, workers: int, given: Mapping[str, str]) -> Iterator[str]:
    """``secondlook up`` on a data folder; answers the web application's address once it is ready."""
    port, log = free_port(), folder.with_name("up.log")
    command = python("secondlook", "up", "--data", str(folder), f"--port={port}", f"--workers={workers}")
    with running("supervisor", command, log, {"SECONDLOOK_METRICS_PORT": "0", **given}):
        address = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{address}/readyz", log)
        yield address
