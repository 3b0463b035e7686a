"""The stand-in behaves as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from secondlook.cases.fact_table import FACTS
from secondlook.sources.asking import ask
from secondlook.sources.stand_in import StandIn
from tests.sources.made_up import source
from tests.sources.test_asking import A_NUMBER, NTA_DATE, TODAY


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(StandIn().app())
    async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as made:
        yield made


async def test_it_knows_every_fact_as_a_source_must_write_it(client: httpx.AsyncClient) -> None:
    everything = source("http://stand-in/facts", facts=tuple(FACTS))
    answer = await ask(client, everything, A_NUMBER, NTA_DATE, TODAY)
    assert [name for name, fact in answer.items() if "unknown" in fact] == []  # type: ignore[operator]


async def test_it_fails_answers_and_waits_as_it_is_told(client: httpx.AsyncClient) -> None:
    request = {"a_number": A_NUMBER, "nta_date": NTA_DATE, "facts": ["prior_removals"]}
    await client.put("/behaviour", json={"status": 503})
    assert (await client.post("/facts", json=request)).status_code == 503
    await client.put("/behaviour", json={"status": 200, "facts": {"prior_removals": 4}})
    assert (await client.post("/facts", json=request)).json() == {"facts": {"prior_removals": 4}}
    await client.put("/behaviour", json={"delay_seconds": 30})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.post("/facts", json=request), 0.05)
    assert (await client.get("/behaviour")).json() == {"delay_seconds": 30.0, "status": 200, "asked": 3}
