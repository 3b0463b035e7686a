"""What ends with a case's move: the claim, the hold, a draft. Called by the judging transaction, under the case's lock,
where a decision comes into force, comes back, or the office changes, and nowhere else.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, text

from secondlook.records.schema import UtcTime, assignments, claims, drafts, holds

_CLAIM = delete(claims).where(claims.c.case_id == bindparam("case"))
_HOLD = delete(holds).where(holds.c.case_id == bindparam("case"))
_ASSIGNMENT = delete(assignments).where(assignments.c.case_id == bindparam("case"))
_DRAFT = delete(drafts).where(drafts.c.case_id == bindparam("case"), drafts.c.person == bindparam("who"))
# One statement, the same on both databases.
_DECIDER = text(
    "INSERT INTO deciders (case_id, person, at, back) VALUES (:case, :who, :now, :is_back) ON CONFLICT (case_id) "
    "DO UPDATE SET person = excluded.person, at = excluded.at, back = excluded.back"
).bindparams(bindparam("now", type_=UtcTime()))


def decided(connection: Connection, case_id: str, person: str, now: datetime, *, worked_on: bool) -> None:
    """A decision is in force: nobody has the case, it waits for no day, and what became the decision is no draft.

    ``worked_on`` is whether there is any of that.
    """
    if worked_on:
        connection.execute(_CLAIM, {"case": case_id})
        connection.execute(_HOLD, {"case": case_id})
        connection.execute(_DRAFT, {"case": case_id, "who": person})
    _last_decided_by(connection, case_id, person, now, back=False)


def came_back(connection: Connection, case_id: str, person: str, now: datetime) -> None:
    """A decision is in force no more: whoever made it finds the case among their own."""
    _last_decided_by(connection, case_id, person, now, back=True)


def left_office(connection: Connection, case_id: str) -> None:
    """The case is another office's, whose people have not begun with it."""
    for statement in (_CLAIM, _HOLD, _ASSIGNMENT):
        connection.execute(statement, {"case": case_id})


def _last_decided_by(connection: Connection, case_id: str, person: str, now: datetime, *, back: bool) -> None:
    connection.execute(_DECIDER, {"case": case_id, "who": person, "now": now, "is_back": back})
