"""Assignment: whose case it is, until a supervisor says otherwise. No claim, and no permission. Called by the web.

Each case is assigned in a transaction of its own, so that hundreds lock nothing meanwhile and one that cannot be
assigned stops no other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, case, delete, func, insert, select

from secondlook.records.audit import append_web_act
from secondlook.records.encryption import Vault
from secondlook.records.schema import assignments, cases, deciders, holds
from secondlook.records.work.locked import WORKED_ON, NotWorkedOn, lock
from secondlook.records.work.people import Known

ASSIGNED: Final = "assigned"
UNASSIGNED: Final = "unassigned"
"""The kinds under which assignments are kept."""
WEEK: Final = timedelta(days=7)


class Became(StrEnum):
    """What became of one case of many."""

    DONE = "done"
    AS_IT_WAS = "as_it_was"
    NOT_WORKED_ON = "not_worked_on"
    OTHER_OFFICE = "other_office"
    THEIR_OFFICE = "their_office"
    """Whoever is to get it does not work in its office."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one person has to do: assigned and in review, of that overdue and on hold; and what they decided of late."""

    open: int = 0
    overdue: int = 0
    on_hold: int = 0
    decided: int = 0


def assigned_to(connection: Connection, case_ids: Collection[str]) -> dict[str, str]:
    """Whose these cases are; those that are nobody's are left out."""
    rows = connection.execute(
        select(assignments.c.case_id, assignments.c.person).where(assignments.c.case_id.in_(case_ids))
    )
    return {row.case_id: row.person for row in rows}


def assign(
    connection: Connection,
    vault: Vault,
    case_id: str,
    to: Known | None,
    by: str,
    offices: Sequence[str],
    now: datetime,
) -> Became:
    """Make a case of these offices somebody's, or with None nobody's."""
    try:
        office = lock(connection, case_id)
    except NotWorkedOn:
        return Became.NOT_WORKED_ON
    if office not in offices:
        return Became.OTHER_OFFICE
    if to is not None and office not in to.offices:
        return Became.THEIR_OFFICE
    before = assigned_to(connection, [case_id]).get(case_id)
    wanted = to.subject if to else None
    if before == wanted:
        return Became.AS_IT_WAS
    connection.execute(delete(assignments).where(assignments.c.case_id == case_id))
    if wanted is not None:
        row = {"case_id": case_id, "person": wanted, "office": office, "by": by, "at": now}
        connection.execute(insert(assignments), row)
    detail: dict[str, object] = {"to": wanted, "whose": before}
    append_web_act(connection, vault, case_id, now, ASSIGNED if wanted else UNASSIGNED, by, detail)
    return Became.DONE


def loads(connection: Connection, offices: Sequence[str], now: datetime) -> dict[str, Load]:
    """The load of everybody who has any in these offices, or who decided there within a week."""
    held = case((holds.c.until > now, 1), else_=0)
    found: dict[str, Load] = {}
    for row in connection.execute(
        select(
            assignments.c.person,
            func.count().label("open"),
            func.sum(case((cases.c.escalated, 1), else_=0)).label("overdue"),
            func.sum(held).label("on_hold"),
        )
        .join(cases, cases.c.id == assignments.c.case_id)
        .outerjoin(holds, holds.c.case_id == assignments.c.case_id)
        .where(assignments.c.office.in_(offices), cases.c.stage.in_(WORKED_ON))
        .group_by(assignments.c.person)
    ):
        found[row.person] = Load(row.open, row.overdue, row.on_hold)
    for row in connection.execute(
        select(deciders.c.person, func.count().label("decided"))
        .join(cases, cases.c.id == deciders.c.case_id)
        .where(deciders.c.at > now - WEEK, deciders.c.back.is_(False), cases.c.office.in_(offices))
        .group_by(deciders.c.person)
    ):
        load = found.get(row.person, Load())
        found[row.person] = Load(load.open, load.overdue, load.on_hold, row.decided)
    return found
