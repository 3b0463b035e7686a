"""Worker hosts in processes of their own, and the engine that they share. Used by the tests beside it.

A host here has its own data folder and shares only what hosts share: Temporal's address, the database and the keys.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = [sys.executable, "-m", "secondlook"]
KEYS = "test:" + base64.b64encode(bytes(32)).decode()


@dataclass(frozen=True)
class Engine:
    """A Temporal server and an empty database; ``hurt`` kills some of the server's services, where it has several."""

    temporal: str
    database_url: str
    hurt: Callable[[], None] | None = None

    def settings(self, task_queue: str) -> dict[str, str]:
        return {
            "TEMPORAL_ADDRESS": self.temporal,
            "SECONDLOOK_DATABASE_URL": self.database_url,
            "SECONDLOOK_ENCRYPTION_KEYS": KEYS,
            "SECONDLOOK_TASK_QUEUE": task_queue,
            "SECONDLOOK_AS_OF": "2011-12-05",
            "SECONDLOOK_METRICS_PORT": "0",
            "SECONDLOOK_IN_FLIGHT": "20",
        }


@dataclass
class Host:
    """One host: ``secondlook worker`` or ``secondlook scale`` on a folder of its own."""

    folder: Path
    settings: dict[str, str]
    command: tuple[str, ...] = ("worker",)
    checkout: Path | None = None
    """Where another release's source is; None is this one's."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SECONDLOOK_", "TEMPORAL_"))}
        return {**kept, "SECONDLOOK_DATA": str(self.folder), **self.settings}

    def start(self) -> Host:
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                [*COMMAND, *self.command], env=self.environment, cwd=self.checkout, stdout=out, stderr=out
            )
        return self

    def run(self, *arguments: str, given: bytes | None = None) -> bytes:
        """Run another command on this host; answers its standard output."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment,
            cwd=self.checkout,
            input=given,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        assert self._process is not None
        return self._process.poll()

    def children(self) -> list[int]:
        assert self._process is not None
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        """Stop in an orderly way; killed where it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def running(pid: int) -> bool:
    """Whether the process is there and not only waiting to be noticed as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False
