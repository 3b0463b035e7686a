"""How throughput grows with worker processes: where each case waits for an outside source, and where none does.

``python -m benchmarks.scale [CASES]``. With a source, every screening waits for the stand-in (200 ms unless told
otherwise) and a worker process asks for one case at a time, so that processes are all that can make it faster. Without
one, cores are. The clock runs from the first case that waits for its attorney to the last one. CPU a case (server and
workers) says how many cores a rate needs: on a busy machine it is the number to look at.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from benchmarks import ours, report
from benchmarks.engines import EMBEDDED, ENGINES
from benchmarks.processes import python, running, wait_until_answers
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.intake.files import load
from secondlook.records.database import Database
from secondlook.records.door import Door
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases
from workers.ports import free_port

_LONGEST_RUN = 1800.0
_LOOK_SECONDS = 0.02
_SOURCES = """\
sources:
  stand-in:
    address: http://127.0.0.1:{port}/facts
    token_from: STAND_IN_TOKEN
    facts: [prior_removals]
    timeout_seconds: 30
    asks_a_minute: 60000
    asks_at_once: 1
"""
_SCREENED = select(func.count()).where(cases.c.stage == ATTORNEY_REVIEW)


@contextmanager
def stand_in(folder: Path, delay: float) -> Iterator[Mapping[str, str]]:
    """A source that answers after ``delay`` seconds; answers the settings that have workers ask it."""
    port, log = free_port(), folder / "stand-in.log"
    command = python("secondlook", "stand-in-source", f"--port={port}", f"--delay={delay}")
    with running("source", command, log):
        wait_until_answers(f"http://127.0.0.1:{port}/behaviour", log)
        file = folder / "sources.yaml"
        file.write_text(_SOURCES.format(port=port))
        yield {"SECONDLOOK_SOURCES_FILE": str(file), "STAND_IN_TOKEN": "made-up"}


@dataclass(frozen=True)
class Pace:
    """Cases a second, and CPU milliseconds a case of the server and all workers together."""

    a_second: float
    cpu_ms: float


def measure(folder: Path, count: int, workers: int, settings: Mapping[str, str], kind: str, seed: int) -> Pace:
    """How fast cases come from the file to their attorneys."""
    docket = folder / "docket.jsonl"
    ours.write_docket(docket, count, seed)
    os.environ.update(settings)
    try:
        with ours.product(folder, workers, 60, kind) as (_, url, processes):
            database = Database(url, durable=True)
            door = Door(database, Vault.from_file(folder / "keys"))
            before = sum(each.cpu_seconds for each in processes)
            begun = time.monotonic()
            loading = Thread(target=load, args=([docket], door.accept_now, lambda _: None))
            loading.start()
            first, screened = 0, 0
            while screened < count:
                if time.monotonic() - begun > _LONGEST_RUN:
                    raise TimeoutError(f"{count} cases are not screened after {_LONGEST_RUN:.0f} s")
                time.sleep(_LOOK_SECONDS)
                screened = database.read_now(lambda connection: connection.execute(_SCREENED).scalar_one())
                if screened and not first:
                    first, begun = screened, time.monotonic()
            seconds = time.monotonic() - begun
            cpu = sum(each.cpu_seconds for each in processes) - before
            loading.join()
            database.close()
    finally:
        for name in settings:
            del os.environ[name]
    return Pace((count - first) / seconds, cpu / count * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=60, help="cases a worker process, with a source")
    parser.add_argument("--cases-without", type=int, default=600, help="cases in all, without a source")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--delay", type=float, default=0.2, help="seconds that the source takes")
    parser.add_argument("--engine", choices=ENGINES, default=EMBEDDED, help="what it all runs on")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    asking: dict[int, Pace] = {}
    alone: dict[int, Pace] = {}
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        place = Path(made)
        settings = stack.enter_context(stand_in(place, given.delay))
        for workers in given.workers:
            for measured, count, here in (
                (asking, given.cases * workers, settings),
                (alone, given.cases_without, {}),
            ):
                name = "with a source" if measured is asking else "without"
                folder = place / f"{name.replace(' ', '-')}-{workers}"
                folder.mkdir()
                measured[workers] = measure(folder, count, workers, here, given.engine, given.seed)
                pace = measured[workers]
                print(
                    f"{workers} worker processes, {name}: {pace.a_second:.1f} cases/s, {pace.cpu_ms:.0f} ms CPU a case",
                    flush=True,
                )

    least = given.workers[0]
    rows: list[list[object]] = []
    for workers in given.workers:
        rows.append([workers])
        for paces in (asking, alone):
            pace = paces[workers]
            rows[-1] += [pace.a_second, pace.a_second / paces[least].a_second, pace.cpu_ms]
    columns = (
        "worker processes",
        f"cases/s, {given.delay * 1000:.0f} ms source",
        "times",
        "CPU ms a case",
        "cases/s, no source",
        "times",
        "CPU ms a case",
    )
    report.show(f"Screening against worker processes on {os.cpu_count()} cores, {given.engine} engine", columns, rows)
    result = {
        "with_source": {str(workers): asdict(pace) for workers, pace in asking.items()},
        "without_source": {str(workers): asdict(pace) for workers, pace in alone.items()},
        "times_with_source": round(asking[given.workers[-1]].a_second / asking[least].a_second, 2),
    }
    print(report.write("scale", vars(given), result))


if __name__ == "__main__":
    main()
