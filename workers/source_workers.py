"""The workers that ask outside sources: one for each source, on the client of their process.

Each has a task queue of its own, whose rate the server holds for all processes together, and as many places as the
source is to be asked at once by this process. They carry no case: a source that hangs holds up nothing but itself.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker

from activities.asking import Asking
from secondlook import __version__
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.settings import Settings, SettingsError
from secondlook.sources.asking import client_of
from secondlook.sources.configured import Source
from workers.context import LogContext
from workflows.messages import source_queue

_GRACE = timedelta(seconds=5)
_POLLERS = 2


@dataclass(frozen=True)
class SourceWorkers:
    """The sources with their tokens, for the cases of one task queue."""

    sources: tuple[Source, ...]
    tokens: Mapping[str, str]
    task_queue: str

    @classmethod
    def of(cls, settings: Settings) -> SourceWorkers:
        """As the settings and the environment say. Raises SettingsError naming each token that is missing."""
        sources = settings.sources()
        tokens = {source.name: os.environ.get(source.token_from, "") for source in sources}
        missing = [source for source in sources if not tokens[source.name]]
        if missing:
            raise SettingsError(
                [f"{source.token_from}: missing; the token for the source {source.name}" for source in missing]
            )
        return cls(sources, tokens, settings.task_queue)

    @property
    def cases_at_once(self) -> int | None:
        """How many cases keep this process's asks busy with some to spare; None without sources: nothing to bound."""
        return 8 + 2 * sum(source.at_once for source in self.sources) if self.sources else None

    @asynccontextmanager
    async def working(self, database: Database, vault: Vault, client: Client) -> AsyncIterator[None]:
        """Ask as long as the block lasts; asks under way at its end get a moment, then are made by others."""
        # Without the plugin, which would have these workers poll for cases too.
        plain = Client(client.service_client, namespace=client.namespace, data_converter=client.data_converter)
        async with AsyncExitStack() as stack:
            for source in self.sources:
                http = await stack.enter_async_context(client_of(source, self.tokens[source.name]))
                asking = Asking(database, vault, source, http)
                await stack.enter_async_context(
                    Worker(
                        plain,
                        task_queue=source_queue(self.task_queue, source.name),
                        activities=[asking.ask_source],
                        build_id=__version__,
                        interceptors=[LogContext()],
                        max_concurrent_activities=source.at_once,
                        max_task_queue_activities_per_second=source.a_minute / 60,
                        activity_task_poller_behavior=PollerBehaviorSimpleMaximum(_POLLERS),
                        graceful_shutdown_timeout=_GRACE,
                    )
                )
            yield
