"""Which decision a supervisor answers next. Called by the web; it gives nobody anything and writes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, exists, not_, select

from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.records.schema import cases, deciders, looking
from secondlook.records.work.looking import LASTS

_OPEN_TO_OTHERS = exists().where(
    looking.c.case_id == cases.c.id, looking.c.person != bindparam("me"), looking.c.since >= bindparam("before")
)
_NEXT: Final = (
    select(cases.c.id)
    .where(
        cases.c.office == bindparam("office"),
        cases.c.stage == SUPERVISOR_REVIEW,
        not_(exists().where(deciders.c.case_id == cases.c.id, deciders.c.person == bindparam("me"))),
    )
    .order_by(_OPEN_TO_OTHERS, cases.c.urgency, cases.c.received_at, cases.c.id)
    .limit(1)
)


def next_to_answer(connection: Connection, person: str, office: str, now: datetime) -> str | None:
    """The most urgent decision of an office that waits for an answer and is not their own; last, what a colleague has
    open at this moment. None where nothing waits.
    """
    asked = {"me": person, "office": office, "before": now - LASTS}
    found: str | None = connection.execute(_NEXT, asked).scalar()
    return found
