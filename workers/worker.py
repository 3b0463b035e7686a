"""A worker process: workers for cases and for sources, dispatcher and reconciler on one client (``secondlook worker``).

It stops on the stop event: the dispatcher first, then the worker, and last the database, so that what was begun is
answered. It holds no state that a kill -9 could lose.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker, WorkerDeploymentConfig

from activities.recording import Recording
from secondlook import __version__
from secondlook.policy import choose_ruleset, load_ruleset
from secondlook.records import migrate
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.keyring import Keyring
from secondlook.settings import Settings
from workers.connection import connect_when_up, stopped_within
from workers.dispatcher import Dispatcher
from workers.filling import fill
from workers.metrics_endpoint import endpoint, serve
from workers.ports import free_port, listen
from workers.reconciler import reconcile
from workers.reporting import keep_reporting
from workers.source_workers import SourceWorkers

log = structlog.get_logger()

_WORKFLOW_TASKS = 100
_POLLERS = 5
_CACHED_CASES = 1000
_GRACE = timedelta(seconds=5)
_AWAY_SECONDS = 0.2


async def run_worker(settings: Settings, stop: asyncio.Event, listening: socket.socket | None = None) -> None:
    """Work until stopped. ``listening`` is the metrics endpoint's socket where a supervisor holds it.

    Raises CannotListen, SettingsError, RuleSetError and WrongKeys before anything is polled for.
    """
    listening = listening or listen(settings.host, settings.metrics_port, "SECONDLOOK_METRICS_PORT")
    sources = SourceWorkers.of(settings)
    vault = settings.vault()
    bench = bench_of(settings, vault)
    database = Database(settings.url)
    keyring = Keyring(database, vault, "worker", settings.key_file, reseals=True)
    sdk_port = free_port()
    runtime = Runtime(
        telemetry=TelemetryConfig(
            metrics=PrometheusConfig(
                bind_address=f"127.0.0.1:{sdk_port}",
                counters_total_suffix=True,
                unit_suffix=True,
                durations_as_seconds=True,
            ),
            # Core's own words may quote a failure: through our logs, which keep only where they were said.
            logging=LoggingConfig(
                TelemetryFilter(core_level="WARN", other_level="ERROR"),
                forwarding=LogForwardingConfig(logging.getLogger("temporalio")),
            ),
        )
    )
    connected = asyncio.Event()

    async def not_ready() -> dict[str, str]:
        reasons = {} if connected.is_set() else {"temporal": "not connected"}
        try:
            if not await asyncio.to_thread(migrate.fits, database):
                reasons["database"] = "the schema is not this release's: run secondlook bootstrap"
        except (DatabaseUnavailable, UnitFailed) as problem:
            reasons["database"] = str(problem)
        if not keyring.entered:
            reasons["keys"] = "not compared with the record's yet"
        return reasons

    app = endpoint(f"http://127.0.0.1:{sdk_port}/metrics", not_ready)
    serving = asyncio.create_task(serve(app, listening, stop))
    serving.add_done_callback(lambda _: stop.set())
    loop = asyncio.get_running_loop()

    def leave() -> None:
        loop.call_soon_threadsafe(stop.set)

    try:
        await asyncio.to_thread(keyring.keep, leave)
        # Nothing is polled for before the keys are known to be the record's.
        while not keyring.entered and not await stopped_within(stop, _AWAY_SECONDS):
            continue
        client = await connect_when_up(stop, runtime, guarded=settings.sandbox)
        if client is not None:
            connected.set()
            async with sources.working(database, vault, client):
                await _work(settings, database, bench, sources, client, stop)
    finally:
        stop.set()
        await serving
        await asyncio.to_thread(keyring.leave)
        database.close()
    if keyring.wrong is not None:
        raise keyring.wrong


async def _work(
    settings: Settings, database: Database, bench: Bench, sources: SourceWorkers, client: Client, stop: asyncio.Event
) -> None:
    eager = settings.deployment is None
    dispatcher = Dispatcher(
        database, client, settings.task_queue, settings.in_flight, sources.cases_at_once, eager=eager
    )
    recording = Recording(database, bench, dispatcher.judged, dispatcher.waits_for_sources)
    deployment = deployment_of(settings.deployment, settings.build_id)
    async with worker_of(client, settings.task_queue, recording, deployment=deployment):
        log.info("working")
        tasks = [
            asyncio.create_task(dispatcher.run(stop)),
            asyncio.create_task(reconcile(database, client, settings.task_queue, stop)),
            asyncio.create_task(fill(database, bench.vault, stop)),
            asyncio.create_task(
                keep_reporting(database, client, settings.in_flight, [source.name for source in sources.sources], stop)
            ),
        ]
        await asyncio.wait([*tasks, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        # One of them that ended before the stop has a bug: the process leaves with it and is started again.
        stop.set()
        await asyncio.gather(*tasks)


def bench_of(settings: Settings, vault: Vault) -> Bench:
    """The bench that these settings describe."""
    fixed = load_ruleset(settings.ruleset) if settings.ruleset else None
    choose = (lambda _as_of: fixed) if fixed is not None else choose_ruleset
    return Bench(vault, settings.offices(), choose, settings.as_of, settings.sources())


def deployment_of(name: str | None, build_id: str) -> WorkerDeploymentConfig:
    """Which release this worker is; with a deployment's name Temporal gives it the cases of its release only.

    A case goes over to the release that is made the current one (auto-upgrade): it lives for months.
    """
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=name or "secondlook", build_id=build_id),
        use_worker_versioning=name is not None,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE if name else VersioningBehavior.UNSPECIFIED,
    )


def worker_of(
    client: Client,
    task_queue: str,
    recording: Recording,
    *,
    cached: int = _CACHED_CASES,
    deployment: WorkerDeploymentConfig | None = None,
) -> Worker:
    """A worker for case reviews; many slots and few pollers, or starts are not eager."""
    return Worker(
        client,
        task_queue=task_queue,
        activities=[recording.screen, recording.apply, recording.source_unavailable],
        deployment_config=deployment or deployment_of(None, __version__),
        max_cached_workflows=cached,
        max_concurrent_workflow_tasks=_WORKFLOW_TASKS,
        max_concurrent_local_activities=_WORKFLOW_TASKS,
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(_POLLERS),
        no_remote_activities=True,
        graceful_shutdown_timeout=_GRACE,
    )
