"""All that a case was told: the events with facts that count, as merging folds them. Called by the judging transaction.

The inbox is the only place that holds observations. What was refused because the case had ended counts from the
reopening on that merged it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from secondlook.cases.event_type import EventType, event_type, event_types
from secondlook.cases.facts_told import FactsTold
from secondlook.cases.merging import Told
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import ENDED
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import inbox

_FACTS = [each.name for each in event_types() if each.carries_facts]
_TOLD = (
    select(inbox.c.seq, inbox.c.event_id, inbox.c.type, inbox.c.content, inbox.c.received_at)
    .where(
        inbox.c.case_id == bindparam("case"),
        inbox.c.type.in_(_FACTS),
        or_(
            inbox.c.state == "applied",
            and_(
                inbox.c.state == "refused",
                inbox.c.reason == str(ENDED),
                inbox.c.judged_order <= bindparam("merged_to"),
            ),
        ),
    )
    .order_by(inbox.c.seq)
)


def before(connection: Connection, vault: Vault, case_id: str, merged_to: int | None) -> list[Told]:
    """What a case was told so far, in the inbox's order; late facts up to ``merged_to``. Raises CannotRead."""
    rows = connection.execute(_TOLD, {"case": case_id, "merged_to": merged_to or 0})
    return [
        told(row.seq, row.received_at, facts_in(vault, case_id, row.event_id, row.type, row.content)) for row in rows
    ]


def facts_in(vault: Vault, case_id: str, event_id: str, kind: str, content: bytes) -> FactsTold:
    """An event with facts, opened and read. Raises CannotRead."""
    known: EventType[FactsTold] | None = event_type(kind)
    if known is None:
        raise CannotRead("unknown_type")
    return known.opened(event_id, opened(vault, content, f"inbox/{case_id}/{event_id}"))


def told(seq: int, received_at: datetime, facts: FactsTold) -> Told:
    """One event as merging takes it."""
    return Told(seq, received_at, facts.content)
