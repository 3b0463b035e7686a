"""The way in for every door: accept events durably, once more where another door was in the way.

Called by ``POST /events``, ``secondlook load`` and the web forms, each with a database whose commits are durable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from secondlook.cases.events import Acceptance, IncomingEvent, Unavailable
from secondlook.records import inbox
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault

_TRIES = 4


class Door:
    """Accepts events into one record."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def accept(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        """One Acceptance an event, in order, after a durable commit. Raises Unavailable: nothing was taken."""
        for last in _attempts():
            try:
                return await self._database.write(lambda connection: self._write(connection, events))
            except (DatabaseUnavailable, UnitFailed) as problem:
                _raise_when_final(problem, last=last, patient=False)
        raise AssertionError

    def accept_now(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        """The same for a file, which can wait: a busy record is tried again as well."""
        for last in _attempts():
            try:
                return self._database.write_now(lambda connection: self._write(connection, events))
            except (DatabaseUnavailable, UnitFailed) as problem:
                _raise_when_final(problem, last=last, patient=True)
        raise AssertionError

    def _write(self, connection: Connection, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        return inbox.accept(connection, self._vault, events, datetime.now(UTC))


def _attempts() -> list[bool]:
    return [number == _TRIES for number in range(1, _TRIES + 1)]


def _raise_when_final(problem: DatabaseUnavailable | UnitFailed, *, last: bool, patient: bool) -> None:
    passing = problem.again if isinstance(problem, UnitFailed) else patient and problem.code == "busy"
    if last or not passing:
        raise Unavailable from None
