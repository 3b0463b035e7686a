"""``demonstrate``: people of the demonstration decide some of the sample's cases."""

from __future__ import annotations

import time
from typing import Annotated

import httpx
import typer

from secondlook.cli.shared import Data, Failed, app, err
from secondlook.settings import Settings


@app.command()
def demonstrate(
    data: Data = None,
    url: Annotated[
        str | None, typer.Option(help="The web application.", show_default="the one that `secondlook up` serves here")
    ] = None,
    wait: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="How long it may still be starting.")] = 0,
) -> None:
    """Have demonstration people decide some cases of a sample: decisions, answers, a hold, a return, notes.

    They sign in at the provider of `secondlook up`, which asks no password, and work over HTTP; all of it is on record.
    They touch no case but those of `secondlook sample`.
    """
    from secondlook.demonstration import CannotDemonstrate
    from secondlook.demonstration import demonstrate as work

    settings = Settings.read(data=data)
    address = url or f"http://127.0.0.1:{settings.port}"
    _until_ready(address, wait)
    try:
        if not _is_of(settings, address):
            raise CannotDemonstrate(f"what answers at {address} is not the web application of {settings.data}")
        work(address, lambda line: err.print(line, highlight=False), settings.withdraw_window.total_seconds())
    except (CannotDemonstrate, httpx.HTTPError) as problem:
        what = str(problem) if isinstance(problem, CannotDemonstrate) else f"{address} does not answer"
        raise Failed(f"{what}. Start `secondlook up` on a sample, and try again") from None


def _is_of(settings: Settings, address: str) -> bool:
    """Whether it takes this data folder's token: another product's sample is not ours to decide."""
    bearer = {"Authorization": f"Bearer {settings.token()}"}
    return httpx.get(f"{address}/requests", headers=bearer, trust_env=False).status_code == httpx.codes.OK


def _until_ready(address: str, seconds: int) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/readyz", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
