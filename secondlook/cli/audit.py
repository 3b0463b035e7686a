"""The commands ``audit ...``."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from secondlook.cli.opening import record
from secondlook.cli.shared import LONG, Data, Failed, Json, app, err, out, print_json
from secondlook.records.checkpoints import CannotTrust, Place, compare, take, verify_changed
from secondlook.records.encryption import Vault
from secondlook.records.keyring import admitted
from secondlook.records.replay import Break
from secondlook.settings import Settings

audit_app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)
app.add_typer(audit_app)

PublicKey = Annotated[
    str | None,
    typer.Option("--public-key", help="That of the checkpoints, kept elsewhere.", show_default="this machine's"),
]


@audit_app.command("verify")
def audit_verify(
    data: Data = None,
    json: Json = False,
    public_key: PublicKey = None,
    since_checkpoint: Annotated[
        bool, typer.Option("--since-checkpoint", help="Only the cases that changed since the newest checkpoint.")
    ] = False,
) -> None:
    """Tell every case again from its audit entries, and compare with the checkpoints. Names what is wrong first of each
    case. Exit code 1 if anything is.
    """
    from secondlook.records.verifying import Verified, verify

    settings = Settings.read(data=data)
    place = Place(settings.checkpoint_folder)

    def look(connection: Connection, vault: Vault) -> Verified:
        if since_checkpoint:
            changed = verify_changed(connection, vault, place)
            return Verified(cases=changed.checked, broken=changed.broken)
        found = verify(connection, vault, _progress)
        broken = {each.case_id: each for each in found.broken}
        if place.newest() is not None:
            checkpoints = place.check(public_key or settings.signer().public)
            for each in compare(connection, vault, place, checkpoints[-1]):
                broken.setdefault(each.case_id, each)
        found.broken = list(broken.values())
        return found

    with record(settings) as database:
        vault = admitted(database, settings.vault())
        try:
            found = database.read_now(lambda connection: look(connection, vault), within=LONG)
        except CannotTrust as problem:
            raise Failed(f"the checkpoints in {place.folder} cannot be trusted: {problem}") from None
    newest = place.newest()
    if json:
        bad = [{"case": each.case_id, "seq": each.seq, "problem": each.problem} for each in found.broken]
        document = {
            "cases": found.cases,
            "entries": found.entries,
            "unbound": found.unbound,
            "checkpoint": newest.number if newest else None,
            "ok": not found.broken,
            "broken": bad,
        }
        print_json(document)
    else:
        out.print(
            f"{found.cases} chains with {found.entries} entries checked: {len(found.broken)} broken", highlight=False
        )
        for each in found.broken:
            out.print(_line(each), style="red", highlight=False)
        if found.unbound:
            out.print(
                f"{found.unbound} of them were judged by an older release, whose entries say less: "
                "run `secondlook bootstrap` when only this release runs",
                highlight=False,
            )
        if newest is None:
            out.print(f"No checkpoint in {place.folder}: a deleted case or a cut-off end would not be noticed.")
        else:
            out.print(f"Compared with {newest.words} (UTC); an end cut off since would not be noticed.")
            if newest.restored:
                out.print(f"The record was restored: {newest.restored}")
    if found.broken:
        raise typer.Exit(1)


@audit_app.command("checkpoint")
def audit_checkpoint(
    data: Data = None,
    restored: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="The record was restored from a copy, and why: what checkpoints before it held counts no more.",
        ),
    ] = None,
) -> None:
    """Sign what the record holds now and write it to the second place. `up` does it every five minutes and at a stop.

    Refuses nothing: what is gone since the last one is named (exit code 1) and stays on it.
    """
    settings = Settings.read(data=data)
    place, signer = Place(settings.make_checkpoint_folder()), settings.signer()
    told = f"{getpass.getuser()}: {restored}" if restored is not None else None
    with record(settings) as database:
        vault = admitted(database, settings.vault())
        try:
            taken = database.read_now(
                lambda connection: take(
                    connection, vault, place, signer, datetime.now(UTC), at_most=sys.maxsize, restored=told
                ),
                within=LONG,
            )
        except CannotTrust as problem:
            raise Failed(f"the checkpoints in {place.folder} cannot be trusted: {problem}") from None
    if taken.checkpoint is None:
        out.print("Nothing changed since the newest checkpoint.")
    else:
        out.print(f"{taken.checkpoint.words} (UTC) is in {place.folder}: {taken.checkpoint.cases} cases.")
    for each in taken.broken:
        out.print(_line(each), style="red", highlight=False)
    if taken.broken:
        raise typer.Exit(1)


def _line(found: Break) -> str:
    return f"{found.case_id or 'the record'}, entry {found.seq}: {found.problem}"


def _progress(checked: int) -> None:
    if checked % 10_000 == 0 and sys.stderr.isatty():
        err.print(f"{checked} cases checked ...", highlight=False)
