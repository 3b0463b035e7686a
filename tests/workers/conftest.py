"""For tests of the worker process's parts: the shared client, and a Temporal server of one's own to stop and lose."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import new_postgres_database
from tests.workflows.conftest import client  # noqa: F401 - the same fixture, for this folder
from workers import temporal_server
from workers.ports import free_port


class OwnServer:
    """A Temporal server at a fixed address, with a file that can be lost."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        command = temporal_server.command(temporal_server.program(), self.folder, self._port, free_port(), free_port())
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--headless"], stdout=log, stderr=log)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def lose_its_file(self) -> None:
        for file in self.folder.glob("temporal.db*"):
            file.unlink()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[OwnServer]:
    folder = tmp_path / "temporal"
    folder.mkdir()
    server = OwnServer(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite, unless a test asks for ``postgresql``."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return new_postgres_database(request.getfixturevalue("postgres_server"))
    return f"sqlite:///{tmp_path / 'secondlook.db'}"
