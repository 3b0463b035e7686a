"""What ends with a case's move: the claim, the hold, a draft. Called by the judging transaction, under the case's lock,
where a decision comes into force, comes back, or the office changes, and nowhere else.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, update

from secondlook.records.schema import assignments, claims, deciders, drafts, holds

_CLAIM = delete(claims).where(claims.c.case_id == bindparam("case"))
_HOLD = delete(holds).where(holds.c.case_id == bindparam("case"))
_ASSIGNMENT = delete(assignments).where(assignments.c.case_id == bindparam("case"))
_DRAFT = delete(drafts).where(drafts.c.case_id == bindparam("case"), drafts.c.person == bindparam("who"))
_DECIDER = (
    update(deciders)
    .where(deciders.c.case_id == bindparam("case"))
    .values(person=bindparam("who"), at=bindparam("now"), back=bindparam("is_back"))
)
_NEW_DECIDER = insert(deciders)


def decided(connection: Connection, case_id: str, person: str, now: datetime) -> None:
    """A decision is in force: nobody has the case, it waits for no day, and what became the decision is no draft."""
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
    known = {"case": case_id, "who": person, "now": now, "is_back": back}
    if connection.execute(_DECIDER, known).rowcount == 0:
        connection.execute(_NEW_DECIDER, {"case_id": case_id, "person": person, "at": now, "back": back})
