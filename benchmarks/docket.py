"""A whole docket from its file to the attorneys' queue: pace over time, memory of each process, bytes on disk a case.

``python -m benchmarks.docket [CASES]`` (the full measure: 300000). It runs ``secondlook load`` and ``secondlook up`` as
a person would, looks from outside, and draws what it saw as an SVG beside the JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from sqlalchemy import Connection, func, select

from benchmarks import report
from benchmarks.engines import EMBEDDED, ENGINES, Ground, ground_of_up
from benchmarks.ours import write_docket
from benchmarks.plot import write_charts
from benchmarks.processes import python, up
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.intake.sample import AS_OF
from secondlook.records.database import Database
from secondlook.records.schema import cases

_STALLED_SECONDS = 120.0
_MEGABYTE = 1024 * 1024
_TENTHS = 10


@dataclass(frozen=True)
class Sight:
    """What one look saw. ``seconds`` since ``up`` was started; ``resident`` and ``disk`` in bytes."""

    seconds: float
    in_queue: int
    resident: dict[str, int]
    disk: dict[str, int]


def resident_bytes(folder: Path, here: Ground) -> dict[str, int]:
    """Resident memory by process: workers are numbered."""
    found = {name: psutil.Process(pid).memory_info().rss for name, pid in here.services().items()}
    try:
        listed = json.loads((folder / "processes.json").read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return found
    numbers: dict[str, int] = {}
    for each in listed:
        role = each["role"]
        numbers[role] = numbers.get(role, 0) + 1
        with contextlib.suppress(psutil.NoSuchProcess):
            name = f"{role} {numbers[role]}" if role == "worker" else role
            found[name] = psutil.Process(each["pid"]).memory_info().rss
    return found


def in_queue(connection: Connection) -> int:
    """Cases that wait for their attorney."""
    query = select(func.count()).where(cases.c.stage == ATTORNEY_REVIEW)
    return connection.execute(query).scalar_one()


def watch(folder: Path, here: Ground, count: int, every: float) -> list[Sight]:
    """Look until all cases are in the queue. Raises TimeoutError where none arrives for long."""
    database = Database(here.record)
    begun = arrived_at = time.monotonic()
    seen: list[Sight] = []
    told = 0
    try:
        while True:
            number = database.read_now(in_queue)
            now = time.monotonic()
            if not seen or number > seen[-1].in_queue:
                arrived_at = now
            seen.append(Sight(now - begun, number, resident_bytes(folder, here), here.disk_bytes()))
            if number * _TENTHS // count > told:
                told = number * _TENTHS // count
                print(f"{now - begun:,.0f} s: {number:,} of {count:,} cases in the queue", flush=True)
            if number >= count:
                return seen
            if now - arrived_at > _STALLED_SECONDS:
                raise TimeoutError(f"no case reached the queue for {_STALLED_SECONDS:.0f} s: see {folder / 'logs'}")
            time.sleep(every)
    finally:
        database.close()


def pace(seen: list[Sight]) -> list[tuple[float, float]]:
    """Cases a second between looks, at the seconds of the later look."""
    pairs = pairwise(seen)
    return [(b.seconds, (b.in_queue - a.in_queue) / (b.seconds - a.seconds)) for a, b in pairs]


def by_tenth(seen: list[Sight], count: int) -> list[float]:
    """Cases a second in each tenth of the docket: a pace that falls with what was done before shows here."""
    marks = [next(each for each in seen if each.in_queue * _TENTHS >= count * tenth) for tenth in range(_TENTHS + 1)]
    pairs = pairwise(marks)
    return [round((b.in_queue - a.in_queue) / (b.seconds - a.seconds), 1) for a, b in pairs if b.seconds > a.seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2, help="worker processes of `secondlook up`")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between looks")
    parser.add_argument("--engine", choices=ENGINES, default=EMBEDDED, help="what it all runs on")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        place = Path(made)
        docket, folder = place / "docket.jsonl", place / "data"
        write_docket(docket, given.cases, given.seed)
        folder.mkdir(mode=0o700)
        here = stack.enter_context(ground_of_up(given.engine, folder))
        begun = time.monotonic()
        load = python("secondlook", "load", str(docket), "--data", str(folder), "--json")
        environment = {**os.environ, **here.settings}
        loaded = json.loads(subprocess.run(load, check=True, capture_output=True, text=True, env=environment).stdout)
        load_seconds = time.monotonic() - begun
        print(f"loaded: {loaded['accepted'] / load_seconds:,.0f} cases/s", flush=True)
        loaded_bytes = here.disk_bytes()["secondlook"]
        with up(folder, given.workers, {**here.settings, "SECONDLOOK_AS_OF": AS_OF.isoformat()}):
            seen = watch(folder, here, loaded["accepted"], given.every)

    last = seen[-1]
    peak = {name: max(each.resident.get(name, 0) for each in seen) for name in last.resident}
    tenths = by_tenth(seen, loaded["accepted"])
    done = last.in_queue - seen[0].in_queue
    result: dict[str, object] = {
        "loaded_a_second": round(loaded["accepted"] / load_seconds, 1),
        "cases_a_second": round(done / last.seconds, 2),
        "cases_a_second_by_tenth": tenths,
        "resident_mb": {
            name: {"first": round(seen[0].resident.get(name, 0) / _MEGABYTE), "peak": round(peak[name] / _MEGABYTE),
                   "last": round(last.resident[name] / _MEGABYTE)}
            for name in last.resident
        },
        "bytes_a_case": {
            "loaded": round(loaded_bytes / loaded["accepted"]),
            **{name: round(size / loaded["accepted"]) for name, size in last.disk.items()},
        },
        "seen": [[round(each.seconds, 1), each.in_queue, each.resident, each.disk] for each in seen],
    }  # fmt: skip
    report.show(f"Pace to the attorneys' queue, {given.engine} engine", ("", "cases/s"), [
        ["load into the inbox", result["loaded_a_second"]],
        ["screened, in the queue", result["cases_a_second"]],
        *([f"tenth {number} of the docket", each] for number, each in enumerate(tenths, 1)),
    ])  # fmt: skip
    report.show("Resident memory, MB", ("process", "first", "peak", "last"), [
        [name, *(round(size / _MEGABYTE) for size in (seen[0].resident.get(name, 0), peak[name], last.resident[name]))]
        for name in last.resident
    ])  # fmt: skip
    print(f"bytes on disk a case: {result['bytes_a_case']}")
    path = report.write("docket", vars(given), result)
    memory = {
        name: [(each.seconds, each.resident[name] / _MEGABYTE) for each in seen if name in each.resident]
        for name in last.resident
    }
    disk = {name: [(each.seconds, each.disk[name] / _MEGABYTE) for each in seen] for name in last.disk}
    charts = {"cases/s": {"pace": pace(seen)}, "resident memory, MB": memory, "on disk, MB": disk}
    write_charts(path.with_suffix(".svg"), charts, "seconds")
    print(path)


if __name__ == "__main__":
    main()
