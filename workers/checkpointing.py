"""Checkpoints of the audit trail, every few minutes and at a clean stop. Run by the supervisor of ``up`` alone.

What it finds wrong it says in the log and in a metric, and goes on; the record is never touched.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from secondlook import metrics
from secondlook.records import checked
from secondlook.records.checked import Checked
from secondlook.records.checkpoints import CannotTrust, Place, Signer, take
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault
from workers.connection import stopped_within

log = structlog.get_logger()

_EVERY_SECONDS: Final = 300.0
_REPLAYED_AT_ONCE: Final = 2000
"""Changed cases that are told again with a checkpoint: half a second. `audit verify` does all."""


@dataclass(frozen=True, slots=True)
class Checkpointing:
    """One record's checkpoints."""

    database: Database
    vault: Vault
    place: Place
    signer: Signer

    async def keep(self, stop: asyncio.Event) -> None:
        """One now, and one every five minutes until stopped."""
        while True:
            await self.once(_REPLAYED_AT_ONCE)
            if await stopped_within(stop, _EVERY_SECONDS):
                return

    async def once(self, at_most: int = 0) -> None:
        """One now; trouble is logged."""
        try:
            taken = await self.database.read(
                lambda connection: take(
                    connection, self.vault, self.place, self.signer, datetime.now(UTC), at_most=at_most
                )
            )
        except (DatabaseUnavailable, UnitFailed, OSError, CannotTrust) as problem:
            log.error("no checkpoint of the audit trail can be written", error=type(problem).__name__)
            return
        now = datetime.now(UTC)
        metrics.audit_checked_at.set(now.timestamp())
        metrics.audit_broken.set(len(taken.broken))
        for each in taken.broken:
            log.critical("the record does not say what its audit trail says", case_id=each.case_id, error=each.problem)
        with suppress(DatabaseUnavailable, UnitFailed):
            outcome = Checked(now, taken.checked, len(taken.broken))
            await self.database.write(lambda connection: checked.note(connection, outcome))
