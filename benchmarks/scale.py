"""How throughput grows with worker processes: where each case waits for an outside source, and where none does.

``python -m benchmarks.scale [CASES]``. With a source, every screening waits for the stand-in (200 ms unless told
otherwise) and a worker process asks for one case at a time, so that processes are all that can make it faster. Without
one, cores are. The clock runs from the first line read from the file to the last case that waits for its attorney.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from benchmarks import ours, report
from benchmarks.processes import python, running, wait_until_answers
from secondlook.cases.lifecycle import Stage
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
_SCREENED = select(func.count()).where(cases.c.stage == Stage.ATTORNEY_REVIEW.value)


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


def measure(folder: Path, count: int, workers: int, settings: Mapping[str, str], seed: int) -> float:
    """Cases a second from the file to their attorneys."""
    docket, url = folder / "docket.jsonl", f"sqlite:///{folder / 'secondlook.db'}"
    ours.write_docket(docket, count, seed)
    os.environ.update(settings)
    try:
        with ours.product(folder, workers, 60, url):
            database = Database(url, durable=True)
            door = Door(database, Vault.from_file(folder / "keys"))
            begun = time.monotonic()
            loading = Thread(target=load, args=([docket], door.accept_now, lambda _: None))
            loading.start()
            while database.read_now(lambda connection: connection.execute(_SCREENED).scalar_one()) < count:
                if time.monotonic() - begun > _LONGEST_RUN:
                    raise TimeoutError(f"{count} cases are not screened after {_LONGEST_RUN:.0f} s")
                time.sleep(_LOOK_SECONDS)
            seconds = time.monotonic() - begun
            loading.join()
            database.close()
    finally:
        for name in settings:
            del os.environ[name]
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=60, help="cases a worker process, with a source")
    parser.add_argument("--cases-without", type=int, default=600, help="cases in all, without a source")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--delay", type=float, default=0.2, help="seconds that the source takes")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    asking: dict[int, float] = {}
    alone: dict[int, float] = {}
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
                measured[workers] = measure(folder, count, workers, here, given.seed)
                print(f"{workers} worker processes, {name}: {measured[workers]:.1f} cases/s", flush=True)

    least = given.workers[0]
    rows: list[list[object]] = [
        [workers, asking[workers], asking[workers] / asking[least], alone[workers], alone[workers] / alone[least]]
        for workers in given.workers
    ]
    columns = ("worker processes", f"cases/s, {given.delay * 1000:.0f} ms source", "times", "cases/s, none", "times")
    report.show(f"Screening against worker processes on {os.cpu_count()} cores", columns, rows)
    result = {
        "with_source": {str(workers): round(rate, 2) for workers, rate in asking.items()},
        "without_source": {str(workers): round(rate, 2) for workers, rate in alone.items()},
        "times_with_source": round(asking[given.workers[-1]] / asking[least], 2),
    }
    print(report.write("scale", vars(given), result))


if __name__ == "__main__":
    main()
