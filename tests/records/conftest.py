"""Dockets on both databases, and on SQLite alone for what is the same on either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.migrate import upgrade
from tests.conftest import new_postgres_database
from tests.records.docket import Docket

BenchOf = Callable[[OfficeSettings], Bench]


@pytest.fixture
def docket(database: Database, vault: Vault, bench: Bench) -> Docket:
    """A docket on either database."""
    return Docket(database, vault, bench)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'secondlook.db'}")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[Database]:
    opened = Database(new_postgres_database(postgres_server))
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def small_docket(sqlite: Database, vault: Vault, bench: Bench) -> Docket:
    """A docket on SQLite."""
    return Docket(sqlite, vault, bench)


@pytest.fixture
def bench_of(vault: Vault) -> BenchOf:
    """A bench for offices with other settings than the defaults."""
    ruleset = load_ruleset("opla-2011-11-17")

    def with_settings(settings: OfficeSettings) -> Bench:
        return Bench(vault, Offices(settings), lambda _: ruleset)

    return with_settings
