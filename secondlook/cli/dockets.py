"""Commands about many cases in files: ``sample``, ``load`` and ``screen``."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from secondlook.cli.opening import record
from secondlook.cli.shared import Data, Failed, Json, app, err, out, print_json
from secondlook.intake.files import LoadCounts
from secondlook.intake.lines import Line, Refused
from secondlook.records.keyring import held
from secondlook.settings import Settings

_MOST_TOLD = 50


@app.command()
def sample(
    count: Annotated[int, typer.Argument(min=0, metavar="N", help="How many cases.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same docket.")] = 1,
    to: Annotated[Path | None, typer.Option("--out", help="File to write.", show_default="standard output")] = None,
) -> None:
    """Write a synthetic docket as it stood on 5 December 2011: N case.received events, one JSON object a line."""
    from secondlook.intake.sample import sample_events

    lines = (orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE) for event in sample_events(count, seed))
    try:
        if to is None:
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
            return
        with to.open("wb") as file:
            file.writelines(lines)
    except OSError as problem:
        if isinstance(problem, BrokenPipeError):
            raise
        raise Failed(f"{to}: {problem.strerror}") from None
    err.print(f"{count} events written to {to}", highlight=False)


@app.command()
def load(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Cases or events: JSON lines or a JSON array, .gz too; - is standard input."
        ),
    ],
    check: Annotated[bool, typer.Option("--check", help="Only read and report; store nothing.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Load events or bare cases into the inbox. Safe to repeat: what came before counts once.

    A refused line never stops the others: it is set aside with its reason in FILE.refused.jsonl. Such files are left
    out when others are named with them (*.jsonl). Ends with 1 where nothing of a file was taken.
    """
    from secondlook.intake.files import load as load_files
    from secondlook.load_progress import shown
    from secondlook.records.door import Door

    if check:
        _check(files, json=json)
        return
    settings = Settings.read(data=data)
    with record(settings, durable=True, make=True) as database, shown(err, files) as progress:
        vault = settings.vault()
        with held(database, vault, "load", settings.key_file):
            counts = load_files(files, Door(database, vault).accept_now, progress)
    _tell(counts, json=json)


def _check(files: list[Path], *, json: bool) -> None:
    from secondlook.intake.files import check as check_files
    from secondlook.load_progress import shown

    told = 0

    def tell(path: Path, line: Line, refused: Refused) -> None:
        nonlocal told
        told += 1
        if told <= _MOST_TOLD:
            where = f"{path}, {line.unit} {line.number}"
            err.print(f"{where}: {refused.problem}", markup=False, highlight=False, soft_wrap=True)

    with shown(err, files) as progress:
        counts = check_files(files, tell, progress)
    if told > _MOST_TOLD:
        err.print(f"... and {told - _MOST_TOLD} more", highlight=False)
    _tell(counts, json=json, stored=False)


def _tell(counts: LoadCounts, *, json: bool, stored: bool = True) -> None:
    if json:
        numbers = {name: getattr(counts, name) for name in ("read", "accepted", "duplicate", "refused")}
        print_json(numbers)
    else:
        did = "accepted" if stored else "would be accepted"
        out.print(
            f"{counts.read} read: {counts.accepted} {did}, {counts.duplicate} seen before, {counts.refused} refused",
            highlight=False,
        )
    if counts.set_aside:
        aside = ", ".join(map(str, counts.set_aside))
        err.print(f"Refused lines, each with its reason, are in {aside}", highlight=False, soft_wrap=True)
    for note in counts.notes:
        err.print(note, markup=False, highlight=False, soft_wrap=True)
    if counts.failures:
        raise Failed("\n".join(counts.failures))


@app.command()
def screen(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Events or bare cases as JSON lines; - is standard input.")
    ],
    ruleset: Annotated[str | None, typer.Option(help="Rule set id, or a YAML file.", show_default="in force")] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the screening.")] = None,
) -> None:
    """Screen cases to standard output, one screening a line in input order. Needs no server and no database.

    The rule set is the one in force on the date, unless told otherwise; without --as-of the date is today.
    """
    from secondlook.intake.lines import Refused, Unreadable, opened
    from secondlook.policy import RuleSetError, choose_ruleset, load_ruleset
    from secondlook.policy import screen as screen_facts

    settings = Settings.read()
    on: date = as_of.date() if as_of else settings.as_of or datetime.now(UTC).date()
    refused = 0
    try:
        rules = load_ruleset(ruleset) if ruleset else choose_ruleset(on)
        with opened(file) as source:
            for line in source.lines():
                if isinstance(line.outcome, Refused):
                    refused += 1
                    err.print(
                        f"{file}, {line.unit} {line.number}: {line.outcome.problem}", markup=False, highlight=False
                    )
                    continue
                facts = line.outcome.data.get("facts") or {}
                assert isinstance(facts, dict)  # noqa: S101
                screening = {"subject": line.outcome.subject, **screen_facts(facts, rules, on).to_json()}
                sys.stdout.buffer.write(orjson.dumps(screening, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    except (RuleSetError, Unreadable) as problem:
        raise Failed(str(problem)) from None
    if refused:
        raise Failed(f"{refused} line(s) were refused; the others are screened")
