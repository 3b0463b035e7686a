"""The product against the least that Temporal could cost: a bare workflow with the same messages on the same server.

``python -m benchmarks.floor [CASES]``. Runs alternate (bare, guarded, ours, bare, ...), each on a new server with new
files, with the same number of worker processes and the same bound on what is in flight. ``ours`` does everything that
the product does (doors, screening, encryption, record, audit); ``bare`` does nothing between its two steps, and
``guarded`` is ``bare`` in the SDK's sandbox, which is the SDK's default and which our workers run without.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import ours, report
from benchmarks.engines import EMBEDDED, ENGINES, engine
from benchmarks.ours import Run
from benchmarks.processes import Running, cpu_seconds, mean_history, python, running, wait_for_line

_ROLES = ("temporal", "database", "worker", "doors")


def bare(folder: Path, count: int, workers: int, in_flight: int, kind: str, *, guarded: bool) -> Run:
    """One run of the bare workflow; the clock runs from the word go to the last case's second step."""
    shares = [count // workers + (number < count % workers) for number in range(workers)]
    with ExitStack() as stack:
        here = stack.enter_context(engine(kind, folder))
        logs = [folder / f"bare-{number}.log" for number in range(workers)]
        processes: list[Running] = []
        for share, log in zip(shares, logs, strict=True):
            command = python("benchmarks.bare_worker", here.address, str(share), str(in_flight))
            processes.append(stack.enter_context(running("worker", [*command, *["--guarded"] * guarded], log)))
        for log in logs:
            wait_for_line(log, "ready")
        everything = [here.server, *processes]
        before = [each.cpu_seconds for each in everything]
        database_before = cpu_seconds(here.database) if here.database else 0.0
        begun = time.monotonic()
        for process in processes:
            _say(process, "go")
        for log in logs:
            wait_for_line(log, "done")
        seconds = time.monotonic() - begun
        cpu: dict[str, float] = {}
        for each, was in zip(everything, before, strict=True):
            cpu[each.role] = cpu.get(each.role, 0.0) + each.cpu_seconds - was
        if here.database:
            cpu["database"] = cpu_seconds(here.database) - database_before
        return Run(count, seconds, cpu, mean_history(here.address))


def _say(process: Running, line: str) -> None:
    stream = process.process.stdin
    assert stream is not None
    stream.write(line + "\n")
    stream.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each")
    parser.add_argument("--workers", type=int, default=2, help="worker processes, the same for both")
    parser.add_argument("--in-flight", type=int, default=60, help="bound for each worker process")
    parser.add_argument("--engine", choices=ENGINES, nargs="+", default=[EMBEDDED], help="what it all runs on")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    rows: list[list[object]] = []
    result: dict[str, object] = {}
    for kind in given.engine:
        runs = measured(kind, given)
        paced = {side: ratios(runs["ours"], runs[side], lambda run: run.a_second) for side in ("bare", "guarded")}
        work = {side: ratios(runs[side], runs["ours"], all_cpu) for side in ("bare", "guarded")}
        for side, each in runs.items():
            middle = sorted(each, key=lambda run: run.a_second)[len(each) // 2]
            cpu = [middle.cpu.get(role, 0.0) / middle.cases * 1000 for role in _ROLES]
            shares = [f"{statistics.median(share[side]):.0%}" if side in share else "" for share in (paced, work)]
            rows.append([f"{kind}, {side}", middle.a_second, *shares, *cpu, middle.history["events"]])
        result[kind] = {
            "ours_to": {side: {"cases_a_second": paced[side], "cpu_time": work[side]} for side in paced},
            **{side: [run.to_json() for run in each] for side, each in runs.items()},
        }
    columns = ("CPU in ms a case", "cases/s", "ours is", "by CPU", *_ROLES, "events")
    bounds = f"{given.workers} worker processes, {given.in_flight} in flight each"
    report.show(f"{given.cases} cases, {bounds}, medians of {given.rounds}", columns, rows)
    print(report.write("floor", vars(given), result))


def measured(kind: str, given: argparse.Namespace) -> dict[str, list[Run]]:
    """Alternating runs on one kind of engine, each on a new one."""
    runs: dict[str, list[Run]] = {"bare": [], "guarded": [], "ours": []}
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        docket = place / "docket.jsonl"
        ours.write_docket(docket, given.cases, given.seed)
        for number in range(given.rounds):
            for side, each in runs.items():
                folder = place / f"{side}-{number}"
                folder.mkdir()
                if side == "ours":
                    run = ours.measure(folder, docket, given.cases, given.workers, given.in_flight, kind=kind)
                else:
                    run = bare(folder, given.cases, given.workers, given.in_flight, kind, guarded=side == "guarded")
                each.append(run)
                said = f"{kind}, round {number + 1} of {given.rounds}, {side}: {run.a_second:.1f} cases/s"
                print(said, flush=True)
    return runs


def ratios(runs: list[Run], others: list[Run], of: Callable[[Run], float]) -> list[float]:
    """Of each run to the one beside it."""
    return [of(run) / of(other) for run, other in zip(runs, others, strict=True)]


def all_cpu(run: Run) -> float:
    """CPU seconds of all roles."""
    return sum(run.cpu.values())


if __name__ == "__main__":
    main()
