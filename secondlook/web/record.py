"""The web's way to the record: one database, the keys, the rule sets, and how an act is sent and its outcome awaited.

Made once by ``app`` and asked for by every screen. An act is written once to the inbox; what it does is decided in the
judging transaction, and this only waits to hear.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final, TypeVar
from zoneinfo import ZoneInfo

import orjson
from fastapi import Depends, Request
from sqlalchemy import Connection

from secondlook import metrics
from secondlook.cases.events import Acceptance, IncomingEvent, Unavailable
from secondlook.cases.kept_facts import KeptFacts, as_given
from secondlook.cases.offices import Offices
from secondlook.policy import RuleSet, RuleSetError, Screening, choose_ruleset, load_ruleset, screen
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.door import Door
from secondlook.records.encryption import Vault
from secondlook.records.keyring import Keyring
from secondlook.records.reading import Outcome, outcome_of
from secondlook.records.requests import Page, changed_after
from secondlook.settings import Settings
from secondlook.web.errors import Claimed, NoSuchCase
from secondlook.web.people import Person

T = TypeVar("T")

OUTCOME_WITHIN: Final = 5.0
"""Seconds that a form's answer waits for its outcome."""
_FIRST_LOOK, _LATER_LOOK = 0.02, 0.05


@dataclass(frozen=True, slots=True)
class Record:
    """What screens read and write through."""

    database: Database
    keyring: Keyring
    ruleset: RuleSet | None
    as_of: date | None
    offices: Offices

    @classmethod
    def open(cls, settings: Settings) -> Record:
        """Open the database and the keys. Raises SettingsError, WrongKeys or RuleSetError."""
        ruleset = load_ruleset(settings.ruleset) if settings.ruleset else None
        database = Database(settings.url, durable=True)
        keyring = Keyring(database, settings.vault(), "web", settings.key_file)
        return cls(database, keyring, ruleset, settings.as_of, settings.offices())

    @property
    def vault(self) -> Vault:
        """The keys."""
        return self.keyring.vault

    def zone(self, office: str) -> ZoneInfo:
        """The time zone of an office's pages."""
        return ZoneInfo(self.offices.of(office).zone)

    async def read(self, unit: Callable[[Connection], T]) -> T:
        """Run a reading unit. Raises DatabaseUnavailable, also before the keys are known to be the record's."""
        if not self.keyring.entered:
            raise DatabaseUnavailable("unreachable")
        return await self.database.read(unit)

    async def write(self, unit: Callable[[Connection], T]) -> T:
        """Run a writing unit. Raises as ``read`` does."""
        if not self.keyring.entered:
            raise DatabaseUnavailable("unreachable")
        return await self.database.write(unit)

    def rules(self, ruleset_id: str) -> RuleSet | None:
        """The rule set of a screening, or None where this release does not have it any more."""
        if self.ruleset is not None and self.ruleset.id == ruleset_id:
            return self.ruleset
        try:
            return load_ruleset(ruleset_id)
        except RuleSetError:
            return None

    def screened_now(self, facts: KeptFacts) -> Screening | None:
        """What screening would say of these facts today, if a rule set is in force. For a page: it is on no record."""
        today = self.as_of or datetime.now(UTC).date()
        try:
            ruleset = self.ruleset or choose_ruleset(today)
        except RuleSetError:
            return None
        return screen(as_given(facts), ruleset, today)

    async def accept(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        """Write events durably to the inbox. Raises Unavailable."""
        if not self.keyring.entered:
            raise Unavailable
        return await Door(self.database, self.vault).accept(events)

    async def requests(self, epoch: int, number: int) -> Page:
        """What senders are told of requests for facts. Raises Unavailable."""
        try:
            return await self.read(lambda connection: changed_after(connection, self.vault, epoch, number))
        except (DatabaseUnavailable, UnitFailed):
            raise Unavailable from None

    async def take(self, event: IncomingEvent, form: str) -> Outcome:
        """Send a person's act and wait for its outcome; ``pending`` where the wait was too short.

        Raises NoSuchCase; Claimed for a review of a case that somebody else has, of which nothing is on record;
        DatabaseUnavailable where nothing was recorded, or where it is unsure.
        """
        started = time.monotonic()
        try:
            (answer,) = await self.accept([event])
        except Unavailable as problem:
            raise DatabaseUnavailable("unreachable", unsure=problem.unsure) from None
        if answer.outcome == "claimed":
            raise Claimed
        case_id, event_id = answer.case_id, answer.event_id
        if case_id is None or event_id is None:
            raise NoSuchCase
        pause = _FIRST_LOOK
        outcome = Outcome("pending", None)
        while outcome.state == "pending" and time.monotonic() - started < OUTCOME_WITHIN:
            await asyncio.sleep(pause)
            pause = _LATER_LOOK
            try:
                outcome = await self.read(lambda connection: outcome_of(connection, case_id, event_id))
            except (DatabaseUnavailable, UnitFailed):
                continue  # It is recorded: that the outcome cannot be read now must not look like a loss.
        if outcome.state != "pending":
            metrics.decision_seconds.labels(form).observe(time.monotonic() - started)
        return outcome

    def form_id(self, person: Person, case_id: str, version: int, form: str, content: Mapping[str, object]) -> str:
        """The id of an act's event: the same person sending the same form for the same version is one event."""
        canonical = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return self.vault.lookup_hash("form", person.subject, case_id, str(version), form, canonical).hex()


def record_of(request: Request) -> Record:
    """The application's record."""
    record: Record = request.app.state.record
    return record


TheRecord = Annotated[Record, Depends(record_of)]
