"""The migrations make the schema that the statements are written against, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from secondlook.records.database import Database
from secondlook.records.migrate import is_current, upgrade
from secondlook.records.schema import metadata


def test_migrations_and_definitions_agree(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert database.read_now(differences) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert is_current(database)
