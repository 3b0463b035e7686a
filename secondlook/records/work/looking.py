"""Who has a case's page open: a courtesy between colleagues, never a guard. Called by the web.

A row lives for minutes and goes when the page is left. Nothing reads it but pages, and it keeps nobody out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, text

from secondlook.records.schema import UtcTime, looking

LASTS: Final = timedelta(minutes=15)

_HERE = (looking.c.case_id == bindparam("case")) & (looking.c.person == bindparam("who"))
# One statement, the same on both databases.
_CAME = text(
    "INSERT INTO looking (case_id, person, since) VALUES (:case, :who, :now) ON CONFLICT (case_id, person) "
    "DO UPDATE SET since = excluded.since"
).bindparams(bindparam("now", type_=UtcTime()))
_LEFT = delete(looking).where(_HERE)
_OLD = delete(looking).where(looking.c.since < bindparam("before"))
_OTHERS = (
    select(looking.c.person, looking.c.since)
    .where(
        looking.c.case_id == bindparam("case"),
        looking.c.person != bindparam("who"),
        looking.c.since >= bindparam("before"),
    )
    .order_by(looking.c.since.desc(), looking.c.person)
)


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody who has opened the case, and when."""

    person: str
    since: datetime


def came(connection: Connection, case_id: str, person: str, now: datetime) -> None:
    """Somebody has opened the case; what is over is cleared on the way."""
    connection.execute(_OLD, {"before": now - LASTS})
    connection.execute(_CAME, {"case": case_id, "who": person, "now": now})


def left(connection: Connection, case_id: str, person: str) -> None:
    """They have left the page."""
    connection.execute(_LEFT, {"case": case_id, "who": person})


def others(connection: Connection, case_id: str, person: str, now: datetime) -> list[Looker]:
    """Who else has it open, the latest first."""
    rows = connection.execute(_OTHERS, {"case": case_id, "who": person, "before": now - LASTS})
    return [Looker(row.person, row.since) for row in rows]
