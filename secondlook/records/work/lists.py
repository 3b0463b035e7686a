"""Which cases are mine, nobody's, on hold: ids in the order of urgency. Called by the queue, home and assignment.

What is mine and what is on hold is few and read whole, up to a bound; what is nobody's is read onward from a place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, literal, not_, select, tuple_

from secondlook.records.schema import IN_REVIEW, UtcTime, assignments, cases, claims, deciders, holds
from secondlook.records.work.locked import WORKED_ON

MOST: Final = 1_000
"""Cases of one person, or on hold, that are listed at most."""

_ORDER = (cases.c.urgency, cases.c.received_at, cases.c.id)

After = tuple[int, datetime, str]
"""Where a case stands in the order: urgency, when it was received, id."""


def mine(connection: Connection, person: str, offices: Sequence[str], now: datetime) -> list[str]:
    """Assigned to somebody, claimed by them, or decided by them and back; in their offices, most urgent first."""
    theirs = (
        select(assignments.c.case_id)
        .where(assignments.c.person == person, assignments.c.office.in_(offices))
        .union_all(
            select(claims.c.case_id).where(claims.c.person == person, claims.c.until > now),
            select(deciders.c.case_id).where(deciders.c.person == person, deciders.c.back.is_(True)),
        )
    )
    query = select(cases.c.id).where(cases.c.id.in_(theirs), cases.c.stage.in_(WORKED_ON), cases.c.office.in_(offices))
    return list(connection.execute(query.order_by(*_ORDER).limit(MOST)).scalars())


def on_hold(connection: Connection, offices: Sequence[str], now: datetime) -> list[str]:
    """Cases that wait for a day, the next day first."""
    query = (
        select(holds.c.case_id)
        .join(cases, cases.c.id == holds.c.case_id)
        .where(holds.c.office.in_(offices), holds.c.until > now, cases.c.stage.in_(WORKED_ON))
        .order_by(holds.c.until, *_ORDER)
        .limit(MOST)
    )
    return list(connection.execute(query).scalars())


def assigned(connection: Connection, person: str, offices: Sequence[str]) -> list[str]:
    """All that is assigned to somebody and in review: what a supervisor gives to others while they are away."""
    query = (
        select(cases.c.id)
        .join(assignments, assignments.c.case_id == cases.c.id)
        .where(assignments.c.person == person, assignments.c.office.in_(offices), cases.c.stage.in_(WORKED_ON))
        .order_by(*_ORDER)
        .limit(MOST)
    )
    return list(connection.execute(query).scalars())


def unassigned(
    connection: Connection, offices: Sequence[str], after: After | None = None, limit: int = 25
) -> list[After]:
    """Cases in attorney review that are nobody's to do, from after a place on, as places."""
    found: list[After] = []
    for office in offices:
        query = select(*_ORDER).where(
            IN_REVIEW, cases.c.office == office, not_(exists().where(assignments.c.case_id == cases.c.id))
        )
        if after is not None:
            urgency, received_at, case_id = after
            here = tuple_(literal(urgency), literal(received_at, UtcTime), literal(case_id))
            query = query.where(tuple_(*_ORDER) > here)
        rows = connection.execute(query.order_by(*_ORDER).limit(limit))
        found += [(row.urgency, row.received_at, row.id) for row in rows]
    return sorted(found)[:limit]
