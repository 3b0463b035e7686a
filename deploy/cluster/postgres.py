"""A private PostgreSQL on the loopback interface, for trying things and for tests; never for real cases.

cluster.py starts it. Whoever can reach the port can read it: there is no password. It takes the system's PostgreSQL,
for Temporal needs the extension btree_gin, which the small one of the tests lacks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

USER = "postgres"


class PostgresFailed(RuntimeError):
    """There is no PostgreSQL here, or it did not start; the message says what to do."""


def programs() -> Path:
    """The folder of PostgreSQL's server programs, the newest where there are several. Raises PostgresFailed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("pg_ctl")
    for folder in [*debian, *([Path(on_path).parent] if on_path else [])]:
        if (folder / "pg_ctl").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresFailed("PostgreSQL's server programs are needed (Debian: apt-get install postgresql)")


@dataclass(frozen=True)
class Postgres:
    """A server in ``folder``, on ``port``. Run by root, it runs as the user postgres."""

    folder: Path
    port: int

    def start(self) -> None:
        """Make the data where it is missing, and start; a server that a crash left behind is started anew.

        Raises PostgresFailed.
        """
        if not (self._data / "PG_VERSION").exists():
            self._data.mkdir(parents=True, exist_ok=True)
            self._give_to_postgres()
            self._run("initdb", "--username", USER, "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-h 127.0.0.1 -p {self.port} -k {self._data} -c max_connections=200"
        self._run("pg_ctl", "-w", "-m", "fast", "-l", str(self._data / "log"), "-o", options, "restart")

    def stop(self) -> None:
        """Stop in an orderly way. Raises PostgresFailed."""
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def make_database(self, name: str) -> bool:
        """Make the database; whether it is new."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return False
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            return True

    def address(self, database: str) -> str:
        """The database's address, as libpq writes it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    @property
    def _data(self) -> Path:
        return self.folder / "postgres"

    def _give_to_postgres(self) -> None:
        if os.geteuid() != 0:
            return
        closed = next((path for path in self._data.parents if not path.stat().st_mode & 0o001), None)
        if closed is not None:
            raise PostgresFailed(f"run by root, PostgreSQL runs as {USER}, who cannot enter {closed}: use --folder")
        shutil.chown(self._data, USER)

    def _run(self, program: str, *arguments: str) -> None:
        command = [programs() / program, "-D", self._data, *arguments]
        as_user = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "postgres.log").open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, cwd="/", timeout=60, check=False, **as_user)  # type: ignore[call-overload]
        if done.returncode:
            raise PostgresFailed(f"{program} failed: see {log.name} and {self._data / 'log'}")
