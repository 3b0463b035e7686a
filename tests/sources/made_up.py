"""Sources for tests: their terms, and a stand-in that answers for one on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from secondlook.sources.configured import Source
from secondlook.sources.stand_in import StandIn
from workers.metrics_endpoint import serve
from workers.ports import address_of, listen


def source(
    address: str = "https://records.example.org/facts",
    *,
    name: str = "records",
    facts: tuple[str, ...] = ("convictions", "prior_removals"),
    timeout: float = 5.0,
    a_minute: int = 6000,
    at_once: int = 4,
    ask_again: timedelta = timedelta(minutes=1),
) -> Source:
    """A source that is asked hard."""
    return Source(
        name=name,
        address=address,
        token_from="TOKEN",
        facts=facts,
        timeout=timedelta(seconds=timeout),
        a_minute=a_minute,
        at_once=at_once,
        ask_again=ask_again,
    )


@asynccontextmanager
async def standing_in(stand_in: StandIn) -> AsyncIterator[str]:
    """Serve a stand-in for as long as the block lasts; answers the address to ask at."""
    stop, listening = asyncio.Event(), listen("127.0.0.1", 0, "")
    serving = asyncio.create_task(serve(stand_in.app(), listening, stop))
    try:
        yield f"{address_of(listening)}/facts"
    finally:
        stop.set()
        await serving
