"""Commands that only look: ``status`` and ``case``. They show no personal data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from secondlook.cli.opening import record
from secondlook.cli.shared import Data, Failed, Json, app, out, print_json
from secondlook.settings import Settings


@app.command()
def status(data: Data = None, json: Json = False) -> None:
    """Show cases by stage, events by state, the backlog and its age, processes, and anything stuck."""
    from secondlook.records.status import count
    from workers.supervisor import running

    settings = Settings.read(data=data)
    with record(settings) as database:
        counts = database.read_now(lambda connection: count(connection, datetime.now(UTC)))
    processes = running(settings.data)
    backlog = {
        "events": counts.backlog,
        "oldest_seconds": counts.oldest_seconds,
        "drained_per_second": counts.drained_per_second,
        "seconds_to_empty": counts.seconds_to_empty,
    }
    if json:
        stuck = [each.to_json() for each in counts.stuck]
        document = {"cases": counts.cases, "events": counts.events, "backlog": backlog}
        print_json({**document, "processes": processes, "stuck": stuck})
        return
    for title, numbers in (("Cases", counts.cases), ("Events", counts.events), ("Backlog", backlog)):
        table = Table("", "", title=title, title_justify="left", show_header=False)
        for name, number in numbers.items():
            table.add_row(name.replace("_", " "), "unknown" if number is None else str(number))
        out.print(table)
    if processes:
        table = Table("role", "pid", "metrics", title="Processes", title_justify="left")
        for process in processes:
            table.add_row(str(process["role"]), str(process["pid"]), str(process["metrics"] or ""))
        out.print(table)
    else:
        out.print("No process of `secondlook up` runs on this data folder.")
    for each in counts.stuck:
        where = f"{each.case_id}, event {each.event_id}" if each.event_id else each.case_id
        since = f", for {_span(each.since_seconds)}" if each.since_seconds is not None else ""
        line = f"stuck: {where}: {each.code}{since}: {each.reason}"
        out.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    if not counts.stuck:
        out.print("Nothing is stuck.")


@app.command()
def case(
    case_id: Annotated[str, typer.Argument(metavar="ID", help="The opaque case id (never an A-number).")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Show where one case stands, its events in order of judgement, and its audit entries. No personal data."""
    from secondlook.records.status import describe

    with record(Settings.read(data=data)) as database:
        found = database.read_now(lambda connection: describe(connection, case_id))
    if found is None:
        raise Failed("no case has this id; `secondlook case` takes the opaque id that the web address shows")
    if json:
        print_json(found)
        return
    for name in ("case", "office", "stage", "round", "version", "disposition", "next_actor", "wake_at"):
        out.print(f"{name.replace('_', ' '):>12}  {found[name] if found[name] is not None else '-'}", highlight=False)
    failing = found["cannot_judge"]
    if isinstance(failing, dict):
        what = f"event {failing['event']}" if failing["event"] else "its timer"
        line = f"cannot judge  {what}, since {failing['since']}: {failing['code']}"
        out.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    for title, rows, columns in (
        ("Rounds", found["rounds"], ("round", "disposition")),
        ("Events", found["events"], ("id", "type", "state", "reason", "version")),
        ("Audit", found["audit"], ("seq", "at", "kind", "actor", "stage", "version", "refused")),
    ):
        assert isinstance(rows, list)  # noqa: S101
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*(str(row.get(column) or "") for column in columns))
        out.print(table)


def _span(seconds: float) -> str:
    """A span as a person says it: the largest unit of which there are two."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
