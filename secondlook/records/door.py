"""The way in for every door: accept events durably, once more where another door was in the way.

Called by ``POST /events``, ``secondlook load`` and the web forms, each with a database whose commits are durable. A
commit whose answer was lost is tried again for a while: what it stored is then found by its sender's key. It never says
that nothing was stored where it cannot know.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from secondlook.cases.events import Acceptance, IncomingEvent, Unavailable
from secondlook.records import inbox
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault

_TRIES = 4
_UNSURE_SECONDS = 5.0
_PAUSE_SECONDS = 0.2


class Door:
    """Accepts events into one record."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def accept(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        """One Acceptance an event, in order, after a durable commit. Raises Unavailable."""
        trying = _Trying(patient=False)
        while True:
            try:
                return await self._database.write(lambda connection: self._write(connection, events))
            except (DatabaseUnavailable, UnitFailed) as problem:
                await asyncio.sleep(trying.again_after(problem))

    def accept_now(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        """The same for a file, which can wait: a busy record is tried again as well."""
        trying = _Trying(patient=True)
        while True:
            try:
                return self._database.write_now(lambda connection: self._write(connection, events))
            except (DatabaseUnavailable, UnitFailed) as problem:
                time.sleep(trying.again_after(problem))

    def _write(self, connection: Connection, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        return inbox.accept(connection, self._vault, events, datetime.now(UTC))


class _Trying:
    """One acceptance's tries: whether there is another, and when."""

    def __init__(self, *, patient: bool) -> None:
        self._passing = {"in_the_way", "busy"} if patient else {"in_the_way"}
        self._tries = 0
        self._unsure_until: float | None = None

    def again_after(self, problem: DatabaseUnavailable | UnitFailed) -> float:
        """Seconds until the next try. Raises Unavailable where there is none."""
        self._tries += 1
        if isinstance(problem, DatabaseUnavailable) and problem.unsure and self._unsure_until is None:
            self._unsure_until = time.monotonic() + _UNSURE_SECONDS
        if self._unsure_until is not None:
            if time.monotonic() > self._unsure_until:
                raise Unavailable(unsure=True) from None
            return _PAUSE_SECONDS
        passing = problem.again if isinstance(problem, UnitFailed) else problem.code in self._passing
        if self._tries == _TRIES or not passing:
            code = problem.code if isinstance(problem, DatabaseUnavailable) else "unreachable"
            raise Unavailable(code=code) from None
        return 0.0
