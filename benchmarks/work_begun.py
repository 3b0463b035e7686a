"""People at work among many cases: assignments, holds, claims, decisions. Called by ``queue_page`` after its cases.

The most urgent cases of each office are all somebody's, which is the worst for lists of what is nobody's: they are read
over. One attorney, one supervisor and the offices that they work in are those of the demonstration provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Final

from sqlalchemy import Connection, RowMapping, Table, insert, select

from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.ended import CLOSED
from secondlook.records.database import Database
from secondlook.records.schema import assignments, cases, claims, deciders, holds, people

ASSIGNED: Final = 0.1
"""The share of an office's cases in review that are assigned."""
ON_HOLD: Final = 0.01
ATTORNEYS: Final = 40
"""Of each office."""
THEIRS: Final = ("attorney1", "attorney2")
_BATCH: Final = 10_000


def begin_work(database: Database) -> None:
    """Write what people have begun with."""
    now = datetime.now(UTC)
    found = database.read_now(_by_office)
    rows: dict[Table, list[dict[str, object]]] = {table: [] for table in (assignments, holds, claims, deciders, people)}
    for office, in_review, closed in found:
        names = [*(THEIRS if office == "BAL" else ()), *(f"{office}-{number}" for number in range(ATTORNEYS))]
        rows[people] += [
            {"subject": name, "name": f"Person {name}", "roles": "attorney", "offices": office, "seen_at": now}
            for name in names
            if name not in THEIRS
        ]
        given = zip(in_review[: int(len(in_review) * ASSIGNED)], cycle(names), strict=False)
        rows[assignments] += [
            {"case_id": case_id, "person": name, "office": office, "by": "supervisor1", "at": now}
            for case_id, name in given
        ]
        rows[claims] += [
            {"case_id": case_id, "person": name, "office": office, "since": now, "until": now + timedelta(hours=9)}
            for case_id, name in zip(in_review, names, strict=False)
        ]
        rows[holds] += [
            {
                "case_id": case_id,
                "person": names[0],
                "office": office,
                "since": now,
                "until": now + timedelta(days=9),
                "reason": b"",
            }
            for case_id in in_review[:: int(1 / ON_HOLD)]
        ]
        rows[deciders] += [
            {"case_id": case_id, "person": name, "at": now - timedelta(minutes=number), "back": False}
            for number, (case_id, name) in enumerate(zip(closed, cycle(names), strict=False))
        ]
    for table, written in rows.items():
        for batch in _batches(written):
            database.write_now(lambda c, table=table, batch=batch: c.execute(insert(table), batch).close())


def _by_office(connection: Connection) -> list[tuple[str, list[str], list[str]]]:
    found: dict[str, tuple[list[str], list[str]]] = {}
    query = select(cases.c.id, cases.c.office, cases.c.stage).where(cases.c.stage.in_([ATTORNEY_REVIEW, CLOSED]))
    for row in connection.execute(query.order_by(cases.c.urgency)).mappings():
        _ids(found, row).append(row["id"])
    return [(office, *ids) for office, ids in sorted(found.items())]


def _ids(found: dict[str, tuple[list[str], list[str]]], row: RowMapping) -> list[str]:
    in_review, closed = found.setdefault(row["office"], ([], []))
    return closed if row["stage"] == CLOSED else in_review


def _batches(rows: Sequence[dict[str, object]]) -> Iterable[list[dict[str, object]]]:
    going = iter(rows)
    while batch := list(islice(going, _BATCH)):
        yield batch
