"""``secondlook scale``: a host of workers only, as many as the backlog needs, for a Temporal and a record elsewhere.

It takes the data folder for itself (keys, logs); nothing is lost when it is killed, its workers' leases run out.
"""

from __future__ import annotations

import asyncio

from secondlook.records.database import Database
from secondlook.settings import Settings
from workers.connection import connect_when_up
from workers.metrics_endpoint import endpoint, serve
from workers.pool import WorkerPool
from workers.ports import free_port
from workers.scaler import keep_scaled
from workers.scaling import Bounds
from workers.supervisor import alone
from workers.worker import bench_of


async def run_worker_host(settings: Settings, bounds: Bounds, stop: asyncio.Event) -> None:
    """Run until stopped. Raises AlreadyRunning, SettingsError and RuleSetError before anything is started."""
    bench_of(settings)
    folder = settings.make_folder().resolve()
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    with alone(folder):
        database = Database(settings.url)
        metrics_port = free_port(settings.metrics_port)
        serving = asyncio.create_task(serve(endpoint(), settings.host, metrics_port, stop))
        pool = WorkerPool(folder, metrics_port + 1, changed=lambda: None)
        try:
            pool.resize(bounds.least)
            client = await connect_when_up(stop)
            if client is not None:
                await keep_scaled(pool, bounds, database, client, settings.in_flight, stop)
        finally:
            stop.set()
            await pool.close()
            await serving
            database.close()
