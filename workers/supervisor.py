"""``secondlook up``: the whole product on one machine, under one supervisor that owns every process.

It takes the data folder for itself, starts what is needed in order, starts again what ends, says where everything is,
and stops it all within fifteen seconds. Nothing is kept in its memory: started again, it continues.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import structlog
from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.service import RPCError

from secondlook.records import rings, store
from secondlook.records.checkpoints import Place
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault
from secondlook.records.keyring import admitted, make_keys_for_new
from secondlook.settings import Settings
from workers import bootstrap, temporal_server, upgrade
from workers.checkpointing import Checkpointing
from workers.children import Child
from workers.connection import connect_when_up, stopped_within
from workers.kept import Kept
from workers.metrics_endpoint import endpoint, serve
from workers.pool import STOP_SECONDS, WorkerPool, listen_for_metrics, ours
from workers.ports import address_of, listen, reserve
from workers.scaler import keep_scaled
from workers.scaling import Bounds

log = structlog.get_logger()

Say = Callable[[str], None]

_STOP_REST = 2.5
_TEMPORAL_SECONDS = 10.0
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
    stop: asyncio.Event
    _kept: Kept = field(init=False)
    _workers: WorkerPool | None = None
    _children: list[Child] = field(default_factory=list)
    _reserved: list[socket.socket] = field(default_factory=list)
    _metrics_url: str = ""
    _checkpointing: Checkpointing | None = None

    def __post_init__(self) -> None:
        self._kept = Kept(self.stop)

    async def run(self) -> None:
        """Start, supervise until told to stop, stop.

        Raises AlreadyRunning, CannotListen, TemporalMissing, SettingsError; and what a part of it died of.
        """
        folder = self.settings.make_folder().resolve()
        (folder / "logs").mkdir(mode=0o700, exist_ok=True)
        with alone(folder):
            web = listen(self.settings.host, self.settings.port, "--port or SECONDLOOK_PORT")
            count = 1 + self.bounds.most
            scraped = listen_for_metrics(self.settings.host, self.settings.metrics_port, count)
            database = Database(self.settings.url, durable=True)
            marked = False
            try:
                self.say("Preparing the record ...")
                await bootstrap.prepare_record(database)
                vault = await asyncio.to_thread(_admit, database, self.settings)
                swept = await database.write(_mark_running)
                marked = True
                if swept:
                    self.say(f"The last stop was not a clean one: {swept} open cases are looked at again.")
                await self._start(folder, database, vault, web, scraped)
                await self.stop.wait()
            finally:
                self.say("Stopping ...")
                await self._stop_all()
                if self._checkpointing is not None:
                    await self._checkpointing.once()
                if marked:
                    await _leave_clean(database)
                database.close()
                (folder / "processes.json").unlink(missing_ok=True)
            await self._kept.end()
        self.say("Stopped. Everything is kept; the same command continues.")

    async def _start(
        self, folder: Path, database: Database, vault: Vault, web: socket.socket, scraped: Sequence[socket.socket]
    ) -> None:
        self._metrics_url = f"{address_of(scraped[0])}/metrics"
        self._kept.keep(serve(endpoint(), scraped[0], self.stop))
        address, temporal_ui = await self._temporal(folder)
        os.environ["TEMPORAL_ADDRESS"] = address
        client = await self._connect(address)
        if client is None:
            return
        namespace = await bootstrap.prepare_temporal(client)
        if temporal_ui is not None:
            await _lighten(folder, client)
        await bootstrap.notice_namespace(database, namespace)
        await upgrade.finish(database, vault, client, self.settings.task_queue, self.say, alone=temporal_ui is not None)
        place = Place(self.settings.make_checkpoint_folder())
        self._checkpointing = Checkpointing(database, vault, place, self.settings.signer())
        self._kept.keep(self._checkpointing.keep(self.stop))
        self._start_child(
            Child(
                "web",
                ours("web"),
                {"SECONDLOOK_DATA": str(folder), "SECONDLOOK_OIDC_ISSUER": self._issuer(folder)},
                folder / "logs" / "web.jsonl",
                f"{address_of(web)}/metrics",
                web,
                frozenset(source.token_from for source in self.settings.sources()),
                self.say,
            )
        )
        self._workers = WorkerPool(folder, scraped[1:], self._kept, self._write_processes, self.say)
        self._workers.resize(self.bounds.least)
        if not self.bounds.fixed:
            places = self.settings.in_flight
            self._kept.keep(keep_scaled(self._workers, self.bounds, database, client, places, self.stop))
        self.say(f"Starting {self.bounds.least} worker process(es) and the web application ...")
        if await self._ready():
            self._introduce(address_of(web), temporal_ui, folder)

    async def _connect(self, address: str) -> Client | None:
        connecting = asyncio.ensure_future(connect_when_up(self.stop))
        done, _ = await asyncio.wait([connecting], timeout=_TEMPORAL_SECONDS)
        if not done:
            self.say(f"Temporal does not answer at {address} yet. It goes on trying; Ctrl-C stops it.")
        return await connecting

    async def _temporal(self, folder: Path) -> tuple[str, str | None]:
        configured = os.environ.get("TEMPORAL_ADDRESS")
        if configured:
            return configured, None
        executable = temporal_server.program()
        await asyncio.to_thread(temporal_server.check_release, folder, executable)
        port, ui_port, metrics_port = (self._reserve(wanted) for wanted in (7233, 8233, 9090))
        self.say("Starting the embedded Temporal server ...")
        self._start_child(
            Child(
                "temporal",
                temporal_server.command(executable, folder, port, ui_port, metrics_port),
                {},
                folder / "logs" / "temporal.jsonl",
                f"http://127.0.0.1:{metrics_port}/metrics",
                withheld=None,
                say=self.say,
            )
        )
        return f"127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}"

    def _reserve(self, wanted: int) -> int:
        port, held = reserve(wanted)
        self._reserved.append(held)
        return port

    def _issuer(self, folder: Path) -> str:
        """The configured sign-in provider, else one of our own, which asks no password and is on loopback alone."""
        if self.settings.oidc_issuer is not None:
            return self.settings.oidc_issuer
        port = self._reserve(9400)
        listening = listen("127.0.0.1", port, "SECONDLOOK_OIDC_ISSUER")
        self._start_child(
            Child(
                "sign-in",
                ours("sign-in-provider"),
                {},
                folder / "logs" / "sign-in.jsonl",
                listening=listening,
                withheld=None,
                say=self.say,
            )
        )
        return address_of(listening)

    def _start_child(self, child: Child) -> None:
        self._children.append(child)
        self._kept.keep(child.keep_running(self._write_processes))

    def _pool(self) -> list[Child]:
        return self._workers.children if self._workers else []

    def _write_processes(self) -> None:
        """For ``secondlook status`` alone: where the disk is full, what is listed there is older."""
        listed = [{"role": "supervisor", "pid": os.getpid(), "metrics": self._metrics_url}] + [
            {"role": child.role, "pid": child.pid, "metrics": child.metrics_url}
            for child in [*self._children, *self._pool()]
            if child.pid
        ]
        target = self.settings.data.resolve() / "processes.json"
        draft = target.with_suffix(".new")
        try:
            draft.write_bytes(orjson.dumps(listed))
            draft.replace(target)
        except OSError as problem:
            log.warning("the list of processes cannot be written", code=problem.errno)

    async def _ready(self) -> bool:
        """Wait until everything answers, saying what does not in time; False when told to stop first."""
        limit = time.monotonic() + _READY_SECONDS
        waiting = [*(child for child in self._children if child.role in ("web", "sign-in")), *self._pool()]
        # A process that keeps ending leaves its socket open: an answer that does not come is none.
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while True:
                waiting = [child for child in waiting if not await _answers(client, child)]
                if not waiting:
                    return True
                if time.monotonic() > limit:
                    limit = float("inf")
                    missing = ", ".join(sorted({child.role for child in waiting}))
                    self.say(
                        f"NOT READY after {_READY_SECONDS:.0f} s: {missing}. It goes on trying; see the files in logs/"
                    )
                if await stopped_within(self.stop, 0.1):
                    return False

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
        if self.settings.checkpoints is None:
            self.say(f"  audit checkpoints       {self.settings.checkpoint_folder}")
            self.say("  THEY BELONG ELSEWHERE: set SECONDLOOK_CHECKPOINTS to a place that this machine can only add to")
        self.say("Ctrl-C stops it.")

    async def _stop_all(self) -> None:
        self.stop.set()
        web = [child for child in self._children if child.role == "web"]
        rest = [child for child in self._children if child not in web]
        workers = [self._workers.close()] if self._workers else []
        await asyncio.gather(*workers, *(_stop(child, STOP_SECONDS) for child in web))
        await asyncio.gather(*(_stop(child, _STOP_REST) for child in rest))


async def _lighten(folder: Path, client: Client) -> None:
    try:
        await temporal_server.shed_indexes(folder, client)
    except (RPCError, sqlite3.Error) as problem:
        log.warning("the embedded server keeps its unread indexes and is slower", error=type(problem).__name__)


async def _stop(child: Child, seconds: float) -> None:
    child.leave()
    await child.gone(seconds)


async def _answers(client: httpx.AsyncClient, child: Child) -> bool:
    assert child.listening is not None  # noqa: S101
    path = "/.well-known/openid-configuration" if child.role == "sign-in" else "/readyz"
    try:
        return child.alive and (await client.get(address_of(child.listening) + path)).status_code == 200
    except httpx.HTTPError:
        return False


def _admit(database: Database, settings: Settings) -> Vault:
    """Raises WrongKeys."""
    if settings.key_file is not None:
        make_keys_for_new(database, settings.key_file)
    return admitted(database, settings.vault())


def _mark_running(connection: Connection) -> int:
    """Nobody else works on this folder: leases of the past are void, and after a crash every open case is rung."""
    now = datetime.now(UTC)
    rings.forget_leases(connection, now)
    clean = store.recall(connection, "stopped_cleanly")
    store.remember(connection, "stopped_cleanly", "no")
    return store.ring_all_open(connection, now) if clean == "no" else 0


async def _leave_clean(database: Database) -> None:
    """Where it cannot be written, the next start looks at every open case again: slower and harmless."""
    try:
        await database.write(lambda connection: store.remember(connection, "stopped_cleanly", "yes"))
    except (DatabaseUnavailable, UnitFailed):
        log.warning("the clean stop cannot be written down")
