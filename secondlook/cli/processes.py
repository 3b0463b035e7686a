"""Commands of real deployments: each runs one process, or prepares for them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from secondlook import logs
from secondlook.cli.running import Listening, bounds_of, inherited, run
from secondlook.cli.shared import Data, Failed, app, out
from secondlook.records.database import Database
from secondlook.records.keyring import admitted, make_keys_for_new
from secondlook.settings import Settings, SettingsError
from workers.ports import listen


@app.command()
def bootstrap(data: Data = None) -> None:
    """Prepare database (migrations) and Temporal (namespace, retention, search attributes). Safe to repeat."""
    from workers import bootstrap as prepare
    from workers import upgrade
    from workers.connection import connect

    settings = Settings.read(data=data)
    settings.make_folder()
    logs.set_up("bootstrap")

    async def prepare_all(_stop: asyncio.Event) -> None:
        database = Database(settings.url, durable=True)
        try:
            await prepare.prepare_record(database)
            if settings.key_file is not None:
                make_keys_for_new(database, settings.key_file)
            try:
                client = await connect()
            except RuntimeError:
                raise Failed("Temporal does not answer: check TEMPORAL_ADDRESS") from None
            await prepare.notice_namespace(database, await prepare.prepare_temporal(client))
            vault = await asyncio.to_thread(admitted, database, settings.vault())
            await upgrade.finish(database, vault, client, settings.task_queue, out.print, alone=False)
        finally:
            database.close()

    run(prepare_all)
    out.print("The record and Temporal are ready.")


@app.command()
def worker(data: Data = None, listening: Listening = None) -> None:
    """Run one worker: workflow worker, dispatcher and reconciler. For real deployments; `up` runs its own."""
    from secondlook.policy import RuleSetError
    from workers.worker import run_worker

    settings = Settings.read(data=data)
    logs.set_up("worker")
    try:
        run(lambda stop: run_worker(settings, stop, inherited(listening)))
    except RuleSetError as problem:
        raise Failed(str(problem)) from None


@app.command()
def scale(
    data: Data = None,
    workers: Annotated[
        str, typer.Option(metavar="N|LEAST-MOST|auto", help="Worker processes: a number, or scaled with the backlog.")
    ] = "auto",
) -> None:
    """Run as many workers on this host as the backlog needs, between a least and a most number; nothing else.

    For any number of hosts that share one Temporal and one database: `auto` is from one to as many as there are cores.
    """
    from secondlook.policy import RuleSetError
    from workers.source_workers import SourceWorkers
    from workers.supervisor import AlreadyRunning
    from workers.worker_host import run_worker_host

    bounds = bounds_of(workers)
    settings = Settings.read(data=data)
    SourceWorkers.of(settings)
    logs.set_up("scaler")
    try:
        run(lambda stop: run_worker_host(settings, bounds, stop))
    except (AlreadyRunning, RuleSetError) as problem:
        raise Failed(str(problem)) from None


@app.command()
def web(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8080")] = None,
    listening: Listening = None,
) -> None:
    """Run the web application and the door for events. For real deployments; `up` runs its own."""
    settings = Settings.read(data=data, port=port)
    if settings.oidc_issuer is None:
        raise SettingsError(["SECONDLOOK_OIDC_ISSUER: missing; the address of the OpenID Connect provider"])
    logs.set_up("web")
    # What these say when they are loaded is for the log.
    import uvicorn

    from secondlook.web.app import create_app

    serving = inherited(listening) or listen(settings.host, settings.port, "--port or SECONDLOOK_PORT")

    def leave() -> None:
        server.should_exit = True

    application = create_app(settings, leave)
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=8)
    )
    server.run([serving])
    if (wrong := application.state.record.keyring.wrong) is not None:
        raise wrong
    if not server.started:
        raise Failed("the web application could not be started")


@app.command()
def sign_in_provider(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9400,
    listening: Listening = None,
) -> None:
    """Run the demonstration sign-in provider, which asks no password: on 127.0.0.1 alone. Never for production."""
    from secondlook.web.sign_in_provider import serve

    logs.set_up("sign-in")
    serve(inherited(listening) or listen("127.0.0.1", port, "--port"))


@app.command()
def stand_in_source(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9500,
    delay: Annotated[float, typer.Option(min=0, help="Seconds before each answer.")] = 0.0,
) -> None:
    """Run a stand-in for an outside source of facts, with made-up answers. For tests and demonstrations only.

    It is asked at /facts; PUT /behaviour with delay_seconds, status or facts changes how it answers.
    """
    import uvicorn

    from secondlook.sources.stand_in import StandIn

    logs.set_up("stand-in-source")
    uvicorn.run(StandIn(delay).app(), host="127.0.0.1", port=port, log_config=None, access_log=False)
