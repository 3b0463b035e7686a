"""How long an attorney waits: from posting the review form to the page that shows its outcome, idle and under load.

``python -m benchmarks.latency [DECISIONS]``. One attorney decides case after case on ``secondlook up``; the second half
while ``secondlook load`` brings a docket in and the workers screen it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import Connection, func, select

from benchmarks import report
from benchmarks.engines import EMBEDDED, ENGINES, ground_of_up
from benchmarks.ours import RATIONALE, write_docket
from benchmarks.person import confirmed, review_form, signed_in
from benchmarks.processes import python, up
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.intake.sample import AS_OF
from secondlook.records.database import Database
from secondlook.records.schema import cases, inbox

_OFFICE = "BAL"
_SHARE = 0.12
"""Baltimore's share of a sample docket."""
_ENOUGH = 1.3
_READY_SECONDS = 900.0


def waiting(connection: Connection) -> list[str]:
    """Cases that wait for an attorney of the office, in no order that favours anything."""
    where = cases.c.office == _OFFICE, cases.c.stage == ATTORNEY_REVIEW
    return list(connection.execute(select(cases.c.id).where(*where).order_by(cases.c.id)).scalars())


def backlog(connection: Connection) -> int:
    """Events that nobody has judged yet."""
    return connection.execute(select(func.count()).where(inbox.c.state == "pending")).scalar_one()


def decide(client: httpx.Client, case_id: str) -> tuple[float, bool]:
    """Seconds from the confirmed post to the shown outcome, and whether the page could show it at once."""
    form = review_form(client.get(f"/cases/{case_id}").text, RATIONALE)
    form |= confirmed(client.post(f"/cases/{case_id}/review", data=form).text)
    begun = time.perf_counter()
    shown = client.post(f"/cases/{case_id}/review", data=form)
    seconds = time.perf_counter() - begun
    if shown.status_code != httpx.codes.OK:
        raise RuntimeError(f"a decision was answered with {shown.status_code}")
    return seconds, "outcome=recorded" in str(shown.url)


def measured(client: httpx.Client, case_ids: list[str], pause: float) -> tuple[list[float], int]:
    """Decide each case; answers the seconds and how many outcomes were still pending when the page came."""
    seconds, pending = [], 0
    for case_id in case_ids:
        took, recorded = decide(client, case_id)
        seconds.append(took)
        pending += not recorded
        time.sleep(pause)
    return seconds, pending


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decisions", nargs="?", type=int, default=200, help="idle, and as many under load")
    parser.add_argument("--load", type=int, default=20_000, help="cases loaded while the second half is decided")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between decisions")
    parser.add_argument("--engine", choices=ENGINES, default=EMBEDDED, help="what it all runs on")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        folder = place / "data"
        folder.mkdir(mode=0o700)
        first, second = place / "first.jsonl", place / "second.jsonl"
        early = int(given.decisions * 2 * _ENOUGH / _SHARE)
        write_docket(second, early + given.load, given.seed)
        lines = second.read_bytes().splitlines(keepends=True)
        first.write_bytes(b"".join(lines[:early]))
        second.write_bytes(b"".join(lines[early:]))
        with ExitStack() as stack:
            here = stack.enter_context(ground_of_up(given.engine, folder))
            environment = {**os.environ, **here.settings}
            load = python("secondlook", "load", str(first), "--data", str(folder))
            subprocess.run(load, check=True, capture_output=True, env=environment)
            as_of = {"SECONDLOOK_AS_OF": AS_OF.isoformat()}
            address = stack.enter_context(up(folder, given.workers, {**here.settings, **as_of}))
            database = Database(here.record)
            _until_screened(database)
            chosen = database.read_now(waiting)[: given.decisions * 2]
            client = signed_in(address, "attorney1")
            idle, idle_pending = measured(client, chosen[: given.decisions], given.pause)
            print(f"idle: {len(idle)} decisions", flush=True)
            loading = subprocess.Popen(
                python("secondlook", "load", str(second), "--data", str(folder)),
                stdout=subprocess.DEVNULL,
                env=environment,
            )
            loaded, loaded_pending = measured(client, chosen[given.decisions :], given.pause)
            left = database.read_now(backlog)
            client.close()
            database.close()
            loading.terminate()
            loading.wait()

    result: dict[str, object] = {
        "milliseconds": {"idle": report.percentiles(idle), "under_load": report.percentiles(loaded)},
        "decisions": {"idle": len(idle), "under_load": len(loaded)},
        "pending_when_shown": {"idle": idle_pending, "under_load": loaded_pending},
        "backlog_when_done": left,
    }
    rows = [
        [name, *report.percentiles(seconds).values(), pending]
        for name, seconds, pending in (("idle", idle, idle_pending), ("under load", loaded, loaded_pending))
    ]
    columns = ("ms, post to outcome on screen", "p50", "p95", "p99", "longest", "still pending")
    report.show(f"{len(idle)} and {len(loaded)} decisions, {given.engine} engine", columns, rows)
    if not left:
        print("The load had ended before the decisions did: load more cases with --load.")
    print(report.write("latency", vars(given), result))


def _until_screened(database: Database) -> None:
    limit = time.monotonic() + _READY_SECONDS
    while database.read_now(backlog):
        if time.monotonic() > limit:
            raise TimeoutError(f"cases are not screened after {_READY_SECONDS:.0f} s")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
