"""The distributed Temporal server for tests, as ``make cluster`` runs it: built, started, hurt, emptied and stopped.

The fixtures in conftest.py have one for the whole run. It never touches a process that it did not start.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import psycopg

PROGRAMS = Path(__file__).parents[2] / "deploy" / "cluster"
SERVICES = ("history", "matching", "frontend", "worker")
BUILD_SECONDS = 480.0
_UP_SECONDS = 60.0


class NotHere(Exception):
    """This machine cannot have the distributed server; the message says why."""


def wait(check: Callable[[], object], what: str, seconds: float) -> None:
    """Wait until ``check`` answers something true; fails with ``what`` when the time is over."""
    limit = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < limit, f"after {seconds} s still not: {what}"
        time.sleep(0.05)


class Build:
    """The build of the server's programs, which goes on at the lowest priority while other tests run."""

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(NotHere):
            _postgres_is_here()
            self._process = subprocess.Popen(
                [sys.executable, PROGRAMS / "build.py"], stdout=self._log, stderr=self._log, start_new_session=True
            )

    def finish(self) -> None:
        """Wait for the end, now that nothing else runs beside it, twice as long as two cores need for all of it.

        Raises NotHere; a build that fails for the project's own reasons fails the test.
        """
        _postgres_is_here()
        assert self._process is not None
        try:
            code = self._process.wait(BUILD_SECONDS)
        except subprocess.TimeoutExpired:
            self.stop()
            raise NotHere(f"it was not built {BUILD_SECONDS / 60:.0f} minutes after the other tests") from None
        self._log.seek(0)
        said = self._log.read().decode("utf-8", "replace").strip()
        if code == _program("build").CANNOT:
            raise NotHere(said.splitlines()[-1])
        assert code == 0, said

    def stop(self) -> None:
        """Give up what is not finished."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()


def _postgres_is_here() -> None:
    postgres = _program("postgres")
    try:
        postgres.programs()
    except postgres.PostgresFailed as problem:
        raise NotHere(str(problem)) from None


def _program(name: str) -> ModuleType:
    """A module of deploy/cluster, which is a folder of programs, not a package."""
    full = f"cluster_{name}"
    if full not in sys.modules:
        specification = importlib.util.spec_from_file_location(full, PROGRAMS / f"{name}.py")
        assert specification is not None and specification.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(sys.modules[full])
    return sys.modules[full]


@dataclass
class Cluster:
    """Temporal's four services and PostgreSQL, which holds the records as well."""

    folder: Path
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def made(cls) -> Cluster:
        """A new one. PostgreSQL, run by root, is another user, who must be able to enter its folder."""
        folder = Path(tempfile.mkdtemp(prefix="secondlook-cluster-"))
        folder.chmod(0o755)
        return cls(folder)

    def start(self) -> None:
        ups = self._said().count("The cluster is up")
        with (self.folder / "out").open("ab") as out:
            command: list[str | Path] = [
                sys.executable,
                PROGRAMS / "cluster.py",
                f"--folder={self.folder}",
                "--port=21000",
            ]
            process = self._process = subprocess.Popen(command, stdout=out, stderr=out)

        def up() -> bool:
            assert process.poll() is None, self._said()
            return self._said().count("The cluster is up") > ups

        wait(up, "the cluster is up", _UP_SECONDS)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _said(self) -> str:
        path = self.folder / "out"
        return path.read_text() if path.exists() else ""

    @property
    def temporal_address(self) -> str:
        return str(self._told()["TEMPORAL_ADDRESS"])

    def pids(self) -> dict[str, int]:
        """The services' processes now."""
        pids = self._told()["pids"]
        assert isinstance(pids, dict)
        return pids

    def _told(self) -> dict[str, object]:
        answer: dict[str, object] = json.loads((self.folder / "cluster.json").read_text())
        return answer

    def kill(self, *services: str) -> None:
        """kill -9 of services; the cluster starts them again."""
        pids = self.pids()
        for service in services:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pids[service], signal.SIGKILL)

    def new_database(self) -> str:
        """An empty database beside Temporal's own."""
        name = f"t{time.monotonic_ns()}"
        self.execute(f"CREATE DATABASE {name}")
        return str(self._told()["SECONDLOOK_DATABASE_URL"]).rpartition("/")[0] + "/" + name

    def execute(self, *statements: str) -> None:
        """Statements on the PostgreSQL server, outside of transactions."""
        with self.connect("postgres") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextlib.contextmanager
    def connect(self, database: str) -> Iterator[psycopg.Connection]:
        server = str(self._told()["SECONDLOOK_DATABASE_URL"]).rpartition("/")[0].replace("+psycopg", "")
        with psycopg.connect(f"{server}/{database}", autocommit=True) as connection:
            yield connection

    def lose_temporals_databases(self) -> None:
        """Drop all that Temporal keeps and start it anew, empty, at the same address; the records stay."""
        before = self.temporal_address
        self.execute("DROP DATABASE temporal WITH (FORCE)", "DROP DATABASE temporal_visibility WITH (FORCE)")
        self.stop()
        self.start()
        assert self.temporal_address == before

    def kept(self, record: str) -> dict[str, bytes]:
        """All that is kept of a record and of Temporal: every row of every table, and the logs."""
        rows = {}
        for database in (record, "temporal", "temporal_visibility"):
            with self.connect(database) as connection:
                tables = connection.execute(
                    "SELECT schemaname || '.' || tablename FROM pg_tables"
                    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
                ).fetchall()
                for (table,) in tables:
                    with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as copy:
                        rows[f"{database}.{table}"] = b"".join(copy)
        logs = [*self.folder.glob("*.log"), self.folder / "out", self.folder / "postgres" / "log"]
        return rows | {str(path): path.read_bytes() for path in logs}
