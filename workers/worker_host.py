"""``secondlook scale``: a host of workers only, as many as the backlog needs, for a Temporal and a record elsewhere.

It takes the data folder for itself (keys, logs); nothing is lost when it is killed, its workers' leases run out.
"""

from __future__ import annotations

import asyncio

import structlog

from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault
from secondlook.records.keyring import admitted
from secondlook.settings import Settings
from workers.connection import connect_when_up, stopped_within
from workers.kept import Kept
from workers.metrics_endpoint import endpoint, serve
from workers.pool import WorkerPool, listen_for_metrics
from workers.scaler import keep_scaled
from workers.scaling import Bounds
from workers.supervisor import alone
from workers.worker import bench_of

log = structlog.get_logger()

_AWAY_SECONDS = 1.0


async def run_worker_host(settings: Settings, bounds: Bounds, stop: asyncio.Event) -> None:
    """Run until stopped.

    Raises AlreadyRunning, CannotListen, SettingsError, RuleSetError and WrongKeys before a worker is started.
    """
    vault = settings.vault()
    bench_of(settings, vault)
    folder = settings.make_folder().resolve()
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    with alone(folder):
        listening, *for_workers = listen_for_metrics(settings.host, settings.metrics_port, 1 + bounds.most)
        database = Database(settings.url)
        kept = Kept(stop)
        pool = WorkerPool(folder, for_workers, kept, changed=lambda: None, say=lambda _line: None)
        try:
            kept.keep(serve(endpoint(), listening, stop))
            await _admitted(database, vault, stop)
            pool.resize(0 if stop.is_set() else bounds.least)
            client = await connect_when_up(stop)
            if client is not None:
                await keep_scaled(pool, bounds, database, client, settings.in_flight, stop)
        finally:
            stop.set()
            await pool.close()
            database.close()
            await kept.end()


async def _admitted(database: Database, vault: Vault, stop: asyncio.Event) -> None:
    """Wait for a record that is away or not ready. Raises WrongKeys."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(admitted, database, vault)
            return
        except (DatabaseUnavailable, UnitFailed) as problem:
            log.warning("the record's keys cannot be read now", error=str(problem))
            await stopped_within(stop, _AWAY_SECONDS)
