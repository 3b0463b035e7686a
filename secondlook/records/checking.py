"""One verification of the whole record at a time, whoever asks and wherever it runs. A lease: a process that dies with
it gives it up by time. Called by the web's audit page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from secondlook.records import acts, store
from secondlook.records.encryption import Vault

LEASE: Final = timedelta(seconds=60)
_NAME: Final = "verification"


@dataclass(frozen=True, slots=True)
class Running:
    """A verification that is under way."""

    by: str
    since: datetime
    until: datetime


_WRITTEN = TypeAdapter(Running | None)


def running(connection: Connection, now: datetime) -> Running | None:
    """The one that is under way, if any."""
    try:
        found = _WRITTEN.validate_json(store.recall(connection, _NAME) or "null")
    except ValidationError:
        return None
    return found if found is not None and found.until > now else None


def begin(connection: Connection, vault: Vault, person: str, now: datetime) -> bool:
    """Take the lease, on record; False where somebody else's is under way."""
    acts.lock(connection)  # Two who begin at once are one after the other from here on.
    if running(connection, now) is not None:
        return False
    acts.note(connection, vault, acts.VERIFYING, person, {}, now)
    store.remember(connection, _NAME, _WRITTEN.dump_json(Running(person, now, now + LEASE)).decode())
    return True


def renew(connection: Connection, started: Running, now: datetime) -> None:
    """It goes on."""
    store.remember(connection, _NAME, _WRITTEN.dump_json(Running(started.by, started.since, now + LEASE)).decode())


def end(
    connection: Connection, vault: Vault, started: Running, kind: str, detail: dict[str, object], now: datetime
) -> None:
    """It has ended, on record with what it found."""
    store.remember(connection, _NAME, "null")
    acts.note(connection, vault, kind, started.by, detail, now)
