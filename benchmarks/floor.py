"""The product against the least that Temporal could cost: a bare workflow with the same messages on the same server.

``python -m benchmarks.floor [CASES]``. Runs alternate (bare, ours, bare, ours, ...), each on a new server with a new
file, with the same number of worker processes and the same bound on what is in flight. ``ours`` does everything that
the product does (doors, screening, encryption, record, audit); ``bare`` does nothing between its two steps.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import ours, report
from benchmarks.ours import Run
from benchmarks.processes import Running, mean_history, python, running, temporal, wait_for_line


def bare(folder: Path, count: int, workers: int, in_flight: int) -> Run:
    """One run of the bare workflow; the clock runs from the word go to the last case's second step."""
    shares = [count // workers + (number < count % workers) for number in range(workers)]
    with ExitStack() as stack:
        server, address = stack.enter_context(temporal(folder))
        logs = [folder / f"bare-{number}.log" for number in range(workers)]
        processes: list[Running] = []
        for share, log in zip(shares, logs, strict=True):
            command = python("benchmarks.bare_worker", address, str(share), str(in_flight))
            processes.append(stack.enter_context(running("worker", command, log)))
        for log in logs:
            wait_for_line(log, "ready")
        everything = [server, *processes]
        before = [each.cpu_seconds for each in everything]
        begun = time.monotonic()
        for process in processes:
            _say(process, "go")
        for log in logs:
            wait_for_line(log, "done")
        seconds = time.monotonic() - begun
        cpu: dict[str, float] = {}
        for each, was in zip(everything, before, strict=True):
            cpu[each.role] = cpu.get(each.role, 0.0) + each.cpu_seconds - was
        return Run(count, seconds, cpu, mean_history(address))


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
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    runs: dict[str, list[Run]] = {"bare": [], "ours": []}
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        docket = place / "docket.jsonl"
        ours.write_docket(docket, given.cases, given.seed)
        for number in range(given.rounds):
            for name, measured in runs.items():
                folder = place / f"{name}-{number}"
                folder.mkdir()
                if name == "bare":
                    run = bare(folder, given.cases, given.workers, given.in_flight)
                else:
                    run = ours.measure(folder, docket, given.cases, given.workers, given.in_flight)
                measured.append(run)
                print(f"round {number + 1} of {given.rounds}, {name}: {run.a_second:.1f} cases/s", flush=True)

    pairs = list(zip(runs["ours"], runs["bare"], strict=True))
    ratios = [mine.a_second / least.a_second for mine, least in pairs]
    work = [
        sum(least.cpu.values()) / sum(mine.cpu.values()) for mine, least in zip(runs["ours"], runs["bare"], strict=True)
    ]
    rows: list[list[object]] = []
    for name, measured in runs.items():
        best = max(measured, key=lambda run: run.a_second)
        middle = statistics.median(run.a_second for run in measured)
        cpu = {role: seconds / best.cases * 1000 for role, seconds in best.cpu.items()}
        rows.append(
            [name, middle, best.a_second, cpu["temporal"], cpu["worker"], cpu.get("doors", 0.0), best.history["events"]]
        )
    columns = ("", "cases/s, median", "best", "CPU ms a case: temporal", "worker", "doors", "history events")
    report.show(
        f"{given.cases} cases, {given.workers} worker processes, {given.in_flight} in flight each", columns, rows
    )
    print(f"ours / bare: {statistics.median(ratios):.0%} (rounds: {', '.join(f'{ratio:.0%}' for ratio in ratios)})")
    print(f"by CPU time, which a busy machine moves less: {statistics.median(work):.0%}")
    result = {
        "ratio": {"median": statistics.median(ratios), "rounds": ratios, "by_cpu_time": work},
        **{name: [run.to_json() for run in measured] for name, measured in runs.items()},
    }
    print(report.write("floor", vars(given), result))


if __name__ == "__main__":
    main()
