"""What running worker processes say of themselves: places, what they hold, whether Temporal answers, their sources'
breakers. Written by ``workers.reporting`` every few seconds, read by the operators' page. Codes and numbers only.

It is all that a web process can know of workers. Who is not heard of any more may be dead or cut off: it is said since
when, and after an hour it is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select, update

from secondlook.records.schema import reports

EVERY: Final = timedelta(seconds=10)
HEARD_WITHIN: Final = 3 * EVERY
_KEPT_FOR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Report:
    """One worker process. ``sources`` says of each source it asks whether its breaker is open; None: not asked yet."""

    release: str
    places: int
    in_flight: int
    temporal_answers: bool
    sources: dict[str, bool | None]


@dataclass(frozen=True, slots=True)
class Heard:
    """A report and when it was made."""

    process: str
    at: datetime
    report: Report


_WRITTEN = TypeAdapter(Report)


def tell(connection: Connection, process: str, report: Report, now: datetime) -> None:
    """Keep a process's newest report."""
    kept = {"at": now, "value": _WRITTEN.dump_json(report).decode()}
    if connection.execute(update(reports).where(reports.c.process == process).values(**kept)).rowcount == 0:
        connection.execute(delete(reports).where(reports.c.at < now - _KEPT_FOR))
        connection.execute(insert(reports), {"process": process, **kept})


def leave(connection: Connection, process: str) -> None:
    """The process ends by itself."""
    connection.execute(delete(reports).where(reports.c.process == process))


def heard(connection: Connection, now: datetime) -> list[Heard]:
    """The newest report of each process that was heard of in the last hour; those that this release can read."""
    found: list[Heard] = []
    for row in connection.execute(select(reports).where(reports.c.at > now - _KEPT_FOR).order_by(reports.c.process)):
        try:
            found.append(Heard(row.process, row.at, _WRITTEN.validate_json(row.value)))
        except ValidationError:
            continue
    return found
