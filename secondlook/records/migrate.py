"""Bring a database to this release's schema. Safe to repeat, and to run twice at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from secondlook.records.database import Database
from secondlook.records.store import raise_level

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 5_417_283_120
_WITHIN_SECONDS = 3600.0


def upgrade(database: Database) -> None:
    """Run the missing migrations in one transaction."""
    database.write_now(_upgrade, within=_WITHIN_SECONDS)


def is_current(database: Database) -> bool:
    """Whether the schema is the one that this release expects."""
    return database.read_now(lambda connection: _revision(connection) == _newest())


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if _revision(connection) == _newest():
        return
    fresh = _revision(connection) is None
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if fresh:
        raise_level(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
