"""Opens the record for one command, or says what to do first.

Called by every command that reads or writes the record.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from secondlook.cli.shared import Failed
from secondlook.records import migrate
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.keyring import held, make_keys_for_new
from secondlook.settings import Settings


@contextmanager
def record(settings: Settings, *, durable: bool = False, make: bool = False) -> Iterator[Database]:
    """Open the record; ``make`` creates an embedded one that does not exist yet."""
    database_file = settings.data / "secondlook.db"
    if settings.database_url is None and not database_file.exists():
        if not make:
            raise Failed(f"there is no record in {settings.data}: start with `secondlook up` or `secondlook load`")
        settings.make_folder()
    database = Database(settings.url, durable=durable)
    try:
        if database.sqlite and make:
            migrate.upgrade(database)
            if settings.key_file is not None:
                make_keys_for_new(database, settings.key_file)
        elif not migrate.fits(database):
            raise Failed("the database's schema is not this release's: run `secondlook bootstrap`")
        yield database
    finally:
        database.close()


@contextmanager
def acting(settings: Settings) -> Iterator[tuple[Database, Vault]]:
    """The record with its keys, for an operator's act on it. Raises as ``record`` does, and WrongKeys."""
    with record(settings, durable=True) as database:
        vault = settings.vault()
        with held(database, vault, "command", settings.key_file):
            yield database, vault


def login() -> str:
    """Who acts: never the name of somebody who can sign in to the web application, hence the prefix."""
    number = os.getuid()
    try:
        return f"login:{pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"login:{number}"
