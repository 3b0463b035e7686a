"""What every group of commands stands on: the application they register on, its two consoles, and how to fail.

Called by the files of commands alone; imports none of them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from secondlook import __version__

app = typer.Typer(
    name="secondlook",
    help="Review pending removal cases one by one: events in, screening, a person's decision, everything on record.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

out = Console()
err = Console(stderr=True)

Data = Annotated[
    Path | None, typer.Option("--data", help="Data folder (or SECONDLOOK_DATA).", show_default=".secondlook")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


LONG = 3600.0
"""Seconds that one statement may take where all that is on record is read."""


def print_json(document: object) -> None:
    """One document for a program: UTF-8, whatever the terminal is."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


class Failed(Exception):
    """The command could not do its work; the message is for the person who typed it."""


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"secondlook {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    return
