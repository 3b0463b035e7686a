"""The commands ``audit ...``."""

from __future__ import annotations

import sys

import typer

from secondlook.cli.opening import record
from secondlook.cli.shared import LONG, Data, Json, app, err, out, print_json
from secondlook.records.keyring import admitted
from secondlook.settings import Settings

audit_app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)
app.add_typer(audit_app)


@audit_app.command("verify")
def audit_verify(data: Data = None, json: Json = False) -> None:
    """Tell every case again from its audit entries; names what is wrong first of each. Exit code 1 if anything is."""
    from secondlook.records.verifying import verify

    settings = Settings.read(data=data)
    with record(settings) as database:
        vault = admitted(database, settings.vault())
        found = database.read_now(lambda connection: verify(connection, vault, _progress), within=LONG)
    if json:
        bad = [{"case": each.case_id, "seq": each.seq, "problem": each.problem} for each in found.broken]
        document = {
            "cases": found.cases,
            "entries": found.entries,
            "unbound": found.unbound,
            "ok": not found.broken,
            "broken": bad,
        }
        print_json(document)
    else:
        out.print(
            f"{found.cases} chains with {found.entries} entries checked: {len(found.broken)} broken", highlight=False
        )
        for each in found.broken:
            out.print(f"{each.case_id}, entry {each.seq}: {each.problem}", style="red", highlight=False)
        if found.unbound:
            out.print(
                f"{found.unbound} of them were judged by an older release, whose entries say less: "
                "run `secondlook bootstrap` when only this release runs",
                highlight=False,
            )
    if found.broken:
        raise typer.Exit(1)


def _progress(checked: int) -> None:
    if checked % 10_000 == 0 and sys.stderr.isatty():
        err.print(f"{checked} cases checked ...", highlight=False)
