"""The command ``secondlook``. The one place that knows both the product and its processes.

Exit code 0 done, 1 failed, 2 bad usage. Errors say what was wrong, where, and what to do, and hold no personal data.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table

from secondlook import __version__, logs
from secondlook.loopback import is_loopback
from secondlook.records import migrate
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.keyring import admitted, held, make_keys_for_new
from secondlook.records.keys import WrongKeys
from secondlook.settings import Settings, SettingsError
from workers.ports import CannotListen, listen

if TYPE_CHECKING:
    from workers.scaling import Bounds

app = typer.Typer(
    name="secondlook",
    help="Review pending removal cases one by one: events in, screening, a person's decision, everything on record.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
audit_app = typer.Typer(name="audit", help="The audit trail.", no_args_is_help=True)
app.add_typer(audit_app)
keys_app = typer.Typer(name="keys", help="The encryption keys of the record.", no_args_is_help=True)
app.add_typer(keys_app)

out = Console()
err = Console(stderr=True)

Data = Annotated[
    Path | None, typer.Option("--data", help="Data folder (or SECONDLOOK_DATA).", show_default=".secondlook")
]
Listening = Annotated[int | None, typer.Option("--socket", hidden=True, help="Inherited from the supervisor.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


_LONG = 3600.0
"""Seconds that one statement may take where all that is on record is read."""


class Failed(Exception):
    """The command could not do its work; the message is for the person who typed it."""


def main() -> NoReturn:
    """Run the command. Leaves by ``os._exit``: before Python 3.14 a process that used the SDK may abort at exit."""
    code = 0
    # Whatever is written here may hold people's data: for this user alone, whatever the shell says.
    os.umask(0o077)
    try:
        app()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except (Failed, CannotListen, WrongKeys, DatabaseUnavailable, UnitFailed) as problem:
        logs.to_the_person()
        err.print(f"secondlook: {_in_words(problem)}", style="red", markup=False, highlight=False, soft_wrap=True)
        code = 1
    except SettingsError as problem:
        logs.to_the_person()
        for line in problem.lines:
            err.print(f"secondlook: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        code = 2
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


def _in_words(problem: Exception) -> str:
    if isinstance(problem, DatabaseUnavailable):
        return {
            "busy": "the database is busy with another writer; try again",
            "full": "the disk is full: nothing was written; make room and try again",
            "read_only": "the database is read-only: nothing was written; check the folder's permissions",
            "damaged": "the database file is damaged: restore it from a backup",
        }.get(problem.code, "the database cannot be reached: check SECONDLOOK_DATABASE_URL, or the data folder")
    if isinstance(problem, UnitFailed):
        return f"the database refused a statement ({problem}): is its schema current? Run `secondlook bootstrap`"
    return str(problem)


@contextmanager
def _record(settings: Settings, *, durable: bool = False, make: bool = False) -> Iterator[Database]:
    """Open the record; ``make`` creates an embedded one that does not exist yet."""
    database_file = settings.data / "secondlook.db"
    if settings.database_url is None and not database_file.exists():
        if not make:
            raise Failed(f"there is no record in {settings.data}: start with `secondlook up` or `secondlook load`")
        settings.make_folder()
    database = Database(settings.url, durable=durable)
    try:
        if database.sqlite and make:
            migrate.upgrade(database)
            if settings.key_file is not None:
                make_keys_for_new(database, settings.key_file)
        elif not migrate.fits(database):
            raise Failed("the database's schema is not this release's: run `secondlook bootstrap`")
        yield database
    finally:
        database.close()


def _run(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run until done, or until SIGTERM, Ctrl-C or a terminal that is closed asks to stop."""

    async def guarded() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Under nohup, SIGHUP is not to be heard.
        closed = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
        for number in (signal.SIGINT, signal.SIGTERM, *closed):
            loop.add_signal_handler(number, stop.set)
        await work(stop)

    asyncio.run(guarded())


def _bounds(text: str) -> Bounds:
    from workers.scaling import Bounds

    try:
        return Bounds.parse(text, len(os.sched_getaffinity(0)))
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--workers") from None


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"secondlook {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    return


def _say(line: str) -> None:
    """Tell whoever looks. That nobody does any more (a closed terminal, a pipe's end) is no reason to stop."""
    with suppress(OSError):
        sys.stdout.buffer.write(f"{line}\n".encode(sys.stdout.encoding, "replace"))
        sys.stdout.buffer.flush()


@app.command()
def up(
    data: Data = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the web application; 0 is any free one.", show_default="8080")
    ] = None,
    workers: Annotated[
        str, typer.Option(metavar="N|LEAST-MOST|auto", help="Worker processes: a number, or scaled with the backlog.")
    ] = "2",
) -> None:
    """Run the whole product on this machine: Temporal, workers, web application, a sign-in provider.

    Needs no settings. Run again on the same --data, it continues where it stopped. Ctrl-C stops it.
    """
    from workers.source_workers import SourceWorkers
    from workers.supervisor import AlreadyRunning, Supervisor
    from workers.temporal_server import TemporalMissing

    bounds = _bounds(workers)
    settings = Settings.read(data=data, port=port)
    if settings.oidc_issuer is None and not is_loopback(settings.host):
        raise SettingsError(
            [
                "SECONDLOOK_HOST: others could reach this address, and the sign-in provider of `up` asks no password:"
                " set SECONDLOOK_OIDC_ISSUER to a real one, or leave SECONDLOOK_HOST at 127.0.0.1"
            ]
        )
    (settings.make_folder() / "logs").mkdir(mode=0o700, exist_ok=True)
    log_file = settings.data.resolve() / "logs" / "supervisor.jsonl"
    logs.set_up("supervisor", log_file)
    if settings.key_file is None or settings.key_file.exists():
        settings.vault()
    settings.offices(), settings.token(), SourceWorkers.of(settings)

    async def supervise(stop: asyncio.Event) -> None:
        await Supervisor(settings, bounds, _say, stop).run()

    try:
        _run(supervise)
    except (AlreadyRunning, TemporalMissing) as problem:
        raise Failed(str(problem)) from None
    except (CannotListen, WrongKeys, DatabaseUnavailable, SettingsError, UnitFailed):
        raise
    except Exception as problem:
        logs.crashed(problem)
        raise Failed(f"stopped by an error that nobody expected ({type(problem).__name__}): see {log_file}") from None


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
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON lines, .gz too; - is standard input.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Load events or bare cases into the inbox. Safe to repeat: what came before counts once.

    A refused line never stops the others: it is set aside with its reason in FILE.refused.jsonl.
    """
    from secondlook.intake.files import load as load_files
    from secondlook.intake.files import refused_path
    from secondlook.load_progress import shown
    from secondlook.records.door import Door

    settings = Settings.read(data=data)
    with _record(settings, durable=True, make=True) as database, shown(err, files) as progress:
        vault = settings.vault()
        with held(database, vault, "load", settings.key_file):
            counts = load_files(files, Door(database, vault).accept_now, progress)
    if json:
        numbers = {name: getattr(counts, name) for name in ("read", "accepted", "duplicate", "refused")}
        sys.stdout.write(orjson.dumps(numbers).decode() + "\n")
    else:
        out.print(
            f"{counts.read} read: {counts.accepted} accepted, {counts.duplicate} seen before, {counts.refused} refused",
            highlight=False,
        )
    if counts.refused:
        aside = ", ".join(str(refused_path(path)) for path in files if refused_path(path).exists())
        err.print(f"Refused lines, each with its reason, are in {aside}", highlight=False, soft_wrap=True)
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
                    err.print(f"{file}, line {line.number}: {line.outcome.problem}", markup=False, highlight=False)
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


@app.command()
def status(data: Data = None, json: Json = False) -> None:
    """Show cases by stage, events by state, the backlog and its age, processes, and anything stuck."""
    from secondlook.records.status import count
    from workers.supervisor import running

    settings = Settings.read(data=data)
    with _record(settings) as database:
        counts = database.read_now(lambda connection: count(connection, datetime.now(UTC)))
    processes = running(settings.data)
    backlog = {
        "events": counts.backlog,
        "oldest_seconds": counts.oldest_seconds,
        "drained_per_second": counts.drained_per_second,
        "seconds_to_empty": counts.seconds_to_empty,
    }
    if json:
        stuck = [{"case": each.case_id, "reason": each.reason} for each in counts.stuck]
        document = {"cases": counts.cases, "events": counts.events, "backlog": backlog}
        sys.stdout.write(orjson.dumps({**document, "processes": processes, "stuck": stuck}).decode() + "\n")
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
        out.print(f"stuck: {each.case_id}: {each.reason}", style="red", highlight=False)
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

    with _record(Settings.read(data=data)) as database:
        found = database.read_now(lambda connection: describe(connection, case_id))
    if found is None:
        raise Failed("no case has this id; `secondlook case` takes the opaque id that the web address shows")
    if json:
        sys.stdout.write(orjson.dumps(found).decode() + "\n")
        return
    for name in ("case", "office", "stage", "round", "version", "disposition", "next_actor", "wake_at"):
        out.print(f"{name.replace('_', ' '):>12}  {found[name] if found[name] is not None else '-'}", highlight=False)
    for title, rows, columns in (
        ("Events", found["events"], ("id", "type", "state", "reason", "version")),
        ("Audit", found["audit"], ("seq", "at", "kind", "actor", "stage", "version", "refused")),
    ):
        assert isinstance(rows, list)  # noqa: S101
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*(str(row.get(column) or "") for column in columns))
        out.print(table)


@audit_app.command("verify")
def audit_verify(data: Data = None, json: Json = False) -> None:
    """Check every chain of the audit trail; names the first bad entry of each. Exit code 1 if there is one."""
    from secondlook.records.audit import verify

    settings = Settings.read(data=data)
    with _record(settings) as database:
        vault = settings.vault()
        admitted(database, vault)
        checked, entries, breaks = database.read_now(lambda connection: verify(connection, vault), within=_LONG)
    if json:
        bad = [{"case": each.case_id, "seq": each.seq, "problem": each.problem} for each in breaks]
        document = {"cases": checked, "entries": entries, "ok": not breaks, "broken": bad}
        sys.stdout.write(orjson.dumps(document).decode() + "\n")
    else:
        out.print(f"{checked} chains with {entries} entries checked: {len(breaks)} broken", highlight=False)
        for each in breaks:
            out.print(f"{each.case_id}, entry {each.seq}: {each.problem}", style="red", highlight=False)
    if breaks:
        raise typer.Exit(1)


@keys_app.command("list")
def keys_list(data: Data = None, json: Json = False) -> None:
    """Show the record's keys: what each does, how much is sealed under it, which processes do not know it."""
    from secondlook.records.rotation import listed

    settings = Settings.read(data=data)
    with _record(settings) as database:
        admitted(database, settings.vault())
        found = database.read_now(lambda connection: listed(connection, datetime.now(UTC)), within=_LONG)
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
        sys.stdout.write(orjson.dumps(document).decode() + "\n")
        return
    table = Table("key", "does", "root", "values sealed under it", "not known to")
    for each in found:
        root = str(each.key.root or "")
        table.add_row(each.key.id, each.does, root, f"{each.sealed:,}", ", ".join(each.unknown_to))
    out.print(table)


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
    with _record(settings, durable=True) as database:
        vault = admitted(database, settings.vault())
        try:
            added = database.write_now(
                lambda connection: add(connection, vault, settings.key_file, datetime.now(UTC), name, root=root)
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
    with _record(settings, durable=True) as database:
        vault = admitted(database, settings.vault())
        try:
            database.read_now(lambda connection: check_retirable(connection, name, datetime.now(UTC)), within=_LONG)
            database.write_now(lambda connection: retire(connection, settings.key_file, datetime.now(UTC), name))
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


@app.command()
def bootstrap(data: Data = None) -> None:
    """Prepare database (migrations) and Temporal (namespace, retention, search attributes). Safe to repeat."""
    from workers import bootstrap as prepare
    from workers import upgrade
    from workers.connection import connect

    settings = Settings.read(data=data)
    settings.make_folder()
    logs.set_up("bootstrap")

    async def prepare_all(_stop: asyncio.Event) -> None:
        database = Database(settings.url, durable=True)
        try:
            await prepare.prepare_record(database)
            if settings.key_file is not None:
                make_keys_for_new(database, settings.key_file)
            try:
                client = await connect()
            except RuntimeError:
                raise Failed("Temporal does not answer: check TEMPORAL_ADDRESS") from None
            await prepare.notice_namespace(database, await prepare.prepare_temporal(client))
            vault = await asyncio.to_thread(admitted, database, settings.vault())
            await upgrade.finish(database, vault, client, settings.task_queue, out.print, alone=False)
        finally:
            database.close()

    _run(prepare_all)
    out.print("The record and Temporal are ready.")


def _inherited(number: int | None) -> socket.socket | None:
    return None if number is None else socket.socket(fileno=number)


@app.command()
def worker(data: Data = None, listening: Listening = None) -> None:
    """Run one worker: workflow worker, dispatcher and reconciler. For real deployments; `up` runs its own."""
    from secondlook.policy import RuleSetError
    from workers.worker import run_worker

    settings = Settings.read(data=data)
    logs.set_up("worker")
    try:
        _run(lambda stop: run_worker(settings, stop, _inherited(listening)))
    except RuleSetError as problem:
        raise Failed(str(problem)) from None


@app.command()
def scale(
    data: Data = None,
    workers: Annotated[
        str, typer.Option(metavar="N|LEAST-MOST|auto", help="Worker processes: a number, or scaled with the backlog.")
    ] = "auto",
) -> None:
    """Run as many workers on this host as the backlog needs, between a least and a most number; nothing else.

    For any number of hosts that share one Temporal and one database: `auto` is from one to as many as there are cores.
    """
    from secondlook.policy import RuleSetError
    from workers.source_workers import SourceWorkers
    from workers.supervisor import AlreadyRunning
    from workers.worker_host import run_worker_host

    bounds = _bounds(workers)
    settings = Settings.read(data=data)
    SourceWorkers.of(settings)
    logs.set_up("scaler")
    try:
        _run(lambda stop: run_worker_host(settings, bounds, stop))
    except (AlreadyRunning, RuleSetError) as problem:
        raise Failed(str(problem)) from None


@app.command()
def web(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8080")] = None,
    listening: Listening = None,
) -> None:
    """Run the web application and the door for events. For real deployments; `up` runs its own."""
    settings = Settings.read(data=data, port=port)
    if settings.oidc_issuer is None:
        raise SettingsError(["SECONDLOOK_OIDC_ISSUER: missing; the address of the OpenID Connect provider"])
    logs.set_up("web")
    # What these say when they are loaded is for the log.
    import uvicorn

    from secondlook.web.app import create_app

    serving = _inherited(listening) or listen(settings.host, settings.port, "--port or SECONDLOOK_PORT")

    def leave() -> None:
        server.should_exit = True

    application = create_app(settings, leave)
    server = uvicorn.Server(
        uvicorn.Config(application, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=8)
    )
    server.run([serving])
    if (wrong := application.state.record.keyring.wrong) is not None:
        raise wrong
    if not server.started:
        raise Failed("the web application could not be started")


@app.command()
def sign_in_provider(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9400,
    listening: Listening = None,
) -> None:
    """Run the demonstration sign-in provider, which asks no password: on 127.0.0.1 alone. Never for production."""
    from secondlook.web.sign_in_provider import serve

    logs.set_up("sign-in")
    serve(_inherited(listening) or listen("127.0.0.1", port, "--port"))


@app.command()
def stand_in_source(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 9500,
    delay: Annotated[float, typer.Option(min=0, help="Seconds before each answer.")] = 0.0,
) -> None:
    """Run a stand-in for an outside source of facts, with made-up answers. For tests and demonstrations only.

    It is asked at /facts; PUT /behaviour with delay_seconds, status or facts changes how it answers.
    """
    import uvicorn

    from secondlook.sources.stand_in import StandIn

    logs.set_up("stand-in-source")
    uvicorn.run(StandIn(delay).app(), host="127.0.0.1", port=port, log_config=None, access_log=False)
