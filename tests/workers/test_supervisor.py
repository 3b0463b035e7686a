"""The supervisor says what is so: "running" when everything answers, "stopped cleanly" of what was marked as begun."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from secondlook.records import store
from secondlook.records.database import Database
from secondlook.settings import Settings
from tests.conftest import eventually
from workers import bootstrap, supervisor
from workers.children import Child
from workers.metrics_endpoint import endpoint, serve
from workers.ports import free_port, listen
from workers.scaling import Bounds
from workers.supervisor import Supervisor


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervising(tmp_path: Path, said: list[str]) -> Supervisor:
    settings = Settings(data=tmp_path, port=0, metrics_port=0)
    return Supervisor(settings, Bounds(1, 1), said.append, asyncio.Event())


async def test_what_is_not_ready_in_time_is_named_until_it_is(
    supervising: Supervisor, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_READY_SECONDS", 0.0)
    listening, over = listen("127.0.0.1", 0, ""), asyncio.Event()
    web = Child("web", ["sh", "-c", "exec sleep 600"], {}, tmp_path / "log", listening=listening)
    supervising._start_child(web)

    async def named() -> bool:
        return any("NOT READY" in line and "web" in line for line in said)

    waiting = asyncio.create_task(supervising._ready())
    await eventually(named, "what is not ready is named")
    assert not waiting.done()
    serving = asyncio.create_task(serve(endpoint(), listening, over))
    assert await asyncio.wait_for(waiting, 20)
    assert len(said) == 1
    over.set()
    await serving
    await supervising._stop_all()


@pytest.mark.parametrize("before", ["no", "yes"])
async def test_a_start_that_fails_leaves_the_last_stop_as_it_was(
    supervising: Supervisor, database: Database, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    async def fails(_database: Database) -> None:
        raise LookupError("a bug")

    database.write_now(lambda connection: store.remember(connection, "stopped_cleanly", before))
    monkeypatch.setattr(bootstrap, "prepare_record", fails)
    with pytest.raises(LookupError):
        await supervising.run()
    assert database.read_now(lambda connection: store.recall(connection, "stopped_cleanly")) == before


async def test_a_temporal_server_that_does_not_answer_is_named_and_the_stop_is_clean(
    supervising: Supervisor, database: Database, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    monkeypatch.setattr(supervisor, "_TEMPORAL_SECONDS", 0.1)

    async def named() -> bool:
        return any(address in line for line in said)

    running = asyncio.create_task(supervising.run())
    await eventually(named, "the server that does not answer is named")
    supervising.stop.set()
    await asyncio.wait_for(running, 20)
    assert database.read_now(lambda connection: store.recall(connection, "stopped_cleanly")) == "yes"


async def test_metrics_are_told_while_the_sdk_does_not_tell_its_own_yet() -> None:
    app = endpoint(f"http://127.0.0.1:{free_port()}/metrics")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert "secondlook_in_flight_cases" in answer.text
