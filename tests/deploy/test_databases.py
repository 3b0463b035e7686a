"""The databases that compose makes, in a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from tests.deploy.postgres import PASSWORDS, made_as_compose_makes_it

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A server on which the script has run and passwords count."""
    data = tmp_path_factory.mktemp("postgres")
    with made_as_compose_makes_it(data) as url:
        demand_passwords(data, url)
        yield url


def demand_passwords(data: Path, administrator: URL) -> None:
    rules = [f"{kind} all {administrator.username} {where} trust" for kind, where in (("local", ""), ("host", "all"))]
    rules += ["local all all scram-sha-256", "host all all all scram-sha-256"]
    (data / "pg_hba.conf").write_text("\n".join(rules) + "\n")
    with create_engine(administrator).connect() as connection:
        connection.execute(text("SELECT pg_reload_conf()"))


def reach(server: URL, role: str, database: str, password: str) -> str:
    engine = create_engine(server.set(username=role, password=password, database=database))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE own (id int)"))
        connection.execute(text("DROP TABLE own"))
        return str(connection.scalar(text("SELECT current_database()")))


@pytest.mark.parametrize(
    ("role", "database"), [("secondlook", "secondlook"), ("temporal", "temporal"), ("temporal", "temporal_visibility")]
)
def test_each_owner_can_make_tables_in_its_own_database(server: URL, role: str, database: str) -> None:
    assert reach(server, role, database, PASSWORDS[role]) == database


@pytest.mark.parametrize(
    ("role", "database", "password", "because"),
    [
        ("temporal", "secondlook", PASSWORDS["temporal"], "permission denied for database"),
        ("secondlook", "temporal", PASSWORDS["secondlook"], "permission denied for database"),
        ("secondlook", "secondlook", "wrong", "password authentication failed"),
    ],
)
def test_nobody_reaches_what_is_not_theirs(server: URL, role: str, database: str, password: str, because: str) -> None:
    with pytest.raises(OperationalError, match=because):
        reach(server, role, database, password)
