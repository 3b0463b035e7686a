"""Cases whose next event or timer could not be judged: since when, with which code. Read by status, pages and rings.

Noted in a transaction of its own, because the one that failed was rolled back; struck out by the judgement that
succeeds. It holds codes and ids, and is no outcome: the event waits, and so does everything later of its case.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from secondlook.records.rings import LONGEST_LEASE
from secondlook.records.schema import cases, failing, inbox

CANNOT_BE_SHOWN: Final = "cannot_be_shown"
"""Noted by a page, not by judging: something of the case does not open or is not as this release writes it."""


@dataclass(frozen=True, slots=True)
class Failing:
    """``event_id`` is the first event that waits; None where a timer could not be judged."""

    case_id: str
    event_id: str | None
    code: str
    since: datetime
    tries: int


_NEXT = (
    select(inbox.c.event_id)
    .where(inbox.c.case_id == bindparam("case"), inbox.c.state == "pending")
    .order_by(inbox.c.seq)
    .limit(1)
)
_AGAIN = (
    update(failing)
    .where(failing.c.case_id == bindparam("case"))
    .values(event_id=bindparam("event"), code=bindparam("why"), tries=failing.c.tries + 1, last_at=bindparam("now"))
)
_RUNG_SELDOM = (
    update(cases)
    .where(cases.c.id == bindparam("case"), cases.c.ring_class.is_not(None))
    .values(ring_at=bindparam("until"))
)
"""Its run sees to the next try by itself and hears no bell before that: a ring is only for a run that is gone."""
_CLEAR = delete(failing).where(failing.c.case_id == bindparam("case"))


def note(connection: Connection, case_id: str, code: str, now: datetime) -> None:
    """Note that a case's next event or timer could not be judged. A case that is not on record has nothing to note."""
    if connection.execute(select(cases.c.id).where(cases.c.id == case_id)).first() is None:
        return
    event_id = connection.execute(_NEXT, {"case": case_id}).scalar()
    known = {"case": case_id, "event": event_id, "why": code, "now": now}
    if connection.execute(_AGAIN, known).rowcount == 0:
        row = {"case_id": case_id, "event_id": event_id, "code": code, "since": now, "tries": 1, "last_at": now}
        connection.execute(insert(failing), row)
    connection.execute(_RUNG_SELDOM, {"case": case_id, "until": now + LONGEST_LEASE})


def clear(connection: Connection, case_id: str) -> None:
    """Something of the case was judged, so nothing of it fails now."""
    connection.execute(_CLEAR, {"case": case_id})


def of(connection: Connection, case_ids: Collection[str]) -> dict[str, Failing]:
    """Those of the cases that are noted."""
    rows = connection.execute(select(failing).where(failing.c.case_id.in_(case_ids)))
    return {row.case_id: Failing(row.case_id, row.event_id, row.code, row.since, row.tries) for row in rows}


def since(connection: Connection, before: datetime) -> list[Failing]:
    """All that have been failing since before a time, the longest first."""
    rows = connection.execute(select(failing).where(failing.c.since <= before).order_by(failing.c.since))
    return [Failing(row.case_id, row.event_id, row.code, row.since, row.tries) for row in rows]


def number(connection: Connection) -> int:
    """How many cases are noted."""
    return connection.execute(select(func.count()).select_from(failing)).scalar_one()
