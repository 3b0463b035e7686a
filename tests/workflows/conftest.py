"""The docket that these tests work with: warm (cases stay in the worker's cache) and cold (each task replays)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from temporalio.client import Client

from secondlook.records.database import Database
from tests.workflows.docket import Docket, connect_to
from workers.bootstrap import prepare_temporal

MakeDocket = Callable[..., Docket]


@pytest.fixture(scope="session")
async def client(temporal_address: str) -> AsyncIterator[Client]:
    """The product's client, with the namespace and search attributes in place."""
    connected = await connect_to(temporal_address)
    await prepare_temporal(connected)
    yield connected


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite only: the record's own tests hold both databases to the same behaviour."""
    return f"sqlite:///{tmp_path / 'secondlook.db'}"


@pytest.fixture(params=[1000, 0], ids=["warm", "cold"])
def docket(request: pytest.FixtureRequest, database: Database, client: Client) -> MakeDocket:
    """Makes a docket; its settings are the test's."""

    def make(**settings: object) -> Docket:
        return Docket(database, client, cached=request.param, **settings)  # type: ignore[arg-type]

    return make
