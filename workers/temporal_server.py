"""The embedded Temporal server: which program it is, how it is started, and that its file fits its release.

The server does not migrate its database file between releases, so a stamp beside the file names the release that made
it; another release refuses to start on it. Without the file the record rebuilds every open case.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


class TemporalMissing(RuntimeError):
    """There is no Temporal program, or it does not fit the database file; the message says what to do."""


def program() -> str:
    """The Temporal program: ``TEMPORAL_CLI``, else the pinned one beside this Python, else one on PATH."""
    chosen = os.environ.get("TEMPORAL_CLI")
    beside = Path(sys.executable).with_name("temporal")
    found = chosen or (str(beside) if beside.exists() else shutil.which("temporal"))
    if not found or shutil.which(found) is None:
        raise TemporalMissing("no Temporal program found: run `make install`, or set TEMPORAL_CLI to its path")
    return found


def check_release(folder: Path, executable: str) -> None:
    """Compare the file's stamp with the program's release, stamping a new file. Raises TemporalMissing."""
    said = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    release = said.stdout.strip()
    stamp = folder / "temporal.release"
    if not (folder / "temporal.db").exists():
        stamp.write_text(release + "\n")
        return
    made_by = stamp.read_text().strip() if stamp.exists() else "an unknown release"
    if made_by != release:
        raise TemporalMissing(
            f"{folder / 'temporal.db'} was made by {made_by!r}, but the program is {release!r}. "
            "Use that release, or move the file away: open cases are then started again from the record"
        )


def command(executable: str, folder: Path, port: int, ui_port: int, metrics_port: int) -> list[str]:
    """The command line of the embedded server: loopback only, a file database with a write-ahead log."""
    return [
        executable,
        "server",
        "start-dev",
        "--ip=127.0.0.1",
        "--ui-ip=127.0.0.1",
        f"--port={port}",
        f"--ui-port={ui_port}",
        f"--metrics-port={metrics_port}",
        f"--db-filename={folder / 'temporal.db'}",
        "--sqlite-pragma=journal_mode=wal",
        "--sqlite-pragma=synchronous=normal",
        "--log-format=json",
        "--log-level=error",
        "--dynamic-config-value=frontend.enableCancelWorkerPollsOnShutdown=true",
    ]
