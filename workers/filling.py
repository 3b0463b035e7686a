"""Has cases of before made findable, beside the work: a few at a time, until all are. Run by each worker process."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault
from secondlook.records.search.filling import fill_some
from workers.connection import stopped_within

log = structlog.get_logger()

_BETWEEN_SECONDS: Final = 0.05
_IDLE_SECONDS: Final = 30.0


async def fill(database: Database, vault: Vault, stop: asyncio.Event) -> None:
    """Fill in until stopped; people and events come first."""
    pause = _BETWEEN_SECONDS
    while not await stopped_within(stop, pause):
        try:
            more = await database.write(lambda connection: fill_some(connection, vault))
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("no case can be made findable now", error=str(problem))
            more = False
        pause = _BETWEEN_SECONDS if more else _IDLE_SECONDS
