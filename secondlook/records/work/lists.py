"""Who has the cases of a list, and what supervisors give out: ids in the order of urgency. Called by the queue, home
and assignment. What the lists themselves choose stands in ``records.choosing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, not_, or_, select

from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.records.schema import IN_REVIEW, assignments, cases, claims, deciders, holds
from secondlook.records.work.locked import WORKED_ON

MOST: Final = 1_000
"""Cases of one person that are listed at most."""

OVERDUE: Final = "overdue"
ON_HOLD: Final = "on_hold"
"""Which of somebody's cases."""

_ORDER = (cases.c.urgency, cases.c.received_at, cases.c.id)


@dataclass(frozen=True, slots=True)
class AtWork:
    """Who has a case, whose it is to do, and until when it is on hold; each None where that is not so."""

    claimed_by: str | None = None
    assigned_to: str | None = None
    back_with: str | None = None
    """Whose decision came back."""
    on_hold_until: datetime | None = None


def at_work(connection: Connection, case_ids: Sequence[str], now: datetime) -> dict[str, AtWork]:
    """What people have to do with these cases; those with which nobody has are left out."""
    found: dict[str, AtWork] = {}
    for row in connection.execute(
        select(deciders.c.case_id, deciders.c.person).where(deciders.c.case_id.in_(case_ids), deciders.c.back.is_(True))
    ):
        found[row.case_id] = AtWork(back_with=row.person)
    for row in connection.execute(
        select(assignments.c.case_id, assignments.c.person).where(assignments.c.case_id.in_(case_ids))
    ):
        found[row.case_id] = replace(found.get(row.case_id, AtWork()), assigned_to=row.person)
    for row in connection.execute(
        select(claims.c.case_id, claims.c.person).where(claims.c.case_id.in_(case_ids), claims.c.until > now)
    ):
        found[row.case_id] = replace(found.get(row.case_id, AtWork()), claimed_by=row.person)
    for row in connection.execute(
        select(holds.c.case_id, holds.c.until).where(holds.c.case_id.in_(case_ids), holds.c.until > now)
    ):
        found[row.case_id] = replace(found.get(row.case_id, AtWork()), on_hold_until=row.until)
    return found


def assigned(connection: Connection, person: str, offices: Sequence[str], which: str, now: datetime) -> list[str]:
    """What is assigned to somebody and in review: what a supervisor gives to others while they are away. ``which``
    leaves out what is not overdue, or not on hold.
    """
    query = (
        select(cases.c.id)
        .join(assignments, assignments.c.case_id == cases.c.id)
        .where(assignments.c.person == person, assignments.c.office.in_(offices), cases.c.stage.in_(WORKED_ON))
    )
    if which == OVERDUE:
        query = query.where(cases.c.escalated.is_(True))
    elif which == ON_HOLD:
        query = query.join(holds, holds.c.case_id == cases.c.id).where(holds.c.until > now)
    return list(connection.execute(query.order_by(*_ORDER).limit(MOST)).scalars())


def to_do_first(connection: Connection, person: str, offices: Sequence[str], now: datetime, limit: int) -> list[str]:
    """Cases in review that somebody can begin with: their own, then those that are nobody's, the most urgent first.
    Not what is on hold, and not what a colleague has.
    """
    others = exists().where(claims.c.case_id == cases.c.id, claims.c.until > now, claims.c.person != person)
    waiting = exists().where(holds.c.case_id == cases.c.id, holds.c.until > now)
    somebody_s = exists().where(assignments.c.case_id == cases.c.id)
    own = (
        select(assignments.c.case_id)
        .where(assignments.c.person == person, assignments.c.office.in_(offices))
        .union_all(
            select(claims.c.case_id).where(claims.c.person == person, claims.c.until > now),
            select(deciders.c.case_id).where(deciders.c.person == person, deciders.c.back.is_(True)),
        )
    )
    ready = select(*_ORDER).where(IN_REVIEW, not_(others), not_(waiting)).order_by(*_ORDER).limit(limit)
    mine = connection.execute(ready.where(cases.c.id.in_(own), cases.c.office.in_(offices)))
    found = [row.id for row in mine]
    free: list[tuple[int, datetime, str]] = []
    for office in offices if len(found) < limit else ():
        rows = connection.execute(ready.where(cases.c.office == office, not_(somebody_s)))
        free += [(row.urgency, row.received_at, row.id) for row in rows]
    return list(dict.fromkeys([*found, *(case_id for *_, case_id in sorted(free))]))[:limit]


def to_answer_first(connection: Connection, person: str, offices: Sequence[str], limit: int) -> list[str]:
    """Decisions of others that wait for a supervisor of these offices, the most urgent first."""
    found: list[tuple[int, datetime, str]] = []
    for office in offices:
        query = (
            select(*_ORDER)
            .outerjoin(deciders, deciders.c.case_id == cases.c.id)
            .where(cases.c.office == office, cases.c.stage == SUPERVISOR_REVIEW)
            .where(or_(deciders.c.person.is_(None), deciders.c.person != person))
        )
        rows = connection.execute(query.order_by(*_ORDER).limit(limit))
        found += [(row.urgency, row.received_at, row.id) for row in rows]
    return [case_id for *_, case_id in sorted(found)[:limit]]


def unassigned(connection: Connection, offices: Sequence[str], limit: int) -> list[str]:
    """The most urgent cases in attorney review that are nobody's to do."""
    found: list[tuple[int, datetime, str]] = []
    for office in offices:
        query = select(*_ORDER).where(
            IN_REVIEW, cases.c.office == office, not_(exists().where(assignments.c.case_id == cases.c.id))
        )
        rows = connection.execute(query.order_by(*_ORDER).limit(limit))
        found += [(row.urgency, row.received_at, row.id) for row in rows]
    return [case_id for *_, case_id in sorted(found)[:limit]]
