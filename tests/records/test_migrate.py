"""The migrations make the schema that the statements are written against, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from secondlook.records.database import Database
from secondlook.records.migrate import fits, upgrade
from secondlook.records.schema import metadata
from secondlook.records.store import LEVEL, remember


def test_migrations_and_definitions_agree(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert database.read_now(differences) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert fits(database)


def test_a_later_release_s_schema_fits_unless_it_takes_away_what_this_one_needs(database: Database) -> None:
    def later(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE cases ADD COLUMN paroled_until VARCHAR(10)"))
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))

    database.write_now(later)
    assert fits(database)
    database.write_now(lambda connection: remember(connection, "needs", str(LEVEL)))
    assert fits(database)
    database.write_now(lambda connection: remember(connection, "needs", str(LEVEL + 1)))
    assert not fits(database)


def test_an_older_schema_does_not_fit(database: Database) -> None:
    database.write_now(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0004'")))
    assert not fits(database)
