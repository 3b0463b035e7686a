"""The commands ``keys ...``: list, add and retire the record's keys. They show none but a new one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from secondlook.cli.opening import record
from secondlook.cli.shared import LONG, Data, Failed, Json, app, out, print_json
from secondlook.records.keyring import admitted
from secondlook.records.keys import clock
from secondlook.settings import Settings

keys_app = typer.Typer(name="keys", help="The encryption keys of the record.", no_args_is_help=True)
app.add_typer(keys_app)


@keys_app.command("list")
def keys_list(data: Data = None, json: Json = False) -> None:
    """Show the record's keys: what each does, how much is sealed under it, which processes do not know it."""
    from secondlook.records.rotation import listed

    settings = Settings.read(data=data)
    with record(settings) as database:
        admitted(database, settings.vault())
        found = database.read_now(lambda connection: listed(connection, clock(connection)), within=LONG)
    if json:
        document = [
            {
                "id": each.key.id,
                "does": each.does,
                "root": each.key.root,
                "sealed": each.sealed,
                "unknown_to": each.unknown_to,
            }
            for each in found
        ]
        print_json(document)
        return
    table = Table("key", "does", "root", "values sealed under it", "not known to")
    for each in found:
        root = str(each.key.root or "")
        table.add_row(each.key.id, each.does, root, f"{each.sealed:,}", ", ".join(each.unknown_to))
    out.print(table)
    out.print("Checkpoints of the audit trail are signed; keep the public part elsewhere:", highlight=False)
    out.print(settings.signer().public, highlight=False, soft_wrap=True)


@keys_app.command("add")
def keys_add(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="Its name; one of your own list is taken.", show_default="next")
    ] = None,
    root: Annotated[bool, typer.Option("--root", help="Look-ups and the audit trail go under it as well.")] = False,
    data: Data = None,
) -> None:
    """Add a key. It seals once every live process knows it; what older keys sealed is then sealed again.

    Where the keys stand in a file, it is put there and running processes read it; else you are told where to put it.
    """
    from secondlook.records.rotation import NotPossible, add

    settings = Settings.read(data=data)
    with record(settings, durable=True) as database:
        vault = admitted(database, settings.vault())
        try:
            added = database.write_now(
                lambda connection: add(connection, vault, settings.key_file, clock(connection), name, root=root)
            )
        except NotPossible as problem:
            raise Failed(str(problem)) from None
    if added.put is not None:
        out.print("Put this, and a comma, in front of SECONDLOOK_ENCRYPTION_KEYS of every process, and restart each:")
        out.print(added.put, highlight=False, markup=False, soft_wrap=True)
    elif settings.key_file is not None:
        out.print(f"It stands in {settings.key_file}. A host with a key file of its own needs it there too.")
    out.print(f"{added.id} seals once every live process knows it: see `secondlook keys list`.", highlight=False)


@keys_app.command("retire")
def keys_retire(name: Annotated[str, typer.Argument(metavar="ID")], data: Data = None) -> None:
    """Take a key out of use. Refused while anything is sealed under it, and for a root always."""
    from secondlook.records.resealing import start_again
    from secondlook.records.rotation import NotPossible, StillSealed, check_retirable, retire

    settings = Settings.read(data=data)
    with record(settings, durable=True) as database:
        vault = admitted(database, settings.vault())
        try:
            database.read_now(lambda connection: check_retirable(connection, name, clock(connection)), within=LONG)
            database.write_now(lambda connection: retire(connection, settings.key_file, clock(connection), name))
        except StillSealed as problem:
            database.write_now(lambda connection: start_again(connection, vault))
            raise Failed(str(problem)) from None
        except NotPossible as problem:
            raise Failed(str(problem)) from None
    if settings.key_file is not None:
        kept = f"{settings.key_file}.retired"
        out.print(f"{name} is retired. Copies of the record from before need it: it is kept in {kept}.")
    else:
        out.print(
            f"{name} is retired: take it out of SECONDLOOK_ENCRYPTION_KEYS, and keep it apart for as long as there are "
            "copies of the record from before."
        )
