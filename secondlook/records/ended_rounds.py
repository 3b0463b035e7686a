"""A case's rounds that have ended, and all that is on record of one: what was known, said and decided, and by whom.

Called by the web for the decision record. It reads only. Nothing is left out where it cannot be read: what this answers
goes into a document that is kept for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, select

from secondlook.cases.event_types.concurred import CONCURRED
from secondlook.cases.event_types.reviewed import REVIEWED, Reviewed
from secondlook.cases.identity import Identity
from secondlook.cases.kept_facts import kept_facts
from secondlook.cases.merging import merge
from secondlook.cases.readable import CannotRead
from secondlook.policy import Screening
from secondlook.records import told
from secondlook.records.audit import Head
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.looking_back import Stood, screening_at
from secondlook.records.reading import HistoryEntry
from secondlook.records.schema import audit, dispositions, inbox


@dataclass(frozen=True, slots=True)
class Round:
    """A round that has ended, in a line."""

    number: int
    disposition: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """All of a round that has ended. ``decided_on`` is what stood when it was decided, ``ended_on`` when that took
    effect; ``head`` is the case's chain at the entry that ended it.
    """

    case_id: str
    round: Round
    identity: Identity
    decided_on: Stood
    ended_on: Stood
    review: HistoryEntry
    concurrence: HistoryEntry | None
    head: Head


def ended_rounds(connection: Connection, case_id: str) -> tuple[Round, ...]:
    """The rounds of a case that have ended, the newest first."""
    query = select(dispositions).where(dispositions.c.case_id == case_id).order_by(dispositions.c.round.desc())
    return tuple(Round(row.round, row.disposition, row.at) for row in connection.execute(query))


def read_ended(connection: Connection, vault: Vault, case_id: str, number: int) -> Ended | None:
    """One of them; None where there is none of this number. Raises CannotRead."""
    here = (dispositions.c.case_id == case_id, dispositions.c.round == number)
    row = connection.execute(select(dispositions).where(*here)).one_or_none()
    if row is None:
        return None
    end = _end(connection, row)
    before = _entries(case_id).where(audit.c.seq <= end.seq).order_by(audit.c.seq.desc()).limit(1)
    reviewed = connection.execute(before.where(audit.c.event_id == row.decided_event)).one()
    concurred = None
    if row.concurred_by is not None:
        by_them = (audit.c.kind == CONCURRED.short, audit.c.actor == row.concurred_by)
        applied = audit.c.detail.not_like('%"refused"%')
        concurred = connection.execute(before.where(*by_them, applied, audit.c.seq > reviewed.seq)).one()
    review = _entry(vault, case_id, reviewed)
    said: Reviewed = REVIEWED.opened(row.decided_event, review.content)
    version = int(orjson.loads(end.detail)["version"])
    return Ended(
        case_id=case_id,
        round=Round(row.round, row.disposition, row.at),
        identity=Identity.of(merge(told.at(connection, vault, case_id, version)).identity),
        decided_on=_stood(connection, vault, case_id, said.case_version),
        ended_on=_stood(connection, vault, case_id, version),
        review=review,
        concurrence=_entry(vault, case_id, concurred) if concurred else None,
        head=Head(end.seq, end.hash),
    )


def _end(connection: Connection, round_: Row[Any]) -> Row[Any]:
    """The entry that ended a round: of all at that moment, the one that led the case to its disposition."""
    here = (audit.c.case_id == round_.case_id, audit.c.at == round_.at)
    for row in connection.execute(select(audit).where(*here).order_by(audit.c.seq)):
        detail = orjson.loads(row.detail)
        if "from" in detail and detail.get("stage") == round_.disposition:
            return row
    raise CannotRead("damaged")


def _stood(connection: Connection, vault: Vault, case_id: str, version: int) -> Stood:
    screening = screening_at(connection, vault, case_id, version)
    if not isinstance(screening, Screening):
        raise CannotRead("unknown_content")
    return Stood(kept_facts(merge(told.at(connection, vault, case_id, version)).facts), screening)


def _entries(case_id: str) -> Select[Any]:
    same_event = (inbox.c.case_id == audit.c.case_id) & (inbox.c.event_id == audit.c.event_id)
    columns = (audit.c.seq, audit.c.at, audit.c.kind, audit.c.actor, audit.c.detail, audit.c.event_id, inbox.c.content)
    return select(*columns).select_from(audit.join(inbox, same_event)).where(audit.c.case_id == case_id)


def _entry(vault: Vault, case_id: str, row: Row[Any]) -> HistoryEntry:
    content = opened(vault, row.content, f"inbox/{case_id}/{row.event_id}")
    return HistoryEntry(row.seq, row.at, row.kind, row.event_id, row.actor, orjson.loads(row.detail), content)
