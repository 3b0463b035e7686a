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
from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What ``secondlook up`` stands on: the environment of its processes, and where the record goes.

    ``told`` is what the distributed engine says of itself; without it everything is files in ``folder``.
    """

    folder: Path
    record: str
    settings: Mapping[str, str]
    told: Path | None = None

    def services(self) -> dict[str, int]:
        """Process ids of the server's services, where it has several."""
        pids: dict[str, int] = json.loads(self.told.read_bytes())["pids"] if self.told else {}
        return {f"temporal {name}": pid for name, pid in pids.items()}

    def disk_bytes(self) -> dict[str, int]:
        """Bytes of the record and of what Temporal keeps: of each file with its write-ahead log, or each database."""
        if self.told is None:
            names = ("secondlook", "temporal")
            return {name: sum(path.stat().st_size for path in self.folder.glob(f"{name}.db*")) for name in names}
        with psycopg.connect(self.record.replace("+psycopg", "")) as connection:
            rows = connection.execute(
                "SELECT datname, pg_database_size(datname) FROM pg_database WHERE datname ~ '^(temporal|secondlook)'"
            )
            return {str(name): int(size) for name, size in rows}


@dataclass(frozen=True, kw_only=True)
class Engine(Ground):
    """A running Temporal server. ``database`` is PostgreSQL's process id, where that holds both."""

    address: str
    server: Running
    database: int | None = None


@contextmanager
def engine(kind: str, folder: Path) -> Iterator[Engine]:
    """An engine for as long as the block lasts, ready for the product; ``folder`` is for the embedded one's files."""
    with _embedded(folder) if kind == EMBEDDED else _distributed() as made:
        yield made


@contextmanager
def ground_of_up(kind: str, folder: Path) -> Iterator[Ground]:
    """The same for ``secondlook up`` on a data folder: it starts the embedded engine itself."""
    if kind == EMBEDDED:
        yield Ground(folder=folder, record=_record_in(folder), settings={})
        return
    with _distributed() as made:
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
        settings = {"TEMPORAL_ADDRESS": address}
        yield Engine(folder=folder, record=_record_in(folder), settings=settings, address=address, server=server)


def _record_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'secondlook.db'}"


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
def _distributed() -> Iterator[Engine]:
    """What ``make cluster`` runs, in a folder that PostgreSQL, which is another user where root measures, can enter."""
    folder = Path(tempfile.mkdtemp(prefix="secondlook-engine-"))
    folder.chmod(0o755)
    log = folder / "log"
    try:
        with running("temporal", [sys.executable, str(_CLUSTER), f"--folder={folder}", "--port=23000"], log) as server:
            wait_for_line(log, "The cluster is up.", _BUILD_SECONDS, server)
            told = folder / "cluster.json"
            says = json.loads(told.read_bytes())
            settings = {name: says[name] for name in ("TEMPORAL_ADDRESS", "SECONDLOOK_DATABASE_URL")}
            made = Engine(
                folder=folder,
                record=settings["SECONDLOOK_DATABASE_URL"],
                settings=settings,
                told=told,
                address=settings["TEMPORAL_ADDRESS"],
                server=server,
                database=int((folder / "postgres" / "postmaster.pid").read_text().split()[0]),
            )
            prepared = {**os.environ, **settings, "SECONDLOOK_DATA": str(folder / "data")}
            subprocess.run(python("secondlook", "bootstrap"), env=prepared, check=True, capture_output=True)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
