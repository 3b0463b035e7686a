"""What the product runs on while measured: the embedded engine with SQLite, or the distributed one with PostgreSQL.

Called by each benchmark that takes ``--engine``. Every engine is new, with new files, and gone afterwards.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from temporalio.client import Client

from benchmarks.processes import Running, python, running, wait_for_line, wait_until_answers
from workers import temporal_server
from workers.bootstrap import prepare_temporal
from workers.ports import free_port

EMBEDDED: Final = "embedded"
DISTRIBUTED: Final = "distributed"
ENGINES: Final = (EMBEDDED, DISTRIBUTED)

_CLUSTER = Path(__file__).parents[1] / "deploy" / "cluster" / "cluster.py"
_BUILD_SECONDS = 900.0
_UP_SECONDS = 30.0


@dataclass(frozen=True)
class Engine:
    """A Temporal server and where the record goes. ``database`` is PostgreSQL's process id, where that holds both."""

    address: str
    server: Running
    record: str
    database: int | None = None
    told: Path | None = None

    @property
    def settings(self) -> dict[str, str]:
        """The environment of the product's processes on it."""
        return {"TEMPORAL_ADDRESS": self.address, "SECONDLOOK_DATABASE_URL": self.record}

    def services(self) -> dict[str, int]:
        """Process ids of the server's services, where it has several."""
        pids: dict[str, int] = json.loads(self.told.read_bytes())["pids"] if self.told else {}
        return {f"temporal {name}": pid for name, pid in pids.items()}

    def disk_bytes(self) -> dict[str, int]:
        """Bytes of each database on the server; none where they are files."""
        if self.database is None:
            return {}
        with psycopg.connect(self.record.replace("+psycopg", "")) as connection:
            rows = connection.execute(
                "SELECT datname, pg_database_size(datname) FROM pg_database WHERE datname ~ '^(temporal|secondlook)'"
            )
            return {str(name): int(size) for name, size in rows}


@contextmanager
def engine(kind: str, folder: Path) -> Iterator[Engine]:
    """An engine for as long as the block lasts, ready for the product; ``folder`` is for the embedded one's files."""
    with _embedded(folder) if kind == EMBEDDED else distributed() as made:
        yield made


@contextmanager
def engine_of_up(kind: str) -> Iterator[Engine | None]:
    """The same for ``secondlook up``, which starts the embedded engine itself: None then."""
    if kind == EMBEDDED:
        yield None
        return
    with distributed() as made:
        yield made


@contextmanager
def _embedded(folder: Path) -> Iterator[Engine]:
    """The embedded server exactly as ``secondlook up`` starts it."""
    port, metrics_port = free_port(), free_port()
    command = temporal_server.command(temporal_server.program(), folder, port, free_port(), metrics_port)
    log, address = folder / "temporal.log", f"127.0.0.1:{port}"
    with running("temporal", command, log) as server:
        wait_until_answers(f"http://127.0.0.1:{metrics_port}/metrics", log)
        asyncio.run(_prepare(folder, address))
        yield Engine(address, server, f"sqlite:///{folder / 'secondlook.db'}")


async def _prepare(folder: Path, address: str) -> None:
    limit = time.monotonic() + _UP_SECONDS
    while True:
        try:
            client = await Client.connect(address)
            break
        except RuntimeError:
            if time.monotonic() > limit:
                raise
            await asyncio.sleep(0.1)
    await prepare_temporal(client)
    await temporal_server.shed_indexes(folder, client)


@contextmanager
def distributed() -> Iterator[Engine]:
    """What ``make cluster`` runs, in a folder that PostgreSQL, which is another user where root measures, can enter."""
    folder = Path(tempfile.mkdtemp(prefix="secondlook-engine-"))
    folder.chmod(0o755)
    log = folder / "log"
    try:
        with running("temporal", [sys.executable, str(_CLUSTER), f"--folder={folder}", "--port=23000"], log) as server:
            wait_for_line(log, "The cluster is up.", _BUILD_SECONDS, server)
            told = json.loads((folder / "cluster.json").read_bytes())
            record = told["SECONDLOOK_DATABASE_URL"]
            database = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
            made = Engine(told["TEMPORAL_ADDRESS"], server, record, database, folder / "cluster.json")
            prepared = {**os.environ, **made.settings, "SECONDLOOK_DATA": str(folder / "data")}
            subprocess.run(python("secondlook", "bootstrap"), env=prepared, check=True, capture_output=True)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
