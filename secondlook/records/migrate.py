"""Bring a database to this release's schema. Safe to repeat, and to run twice at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from secondlook.records.database import Database
from secondlook.records.store import LEVEL, raise_level, recall

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 5_417_283_120
_WITHIN_SECONDS = 3600.0


def upgrade(database: Database) -> None:
    """Run the missing migrations in one transaction."""
    database.write_now(_upgrade, within=_WITHIN_SECONDS)


def fits(database: Database) -> bool:
    """Whether this release can work with the schema: its own, or a later release's that only adds to it.

    A release that takes something away writes the lowest level that can do without it under ``needs``.
    """
    return database.read_now(_fits)


def _fits(connection: Connection) -> bool:
    found = _revision(connection)
    if found == _newest():
        return True
    mine = {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}
    return found is not None and found not in mine and int(recall(connection, "needs") or 1) <= LEVEL


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
