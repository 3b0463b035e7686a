"""``up``: the whole product on this machine."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import Annotated

import typer

from secondlook import logs
from secondlook.cli.running import bounds_of, run
from secondlook.cli.shared import Data, Failed, app
from secondlook.loopback import is_loopback
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.records.keys import WrongKeys
from secondlook.settings import Settings, SettingsError
from workers.ports import CannotListen


def say(line: str) -> None:
    """Tell whoever looks. That nobody does any more (a closed terminal, a pipe's end) is no reason to stop."""
    with suppress(OSError):
        sys.stdout.buffer.write(f"{line}\n".encode(sys.stdout.encoding, "replace"))
        sys.stdout.buffer.flush()


@app.command()
def up(
    data: Data = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the web application; 0 is any free one.", show_default="8080")
    ] = None,
    workers: Annotated[
        str, typer.Option(metavar="N|LEAST-MOST|auto", help="Worker processes: a number, or scaled with the backlog.")
    ] = "2",
) -> None:
    """Run the whole product on this machine: Temporal, workers, web application, a sign-in provider.

    Needs no settings. Run again on the same --data, it continues where it stopped. Ctrl-C stops it.
    """
    from workers.source_workers import SourceWorkers
    from workers.supervisor import AlreadyRunning, Supervisor
    from workers.temporal_server import TemporalMissing

    bounds = bounds_of(workers)
    settings = Settings.read(data=data, port=port)
    if settings.oidc_issuer is None and not is_loopback(settings.host):
        raise SettingsError(
            [
                "SECONDLOOK_HOST: others could reach this address, and the sign-in provider of `up` asks no password:"
                " set SECONDLOOK_OIDC_ISSUER to a real one, or leave SECONDLOOK_HOST at 127.0.0.1"
            ]
        )
    (settings.make_folder() / "logs").mkdir(mode=0o700, exist_ok=True)
    log_file = settings.data.resolve() / "logs" / "supervisor.jsonl"
    logs.set_up("supervisor", log_file)
    if settings.key_file is None or settings.key_file.exists():
        settings.vault()
    settings.offices(), settings.token(), SourceWorkers.of(settings)

    async def supervise(stop: asyncio.Event) -> None:
        await Supervisor(settings, bounds, say, stop).run()

    try:
        run(supervise)
    except (AlreadyRunning, TemporalMissing) as problem:
        raise Failed(str(problem)) from None
    except (CannotListen, WrongKeys, DatabaseUnavailable, SettingsError, UnitFailed):
        raise
    except Exception as problem:
        logs.crashed(problem)
        raise Failed(f"stopped by an error that nobody expected ({type(problem).__name__}): see {log_file}") from None
