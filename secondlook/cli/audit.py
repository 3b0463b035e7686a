"""The commands ``audit ...``."""

from __future__ import annotations

import typer

from secondlook.cli.opening import record
from secondlook.cli.shared import LONG, Data, Json, app, out, print_json
from secondlook.records.keyring import admitted
from secondlook.settings import Settings

audit_app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)
app.add_typer(audit_app)


@audit_app.command("verify")
def audit_verify(data: Data = None, json: Json = False) -> None:
    """Check every chain of the audit trail; names the first bad entry of each. Exit code 1 if there is one."""
    from secondlook.records.audit import verify

    settings = Settings.read(data=data)
    with record(settings) as database:
        vault = settings.vault()
        admitted(database, vault)
        checked, entries, breaks = database.read_now(lambda connection: verify(connection, vault), within=LONG)
    if json:
        bad = [{"case": each.case_id, "seq": each.seq, "problem": each.problem} for each in breaks]
        document = {"cases": checked, "entries": entries, "ok": not breaks, "broken": bad}
        print_json(document)
    else:
        out.print(f"{checked} chains with {entries} entries checked: {len(breaks)} broken", highlight=False)
        for each in breaks:
            out.print(f"{each.case_id}, entry {each.seq}: {each.problem}", style="red", highlight=False)
    if breaks:
        raise typer.Exit(1)
