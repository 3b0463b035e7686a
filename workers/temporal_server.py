"""The embedded Temporal server: which program it is, how it is started, that its file fits its release and is lean.

The server does not migrate its database file between releases, so a stamp beside the file names the release that made
it; another release refuses to start on it. Without the file the record rebuilds every open case.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Set
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

_FILE: Final = "temporal.db"
_COLUMNS_READ: Final = frozenset({None, "workflow_id", "workflow_type_name", "status"})
"""What lists of runs are read by, besides our search attributes; None is the order of time, which is an expression."""
_LOCK_SECONDS: Final = 5.0
_RPC: Final = timedelta(seconds=10)


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
    if not (folder / _FILE).exists():
        stamp.write_text(release + "\n")
        return
    made_by = stamp.read_text().strip() if stamp.exists() else "an unknown release"
    if made_by != release:
        raise TemporalMissing(
            f"{folder / _FILE} was made by {made_by!r}, but the program is {release!r}. "
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
        f"--db-filename={folder / _FILE}",
        "--sqlite-pragma=journal_mode=wal",
        "--sqlite-pragma=synchronous=normal",
        "--log-format=json",
        "--log-level=error",
        "--dynamic-config-value=frontend.enableCancelWorkerPollsOnShutdown=true",
    ]


async def shed_indexes(folder: Path, client: Client) -> int:
    """Drop the indexes of a running server's list of runs that nobody here reads; answers how many there were.

    Its table has one index for each search attribute that anybody might ever define, and each write of a run's state
    maintains them all: a third of the server's work for a case. Those of the namespace's own search attributes stay.
    Safe to repeat. Raises RPCError and sqlite3.Error; the server then works as before, only slower.
    """
    request = DescribeNamespaceRequest(namespace=client.namespace)
    described = await client.workflow_service.describe_namespace(request, timeout=_RPC)
    ours = set(described.config.custom_search_attribute_aliases)
    return await asyncio.to_thread(_shed, folder, _COLUMNS_READ | ours)


def _shed(folder: Path, columns_read: Set[str | None]) -> int:
    with closing(sqlite3.connect(folder / _FILE, timeout=_LOCK_SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute(
            "SELECT i.name, c.name FROM pragma_index_list('executions_visibility') AS i, pragma_index_info(i.name) AS c"
            " WHERE i.origin = 'c' AND c.seqno = 1"
        )
        unread = [str(name) for name, column in found.fetchall() if column not in columns_read]
        for name in unread:
            connection.execute(f'DROP INDEX "{name}"')
        connection.execute("COMMIT")
    return len(unread)
