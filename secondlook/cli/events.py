"""The commands ``events ...``: an operator's acts on events that cannot be judged, or that an older release refused.

By whom is the operating system's login. Each act is on record with its reason, and audited; none moves a case itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection

from secondlook.cases.event_types.operators import SET_ASIDE
from secondlook.cases.fields import FieldProblem
from secondlook.cases.readable import CannotRead
from secondlook.cli.opening import acting, login
from secondlook.cli.shared import Data, Failed, Json, app, err, out, print_json
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.operators import Again, NoSuchEvent, refused_as_invalid, requeue, requeue_some, set_aside
from secondlook.settings import Settings

events_app = typer.Typer(
    name="events", help="Events that cannot be judged, or were refused by an older release.", no_args_is_help=True
)
app.add_typer(events_app)

T = TypeVar("T")

_NEWER = "A newer release is to judge it."
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept on record and shown on the case: name nobody.")]


@events_app.command("set-aside")
def events_set_aside(
    event_id: Annotated[str, typer.Argument(metavar="ID", help="The inbox's own id, as `secondlook case` shows it.")],
    reason: Reason,
    data: Data = None,
    json: Json = False,
) -> None:
    """End a waiting event that no release will ever read, so that its case goes on. It is then refused: set_aside.

    There is no way back. An event that a newer release or the right key can read only needs to wait for them.
    """
    _check(event_id, reason)
    with acting(Settings.read(data=data)) as (database, vault):
        case_id = _told(
            database, lambda connection: set_aside(connection, vault, event_id, login(), reason, datetime.now(UTC))
        )
    if json:
        print_json({"event": event_id, "case": case_id, "state": "refused", "reason": "set_aside"})
    else:
        out.print(f"{event_id} is set aside; its case {case_id} goes on.", highlight=False, soft_wrap=True)


@events_app.command("requeue")
def events_requeue(
    event_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The inbox's own id.", show_default="all of them")
    ] = None,
    reason: Reason = _NEWER,
    data: Data = None,
    json: Json = False,
) -> None:
    """Have events judged again that an older release refused as invalid: one, or all that open and parse.

    What cannot be opened or read stays refused. Safe to repeat, and after it was stopped.
    """
    _check(event_id or "e_", reason)
    by = login()
    with acting(Settings.read(data=data)) as (database, vault):
        if event_id is not None:
            one = event_id
            _told(database, lambda connection: requeue(connection, vault, one, by, reason, datetime.now(UTC)))
            requeued, left = 1, 0
        else:
            requeued, left = _requeue_all(database, vault, by, reason)
    if json:
        print_json({"requeued": requeued, "left": left})
    else:
        kept = f"; {left} cannot be opened or read and stay refused" if left else ""
        out.print(f"{requeued} to be judged again{kept}", highlight=False)


def _requeue_all(database: Database, vault: Vault, by: str, reason: str) -> tuple[int, int]:
    total = len(database.read_now(lambda connection: refused_as_invalid(connection, 0, sys.maxsize)))
    requeued = left = 0
    place: int | None = 0
    with _progress(total) as tell:
        while place is not None:
            after = place

            def step(connection: Connection, after: int = after) -> Again:
                return requeue_some(connection, vault, after, by, reason, datetime.now(UTC))

            done = _told(database, step)
            requeued, left, place = requeued + done.requeued, left + done.left, done.last
            tell(requeued + left)
    return requeued, left


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    if not total:
        yield lambda _: None
        return
    if not err.is_terminal:
        yield lambda done: err.print(f"{done} of {total} looked at", highlight=False)
        return
    columns = (TextColumn("events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.update(task, completed=done)


def _told(database: Database, unit: Callable[[Connection], T]) -> T:
    try:
        return database.write_now(unit)
    except NoSuchEvent as problem:
        raise Failed(str(problem)) from None
    except CannotRead as problem:
        raise Failed(
            f"the event cannot be opened or read by this release ({problem.code}): it stays as it is; "
            "docs/upgrading.md says what each code asks for"
        ) from None


def _check(event_id: str, reason: str) -> None:
    problems: list[FieldProblem] = []
    SET_ASIDE.data({"event": event_id, "reason": reason}, "", problems)
    for problem in problems:
        hint = "ID" if problem.place.endswith("event") else "--reason"
        raise typer.BadParameter(problem.problem, param_hint=hint)
