"""What several hosts are tried on: the single-process server and, where it can be had, the distributed one."""

from __future__ import annotations

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
import pytest

from tests.cluster.hosts import Engine, Host
from tests.conftest import LEFT_OUT, new_postgres_database

CLUSTER = Path(__file__).parents[2] / "deploy" / "cluster"
_UP_SECONDS = 60.0


@pytest.fixture
def new_host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def make(settings: dict[str, str], *command: str) -> Host:
        host = Host(tmp_path / f"host{len(made)}", settings, command or ("worker",))
        made.append(host)
        return host

    yield make
    for host in made:
        host.stop()


@dataclass
class Cluster:
    """The distributed server as ``make cluster`` runs it."""

    folder: Path
    process: subprocess.Popen[bytes]

    def told(self) -> dict[str, str]:
        answer: dict[str, str] = json.loads((self.folder / "cluster.json").read_text())
        return answer

    def pids(self) -> dict[str, int]:
        answer: dict[str, int] = json.loads((self.folder / "cluster.json").read_text())["pids"]
        return answer

    def kill(self, *services: str) -> None:
        """kill -9 of services; the cluster starts them again."""
        pids = self.pids()
        for service in services:
            os.kill(pids[service], signal.SIGKILL)

    def new_database(self) -> str:
        """An empty database beside Temporal's own."""
        url = self.told()["SECONDLOOK_DATABASE_URL"]
        name = f"t{time.monotonic_ns()}"
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return url.rpartition("/")[0] + "/" + name


@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    reason = _why_not()
    if reason is not None:
        LEFT_OUT.append(f"all tests on the distributed Temporal server: {reason}; `make cluster-test` runs them")
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="secondlook-cluster-"))
    folder.chmod(0o755)
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, CLUSTER / "cluster.py", f"--folder={folder}", "--port=21000"], stdout=out, stderr=out
        )
    running = Cluster(folder, process)
    limit = time.monotonic() + _UP_SECONDS
    while b"The cluster is up" not in (folder / "out").read_bytes():
        assert process.poll() is None, (folder / "out").read_text()
        assert time.monotonic() < limit, (folder / "out").read_text()
        time.sleep(0.1)
    yield running
    process.terminate()
    process.wait(30)
    shutil.rmtree(folder)


def _why_not() -> str | None:
    """Why the distributed server cannot be had here; builds it where that was asked for."""
    build = _program("build")
    postgres = _program("postgres")
    try:
        postgres.programs()
        if os.environ.get("SECONDLOOK_CLUSTER") == "1":
            build.build()
    except (build.GoMissing, postgres.PostgresFailed) as problem:
        return str(problem)
    return None if build.built() else "it is not built here"


def _program(name: str) -> ModuleType:
    """A module of deploy/cluster, which is a folder of programs, not a package."""
    specification = importlib.util.spec_from_file_location(f"cluster_{name}", CLUSTER / f"{name}.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(params=["one process", "distributed"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A Temporal server and an empty database with the limits that docs/scaling.md asks for."""
    if request.param == "one process":
        database = new_postgres_database(request.getfixturevalue("postgres_server"))
        return Engine(request.getfixturevalue("temporal_address"), database)
    distributed: Cluster = request.getfixturevalue("cluster")
    database = distributed.new_database()
    return Engine(distributed.told()["TEMPORAL_ADDRESS"], database, lambda: distributed.kill("history", "matching"))
