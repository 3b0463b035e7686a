"""A docket whose cases are asked about: the workflow tests' docket, with sources and the workers that ask them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import select
from temporalio.client import Client

from activities.recording import Recording
from secondlook.cases.kept_facts import as_given
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records.database import Database
from secondlook.records.judging import Bench
from secondlook.records.reading import Unreadable, read_case
from secondlook.records.schema import source_asks
from secondlook.sources.configured import Source
from tests.conftest import eventually
from tests.workflows.docket import Docket
from workers.dispatcher import Dispatcher
from workers.reconciler import reconcile
from workers.source_workers import SourceWorkers


class AskingDocket(Docket):
    """As ``Docket``; ``asking`` is entered beside ``working``, so that a test can have no source worker."""

    def __init__(
        self,
        database: Database,
        client: Client,
        *sources: Source,
        cached: int = 1000,
        sources_limit: int | None = None,
    ) -> None:
        super().__init__(
            database,
            client,
            cached=cached,
            recording=lambda record, bench, judged: Recording(record, bench, judged, self.dispatcher.waits_for_sources),
        )
        self.dispatcher = Dispatcher(database, client, self.task_queue, 60, sources_limit)
        ruleset = load_ruleset("opla-2011-11-17")
        offices = Offices(OfficeSettings(withdraw_window=timedelta(0)))
        self.bench = Bench(self.vault, offices, lambda _as_of: ruleset, sources=sources)
        self.sources = sources

    @asynccontextmanager
    async def asking(self, client: Client | None = None) -> AsyncIterator[None]:
        """The source workers of one more process, which has a client of its own."""
        tokens = {source.name: "the-token" for source in self.sources}
        workers = SourceWorkers(self.sources, tokens, self.task_queue)
        async with workers.working(self.database, self.vault, client or self.client):
            yield

    async def facts(self, case_id: str) -> dict[str, object]:
        """What is on record of the case."""
        record = await self.database.read(lambda connection: read_case(connection, self.vault, case_id))
        assert record is not None
        assert not isinstance(record.facts, Unreadable)
        return dict(as_given(record.facts))

    async def until_fact(self, case_id: str, name: str, wanted: object) -> None:
        """Wait until a fact is as wanted; the value alone where it has one."""

        async def there() -> bool:
            fact = (await self.facts(case_id)).get(name)
            return (fact.get("value", fact) if isinstance(fact, dict) else fact) == wanted

        await eventually(there, f"{name} of {case_id} on record")

    async def ask_again(self) -> None:
        """Have the reconciler look until it has found the silent source's time come."""
        looked_once = asyncio.Event()
        looked_once.set()

        async def asked() -> bool:
            await reconcile(self.database, self.client, self.task_queue, looked_once)
            silent = select(source_asks.c.case_id).where(source_asks.c.state == "unavailable")
            return await self.database.read(lambda connection: connection.execute(silent).first()) is None

        await eventually(asked, "a source to be asked again")
