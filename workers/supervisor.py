"""``secondlook up``: the whole product on one machine, under one supervisor that owns every process.

It takes the data folder for itself, starts what is needed in order, starts again what ends, says where everything is,
and stops it all within fifteen seconds. Nothing is kept in its memory: started again, it continues.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import structlog
from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.service import RPCError

from secondlook import metrics
from secondlook.records import rings, store
from secondlook.records.database import Database
from secondlook.settings import Settings
from workers import bootstrap, temporal_server
from workers.children import Child
from workers.connection import connect_when_up, stopped_within
from workers.metrics_endpoint import endpoint, serve
from workers.pool import STOP_SECONDS, WorkerPool, ours
from workers.ports import free_port
from workers.scaler import keep_scaled
from workers.scaling import Bounds

log = structlog.get_logger()

Say = Callable[[str], None]

_STOP_REST = 2.5
_READY_SECONDS = 60.0


class AlreadyRunning(RuntimeError):
    """Another supervisor has this data folder."""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the data folder. Raises AlreadyRunning."""
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"another `secondlook up` is running on {folder}; stop it first, or choose another folder with --data"
            ) from None
        yield


def running(folder: Path) -> list[dict[str, object]]:
    """The processes of the supervisor that has this data folder now; none where none runs."""
    try:
        with alone(folder):
            return []
    except FileNotFoundError:
        return []
    except AlreadyRunning:
        with contextlib.suppress(OSError, orjson.JSONDecodeError):
            listed: list[dict[str, object]] = orjson.loads((folder / "processes.json").read_bytes())
            return listed
        return []


@dataclass
class Supervisor:
    """Runs everything for one data folder. ``say`` prints a line for the person at the terminal."""

    settings: Settings
    bounds: Bounds
    say: Say
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    _workers: WorkerPool | None = None
    _children: list[Child] = field(default_factory=list)
    _keeping: list[asyncio.Task[None]] = field(default_factory=list)
    _metrics_url: str | None = None

    async def run(self) -> None:
        """Start, supervise until told to stop, stop. Raises AlreadyRunning, TemporalMissing, SettingsError."""
        folder = self.settings.make_folder().resolve()
        (folder / "logs").mkdir(mode=0o700, exist_ok=True)
        with alone(folder):
            database = Database(self.settings.url, durable=True)
            try:
                await self._start(folder, database)
                await self.stop.wait()
            finally:
                self.say("Stopping …")
                await self._stop_all()
                with contextlib.suppress(Exception):
                    await database.write(_mark_clean)
                database.close()
                (folder / "processes.json").unlink(missing_ok=True)
        self.say("Stopped. Everything is kept; the same command continues.")

    async def _start(self, folder: Path, database: Database) -> None:
        self.say("Preparing the record …")
        await bootstrap.prepare_record(database)
        swept = await database.write(_mark_running)
        if swept:
            self.say(f"The last stop was not a clean one: {swept} open cases are looked at again.")
        metrics_port = free_port(self.settings.metrics_port)
        self._metrics_url = f"http://127.0.0.1:{metrics_port}/metrics"
        self._keep(serve(endpoint(), "127.0.0.1", metrics_port, self.stop))
        address, temporal_ui = await self._temporal(folder)
        os.environ["TEMPORAL_ADDRESS"] = address
        client = await connect_when_up(self.stop)
        if client is None:
            return
        namespace = await bootstrap.prepare_temporal(client)
        if temporal_ui is not None:
            await _lighten(folder, client)
        await bootstrap.notice_namespace(database, namespace)
        issuer = self.settings.oidc_issuer or self._sign_in(folder)
        web_port = free_port(self.settings.port)
        web = f"http://127.0.0.1:{web_port}"
        self._start_child(
            Child(
                "web", ours("web"), self._environment(folder, address, port=web_port, issuer=issuer),
                folder / "logs" / "web.jsonl", f"{web}/metrics",
            )
        )  # fmt: skip
        self._workers = WorkerPool(folder, metrics_port + 1, self._write_processes)
        self._workers.resize(self.bounds.least)
        if not self.bounds.fixed:
            places = self.settings.in_flight
            self._keep(keep_scaled(self._workers, self.bounds, database, client, places, self.stop))
        self.say(f"Starting {self.bounds.least} worker process(es) and the web application …")
        if await self._ready(web):
            self._introduce(web, temporal_ui, folder)

    async def _temporal(self, folder: Path) -> tuple[str, str | None]:
        configured = os.environ.get("TEMPORAL_ADDRESS")
        if configured:
            return configured, None
        executable = temporal_server.program()
        await asyncio.to_thread(temporal_server.check_release, folder, executable)
        port, ui_port, metrics_port = free_port(7233), free_port(8233), free_port(9090)
        self.say("Starting the embedded Temporal server …")
        self._start_child(
            Child(
                "temporal",
                temporal_server.command(executable, folder, port, ui_port, metrics_port),
                {},
                folder / "logs" / "temporal.jsonl",
                f"http://127.0.0.1:{metrics_port}/metrics",
            )
        )
        return f"127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}"

    def _sign_in(self, folder: Path) -> str:
        port = free_port(9400)
        self._start_child(
            Child("sign-in", [*ours("sign-in-provider"), f"--port={port}"], {}, folder / "logs" / "sign-in.jsonl")
        )
        return f"http://127.0.0.1:{port}"

    def _environment(
        self,
        folder: Path,
        address: str,
        *,
        port: int | None = None,
        issuer: str | None = None,
    ) -> dict[str, str]:
        given = {
            "SECONDLOOK_DATA": str(folder),
            "TEMPORAL_ADDRESS": address,
            "SECONDLOOK_PORT": port,
            "SECONDLOOK_OIDC_ISSUER": issuer,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    def _start_child(self, child: Child) -> None:
        self._children.append(child)
        metrics.processes.labels(child.role).inc()
        self._keep(child.keep_running(self._write_processes))

    def _pool(self) -> list[Child]:
        return self._workers.children if self._workers else []

    def _keep(self, work: Awaitable[None]) -> None:
        self._keeping.append(asyncio.ensure_future(work))

    def _write_processes(self) -> None:
        listed = [{"role": "supervisor", "pid": os.getpid(), "metrics": self._metrics_url}] + [
            {"role": child.role, "pid": child.pid, "metrics": child.metrics_url}
            for child in [*self._children, *self._pool()]
            if child.pid
        ]
        target = self.settings.data.resolve() / "processes.json"
        draft = target.with_suffix(".new")
        draft.write_bytes(orjson.dumps(listed))
        draft.replace(target)

    async def _ready(self, web: str) -> bool:
        """Whether everything answered in time; what did not is named."""
        urls = {f"{web}/readyz": "the web application"} | {
            str(child.metrics_url).replace("/metrics", "/readyz"): "a worker" for child in self._pool()
        }
        limit = time.monotonic() + _READY_SECONDS
        async with httpx.AsyncClient(timeout=5) as client:
            for url, what in urls.items():
                while not await _answers(client, url):
                    if time.monotonic() > limit:
                        self.say(f"{what} is not ready after {_READY_SECONDS:.0f} s: see the files in logs/")
                        return True
                    if await stopped_within(self.stop, 0.1):
                        return False
        return True

    def _introduce(self, web: str, temporal_ui: str | None, folder: Path) -> None:
        worker = next((child.metrics_url for child in self._pool()), None)
        self.say("")
        self.say(f"Second Look is running:   {web}")
        if self.settings.oidc_issuer is None:
            self.say("  sign in as attorney1, attorney2 (Baltimore), attorney3 (Denver), supervisor1, supervisor2,")
            self.say("  ops1 or auditor1: this sign-in provider is for demonstration and asks no password")
        self.say(f"  send events to          {web}/events   (token in {folder / 'intake-token'})")
        self.say(f"  metrics                 {worker}, {web}/metrics, {self._metrics_url}")
        if temporal_ui is not None:
            self.say(f"  Temporal's own web UI   {temporal_ui}")
        self.say(f"  data and logs           {folder}")
        self.say("Ctrl-C stops it.")

    async def _stop_all(self) -> None:
        self.stop.set()
        web = [child for child in self._children if child.role == "web"]
        rest = [child for child in self._children if child not in web]
        workers = [self._workers.close()] if self._workers else []
        await asyncio.gather(*workers, *(_stop(child, STOP_SECONDS) for child in web))
        await asyncio.gather(*(_stop(child, _STOP_REST) for child in rest))
        for keeping in self._keeping:
            keeping.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)


async def _lighten(folder: Path, client: Client) -> None:
    try:
        await temporal_server.shed_indexes(folder, client)
    except (RPCError, sqlite3.Error) as problem:
        log.warning("the embedded server keeps its unread indexes and is slower", error=type(problem).__name__)


async def _stop(child: Child, seconds: float) -> None:
    child.leave()
    await child.gone(seconds)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


def _mark_running(connection: Connection) -> int:
    """Nobody else works on this folder: leases of the past are void, and after a crash every open case is rung."""
    now = datetime.now(UTC)
    rings.forget_leases(connection, now)
    clean = store.recall(connection, "stopped_cleanly")
    store.remember(connection, "stopped_cleanly", "no")
    return store.ring_all_open(connection, now) if clean == "no" else 0


def _mark_clean(connection: Connection) -> None:
    store.remember(connection, "stopped_cleanly", "yes")
