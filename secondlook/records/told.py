"""All that a case was told: the events with facts that count, as merging folds them. Called by the judging transaction,
and by the pages that say what changed.

The inbox is the only place that holds observations. What was refused because the case had ended counts from the
reopening on that merged it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select

from secondlook.cases.event_type import EventType, event_type, event_types
from secondlook.cases.facts_told import FactsTold
from secondlook.cases.merging import Told
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import ENDED
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import inbox

_FACTS = [each.name for each in event_types() if each.carries_facts]
_LATE = and_(inbox.c.state == "refused", inbox.c.reason == str(ENDED))
_TOLD = (
    select(inbox.c.seq, inbox.c.event_id, inbox.c.type, inbox.c.content, inbox.c.received_at)
    .where(
        inbox.c.case_id == bindparam("case"),
        inbox.c.type.in_(_FACTS),
        or_(inbox.c.state == "applied", and_(_LATE, inbox.c.judged_order <= bindparam("merged_to"))),
    )
    .order_by(inbox.c.seq)
)

_TOLD_AT = (
    select(inbox.c.seq, inbox.c.event_id, inbox.c.type, inbox.c.content, inbox.c.received_at)
    .where(
        inbox.c.case_id == bindparam("case"),
        inbox.c.type.in_(_FACTS),
        or_(
            and_(inbox.c.state == "applied", inbox.c.version <= bindparam("version")),
            and_(_LATE, inbox.c.version < bindparam("version")),
        ),
    )
    .order_by(inbox.c.seq)
)


def at(connection: Connection, vault: Vault, case_id: str, version: int) -> list[Told]:
    """What a case stood on at a version. An ended case's version grows by a reopening alone, so its late facts count
    above the version at which they were refused. Raises CannotRead."""
    return _read(vault, case_id, connection.execute(_TOLD_AT, {"case": case_id, "version": version}))


def before(connection: Connection, vault: Vault, case_id: str, merged_to: int | None) -> list[Told]:
    """What a case was told so far, in the inbox's order; late facts up to ``merged_to``. Raises CannotRead."""
    return _read(vault, case_id, connection.execute(_TOLD, {"case": case_id, "merged_to": merged_to or 0}))


def _read(vault: Vault, case_id: str, rows: Iterable[Row[Any]]) -> list[Told]:
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
