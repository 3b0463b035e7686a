"""Tells ``stuck`` which cases cannot be opened. Called by the screens that show cases, after they have read them.

A page goes on without the row; whoever looks after the record must hear of it all the same. The note is taken back when
the case's own page could open everything again, as after a lost key came back.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from secondlook.records import failing
from secondlook.records.database import DatabaseUnavailable, Unit, UnitFailed
from secondlook.records.reading import CaseRecord, QueueRow, Unreadable
from secondlook.web.record import Record

CODE: Final = failing.CANNOT_BE_SHOWN


async def note_rows(record: Record, rows: Iterable[QueueRow]) -> None:
    """Note the rows of a list that could not be opened."""
    unopened = [row.case_id for row in rows if row.identity is Unreadable.UNOPENED]
    if unopened:
        await _note(record, unopened)


async def note_case(record: Record, case: CaseRecord) -> None:
    """Note a case of which something could not be opened, or take the note back."""
    parts = (case.identity, case.facts, case.screening, *(entry.content for entry in (*case.history, *case.acts)))
    if any(part is Unreadable.UNOPENED for part in parts):
        await _note(record, [case.case_id])
    elif case.failing == CODE:
        await _write(record, lambda connection: failing.clear(connection, case.case_id))


async def _note(record: Record, case_ids: list[str]) -> None:
    noted = await record.read(lambda connection: failing.of(connection, case_ids))
    new = [case_id for case_id in case_ids if case_id not in noted]
    if new:
        await _write(record, lambda connection: _note_all(connection, new))


def _note_all(connection: Connection, case_ids: list[str]) -> None:
    for case_id in case_ids:
        failing.note(connection, case_id, CODE, datetime.now(UTC))


async def _write(record: Record, unit: Unit[None]) -> None:
    # Where it fails, the page is there all the same, and the next one that meets the row notes it.
    with suppress(DatabaseUnavailable, UnitFailed):
        await record.database.write(unit)
