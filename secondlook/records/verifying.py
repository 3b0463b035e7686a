"""Verifying the record: every case told again from its audit entries, in one reading of one moment.

Called by ``secondlook audit verify``. Goes through the tables side by side, a few hundred cases at a time, so the
memory that it takes does not grow with the record. It changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, select, true

from secondlook.records import acts
from secondlook.records.encryption import Vault
from secondlook.records.replay import AnyRow, Break, Broken, Recorded, replay
from secondlook.records.schema import audit, cases, decision_records, dispositions, inbox, screenings

_AT_ONCE = 400


@dataclass(slots=True)
class Verified:
    """What was checked and what is broken. ``unbound`` cases were last judged by a release that bound nothing."""

    cases: int = 0
    entries: int = 0
    unbound: int = 0
    broken: list[Break] = field(default_factory=list)


def verify(connection: Connection, vault: Vault, progress: Callable[[int], None] = lambda _: None) -> Verified:
    """Check every case; ``progress`` is told from time to time how many were checked."""
    found = Verified()
    for case in recorded(connection):
        if case.case is not None:
            found.cases += 1
        found.entries += len(case.entries)
        try:
            found.unbound += replay(vault, case).unbound
        except Broken as problem:
            found.broken.append(Break(case.case_id, problem.seq, problem.problem))
        if found.cases % _AT_ONCE == 0:
            progress(found.cases)
    found.broken += [Break("", seq, problem) for seq, problem in acts.broken(connection, vault)]
    return found


def recorded(connection: Connection) -> Iterator[Recorded]:
    """All that is on record of each case, also of one whose own row is gone."""
    after: str | None = None
    while True:
        query = select(cases).order_by(cases.c.id).limit(_AT_ONCE)
        found = connection.execute(query if after is None else query.where(cases.c.id > after)).all()
        last = found[-1].id if len(found) == _AT_ONCE else None
        yield from _together(connection, found, partial(_between, after=after, last=last))
        if last is None:
            return
        after = last


def recorded_of(connection: Connection, rows: Sequence[AnyRow]) -> Iterator[Recorded]:
    """All that is on record of these cases."""
    ids = [row.id for row in rows]
    yield from _together(connection, rows, lambda column: column.in_(ids))


def wrong(connection: Connection, vault: Vault, ids: Sequence[str]) -> Iterator[Break]:
    """What is wrong with these cases."""
    rows = connection.execute(select(cases).where(cases.c.id.in_(ids))).all()
    for case in recorded_of(connection, rows):
        try:
            replay(vault, case)
        except Broken as problem:
            yield Break(case.case_id, problem.seq, problem.problem)


Which = Callable[[ColumnElement[str]], ColumnElement[bool]]


def _between(column: ColumnElement[str], *, after: str | None, last: str | None) -> ColumnElement[bool]:
    return and_(true(), *([column > after] if after is not None else []), *([column <= last] if last else []))


def _together(connection: Connection, found: Sequence[AnyRow], which: Which) -> Iterator[Recorded]:
    def rows(table: Table) -> dict[str, list[AnyRow]]:
        by_case: defaultdict[str, list[AnyRow]] = defaultdict(list)
        for row in connection.execute(select(table).where(which(table.c.case_id))):
            by_case[row.case_id].append(row)
        for each in by_case.values():
            each.sort(key=_ORDER[table.name])
        return by_case

    case_rows = {row.id: row for row in found}
    tables = (audit, inbox, screenings, dispositions, decision_records)
    entries, events, screened, disposed, documents = (rows(table) for table in tables)
    for case_id in sorted({*case_rows, *entries, *events, *screened, *disposed, *documents}):
        yield Recorded(
            case_id,
            case_rows.get(case_id),
            entries.get(case_id, []),
            events.get(case_id, []),
            screened.get(case_id, []),
            disposed.get(case_id, []),
            documents.get(case_id, []),
        )


_ORDER: dict[str, Callable[[AnyRow], Any]] = {
    "audit": lambda row: row.seq,
    "inbox": lambda row: row.seq,
    "screenings": lambda row: row.version,
    "dispositions": lambda row: row.round,
    "decision_records": lambda row: (row.round, row.part, row.form),
}
