"""The command ``sessions end``: somebody is signed out everywhere, at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from secondlook.cli.opening import acting, login
from secondlook.cli.shared import Data, Json, app, out, print_json
from secondlook.records import acts
from secondlook.records.work.sessions import end_all_of
from secondlook.settings import Settings

sessions_app = typer.Typer(name="sessions", help="Who is signed in.", no_args_is_help=True)
app.add_typer(sessions_app)


@sessions_app.callback()
def _group() -> None:
    pass


@sessions_app.command("end")
def sessions_end(
    person: Annotated[str, typer.Option(metavar="SUB", help="The person's subject, as the sign-in provider has it.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Sign somebody out everywhere. It is on record. They can sign in again unless the provider refuses them."""
    now = datetime.now(UTC)
    with acting(Settings.read(data=data)) as (database, vault):

        def unit(connection: Connection) -> int:
            ended = end_all_of(connection, person)
            acts.note(connection, vault, acts.SESSIONS_ENDED, login(), {"person": person, "sessions": ended}, now)
            return ended

        ended = database.write_now(unit)
    if json:
        print_json({"person": person, "ended": ended})
    else:
        out.print(f"{ended} session{'' if ended == 1 else 's'} ended.", highlight=False)
