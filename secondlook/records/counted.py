"""What the record counts, counted now and then by one process for all, and kept (docs/decisions/0020).

The reconciler of each worker and the web's page for operators ask here. Whoever finds a count due takes it on, so
however many processes there are, the record is counted once; a count is due again after a hundred times as long as it
took. A count is made from nothing each time: one that a crash cut off is missing until the next, and never wrong.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, bindparam, insert, select, update

from secondlook.records.database import Database
from secondlook.records.days import Days, count_days
from secondlook.records.schema import counted
from secondlook.records.status import Counts, count

T = TypeVar("T")
_TIMES_AS_LONG: Final = 100
_LONGEST_SECONDS: Final = 60.0
"""For one statement of a count: a record so large that it takes longer is not counted."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A count, when it was true, and how long it took to make."""

    value: T
    at: datetime
    took: timedelta


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """Something to count: ``every`` so often, or less often where it takes long."""

    name: str
    every: timedelta
    counts: Callable[[Connection, datetime], T]
    written: TypeAdapter[T]

    def kept(self, connection: Connection) -> Kept[T] | None:
        """The newest count; None where there is none, or none that this release can read."""
        row = connection.execute(_KEPT, {"wanted": self.name}).one_or_none()
        if row is None or row.value is None:
            return None
        try:
            return Kept(self.written.validate_json(row.value), row.at, timedelta(milliseconds=row.took_ms))
        except ValidationError:
            return None


NOW: Final = _Kind("now", timedelta(seconds=10), count, TypeAdapter(Counts))
DAYS: Final = _Kind("days", timedelta(seconds=10), count_days, TypeAdapter(Days))
_KINDS: Final[tuple[_Kind[Any], ...]] = (NOW, DAYS)

_KEPT = select(counted).where(counted.c.name == bindparam("wanted"))
_CLAIM = (
    update(counted)
    .where(counted.c.name == bindparam("wanted"), counted.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("again"))
)
_KEEP = update(counted).where(counted.c.name == bindparam("wanted"))


async def count_what_is_due(database: Database) -> None:
    """Count what is due and nobody else counts. Raises DatabaseUnavailable or UnitFailed."""
    for kind in _KINDS:
        await _count_if_due(database, kind, datetime.now(UTC))


async def _count_if_due(database: Database, kind: _Kind[Any], now: datetime) -> None:
    if await database.read(partial(_is_due, kind=kind, now=now)) and await database.write(
        partial(_take_on, kind=kind, now=now)
    ):
        begun = time.monotonic()
        value = await asyncio.to_thread(
            database.read_now, lambda connection: kind.counts(connection, now), within=_LONGEST_SECONDS
        )
        took = timedelta(seconds=time.monotonic() - begun)
        await database.write(lambda connection: _keep(connection, kind, now, value, took))


def _is_due(connection: Connection, kind: _Kind[Any], now: datetime) -> bool:
    row = connection.execute(_KEPT, {"wanted": kind.name}).one_or_none()
    return row is None or row.due_at <= now


def _take_on(connection: Connection, kind: _Kind[Any], now: datetime) -> bool:
    """Whether it is this process that counts. Where it never comes to an end, another one is due to soon."""
    again = {"wanted": kind.name, "now": now, "again": now + kind.every}
    if connection.execute(_CLAIM, again).rowcount:
        return True
    if connection.execute(_KEPT, {"wanted": kind.name}).first() is not None:
        return False
    connection.execute(insert(counted), {"name": kind.name, "due_at": now + kind.every})
    return True


def _keep(connection: Connection, kind: _Kind[T], now: datetime, value: T, took: timedelta) -> None:
    connection.execute(
        _KEEP,
        {
            "wanted": kind.name,
            "value": kind.written.dump_json(value).decode(),
            "at": now,
            "took_ms": round(took.total_seconds() * 1000),
            "due_at": now + max(kind.every, took * _TIMES_AS_LONG),
        },
    )
