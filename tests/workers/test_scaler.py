"""The scaler on real processes, a real record and a real Temporal server; what it decides is tried in test_scaling."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from secondlook import metrics
from secondlook.records.database import Database
from secondlook.records.migrate import upgrade
from tests.conftest import eventually
from workers import pool as pools
from workers import scaler
from workers.kept import Kept
from workers.pool import WorkerPool
from workers.ports import free_port
from workers.scaler import keep_scaled, look
from workers.scaling import Bounds, Load, Reason

SWAMPED = Load(1_000_000, 10.0, 0.0, 1.0)


@pytest.fixture
async def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WorkerPool]:
    """A pool whose workers only wait to be told to stop."""
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(pools, "ours", lambda _command: ["sh", "-c", "exec sleep 600"])
    kept = Kept(asyncio.Event())
    sockets = pools.listen_for_metrics("127.0.0.1", 0, 3)
    made = WorkerPool(tmp_path, sockets, kept, changed=lambda: None, say=lambda _line: None)
    yield made
    await made.close()
    await kept.end()


@pytest.fixture
def record(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'secondlook.db'}")
    upgrade(database)
    return database


async def _lazy_client(address: str) -> Client:
    return await Client.connect(address, lazy=True)


async def _alive(pool: WorkerPool, count: int) -> bool:
    return [child.alive for child in pool.children] == [True] * count


async def test_a_pool_grows_shrinks_from_the_newest_and_ends_them_all(pool: WorkerPool) -> None:
    pool.resize(3)
    await eventually(lambda: _alive(pool, 3), "three are alive")
    oldest, *others = pool.children
    assert len({child.metrics_url for child in pool.children}) == 3
    pool.resize(1)
    assert pool.children == [oldest]
    await asyncio.gather(*(child.gone(5) for child in others))
    assert [child.alive for child in (oldest, *others)] == [True, False, False]
    await pool.close()
    assert not oldest.alive


async def test_a_worker_that_is_killed_is_started_again(pool: WorkerPool) -> None:
    pool.resize(1)
    await eventually(lambda: _alive(pool, 1), "it is alive")
    (child,) = pool.children
    killed = child.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: _is_new(pool, killed), "another one is alive")


async def _is_new(pool: WorkerPool, before: int) -> bool:
    return await _alive(pool, 1) and pool.children[0].pid != before


async def test_does_what_is_decided_and_counts_it(
    pool: WorkerPool, record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Load | Reason] = [SWAMPED]
    looks = 0

    async def what_is_seen(*_: object) -> Load | Reason:
        nonlocal looks
        looks += 1
        return seen[0]

    async def looked(times: int) -> bool:
        return looks >= times

    monkeypatch.setattr(scaler, "look", what_is_seen)
    silent = metrics.scaling_decisions.labels("hold", "temporal_silent")
    before = silent._value.get()
    stop = asyncio.Event()
    pool.resize(1)
    client = await _lazy_client("127.0.0.1:1")
    scaling = asyncio.create_task(keep_scaled(pool, Bounds(1, 2), record, client, 60, stop, every=0.01))
    await eventually(lambda: _alive(pool, 2), "two are alive")
    seen[0] = Reason.TEMPORAL_SILENT
    enough = looks + 3
    await eventually(lambda: looked(enough), "it looked again")
    stop.set()
    await scaling
    assert len(pool.children) == 2
    assert silent._value.get() > before
    assert metrics.scaling_desired_workers._value.get() == 2


async def test_sees_which_side_does_not_answer(pool: WorkerPool, record: Database, temporal_address: str) -> None:
    client = await _lazy_client(temporal_address)

    async def both_answer() -> bool:
        return await look(pool, record, client, 60) == Load(0, 0.0, 0.0, None)

    await eventually(both_answer, "both sides answer, and no worker")
    silent = await _lazy_client(f"127.0.0.1:{free_port()}")
    assert await look(pool, record, silent, 60) is Reason.TEMPORAL_SILENT
    record.close()
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert await look(pool, gone, client, 60) is Reason.RECORD_SILENT
    gone.close()


async def test_sees_how_many_places_hold_a_case(pool: WorkerPool, record: Database, temporal_address: str) -> None:
    from workers.metrics_endpoint import endpoint, serve

    stop = asyncio.Event()
    pool.resize(2)
    serving = asyncio.create_task(serve(endpoint(), pool.listening[0], stop))
    metrics.in_flight.set(45)
    client = await _lazy_client(temporal_address)

    async def seen() -> bool:
        what = await look(pool, record, client, 60)
        return isinstance(what, Load) and what.places_used == 0.75

    await eventually(seen, "45 of 60 places of the one worker that answers")
    metrics.in_flight.set(0)
    stop.set()
    await serving
