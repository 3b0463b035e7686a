"""Second, blind readings of a random share of finished cases (docs/decisions/0022). Drawn by the judging transaction
where a round ends, read through the web by somebody who did nothing in the case.

A reading changes no case. Which cases are drawn follows from a keyed hash of case and round, so nobody can choose or
foretell them, and judging a round again draws the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, insert, select, update

from secondlook.cases.event_type import Sender, event_types
from secondlook.cases.event_types.reviewed import REVIEWED, Reviewed
from secondlook.cases.readable import CannotRead
from secondlook.records.audit import append_web_act
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import audit, cases, dispositions, inbox, second_reads

READ: Final = "second-read"
"""The kind under which a reading is kept on the chain; what it says is nowhere but in the reading."""
_ACTS: Final = tuple(each.short for each in event_types() if each.sender is Sender.PERSON)
_DRAW = insert(second_reads)
_OUT_OF: Final = 2**64


class NotToRead(Exception):
    """The round was not drawn, has been read already, or is not this person's to read."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """A round that waits for its second reading; ``version`` is the one at which it was decided."""

    case_id: str
    round: int
    office: str
    drawn_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class SecondRead:
    """What the second reader would have done, beside what was done. ``rationale`` is None where it cannot be opened."""

    office: str
    reader: str
    read_at: datetime
    action: str
    rationale: str | None
    findings: Mapping[str, str]
    decided: str
    decided_by: str
    concurred_by: str | None
    decision: Reviewed | None
    """What the attorney said; None where it cannot be read here."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of an office's decisions for an action: how many were read again, and of how many the reader would have too."""

    office: str
    decided: str
    read: int
    agreed: int


def draw(
    connection: Connection,
    vault: Vault,
    case_id: str,
    round_: int,
    office: str,
    decided: str,
    percent: float,
    now: datetime,
) -> None:
    """Have a round that just ended read again, if chance wants it; ``decided`` is the action."""
    chance = int.from_bytes(vault.lookup_hash("second-read", case_id, str(round_))[:8], "big")
    if chance * 100 < percent * _OUT_OF:
        row = {"case_id": case_id, "round": round_, "office": office, "decided": decided, "drawn_at": now}
        connection.execute(_DRAW, row)


def to_read(connection: Connection, person: str, offices: Sequence[str], limit: int) -> list[ToRead]:
    """Rounds of these offices that this person may read, the oldest first."""
    found = connection.execute(_rounds(person).where(second_reads.c.office.in_(offices)).limit(limit))
    return [_round(row) for row in found]


def round_to_read(connection: Connection, person: str, case_id: str, round_: int) -> ToRead | None:
    """One of them; None where it is not this person's to read."""
    here = and_(second_reads.c.case_id == case_id, second_reads.c.round == round_)
    row = connection.execute(_rounds(person).where(here)).one_or_none()
    return None if row is None else _round(row)


def waiting(connection: Connection, offices: Sequence[str] | None) -> int:
    """How many rounds of these offices wait for a reading; None is all of them."""
    query = select(func.count()).where(second_reads.c.reader.is_(None))
    if offices is not None:
        query = query.where(second_reads.c.office.in_(offices))
    return connection.execute(query).scalar_one()


def read(
    connection: Connection,
    vault: Vault,
    case_id: str,
    round_: int,
    person: str,
    action: str,
    findings: Mapping[str, str],
    rationale: str,
    now: datetime,
) -> None:
    """Keep a reading, once. Raises NotToRead."""
    connection.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update(key_share=True))
    here = round_to_read(connection, person, case_id, round_)
    if here is None:
        raise NotToRead
    content = vault.seal({"rationale": rationale, "findings": dict(findings)}, f"second_reads/{case_id}/{round_}")
    connection.execute(
        update(second_reads)
        .where(second_reads.c.case_id == case_id, second_reads.c.round == round_)
        .values(reader=person, read_at=now, action=action, agrees=second_reads.c.decided == action, content=content)
    )
    append_web_act(connection, vault, case_id, now, READ, person, {"round": round_})


def reading(connection: Connection, vault: Vault, case_id: str, round_: int) -> SecondRead | None:
    """A round's reading; None where there is none yet."""
    row = connection.execute(
        select(second_reads, dispositions, inbox.c.content.label("decision"))
        .join(dispositions, _of_the_same_round())
        .join(inbox, _its_decision())
        .where(second_reads.c.case_id == case_id, second_reads.c.round == round_, second_reads.c.reader.is_not(None))
    ).one_or_none()
    if row is None:
        return None
    rationale, findings = _opened(vault, row)
    return SecondRead(
        office=row.office,
        reader=row.reader,
        read_at=row.read_at,
        action=row.action,
        rationale=rationale,
        findings=findings,
        decided=row.decided,
        decided_by=row.decided_by,
        concurred_by=row.concurred_by,
        decision=_decision(vault, case_id, row.decided_event, row.decision),
    )


def agreements(connection: Connection, offices: Sequence[str] | None) -> list[Agreement]:
    """By office and action decided; ``offices`` None is all of them."""
    agreed = func.sum(case((second_reads.c.agrees, 1), else_=0))
    query = (
        select(second_reads.c.office, second_reads.c.decided, func.count(), agreed)
        .where(second_reads.c.reader.is_not(None))
        .group_by(second_reads.c.office, second_reads.c.decided)
        .order_by(second_reads.c.office, second_reads.c.decided)
    )
    if offices is not None:
        query = query.where(second_reads.c.office.in_(offices))
    return [Agreement(*row) for row in connection.execute(query)]


def _rounds(person: str) -> Select[Any]:
    """What this person may read: nothing of a case in which they acted."""
    acted = exists().where(audit.c.case_id == second_reads.c.case_id, audit.c.actor == person, audit.c.kind.in_(_ACTS))
    return (
        select(
            second_reads.c.case_id,
            second_reads.c.round,
            second_reads.c.office,
            second_reads.c.drawn_at,
            inbox.c.version,
        )
        .join(dispositions, _of_the_same_round())
        .join(inbox, _its_decision())
        .where(second_reads.c.reader.is_(None), ~acted)
        .order_by(second_reads.c.drawn_at, second_reads.c.case_id)
    )


def _of_the_same_round() -> ColumnElement[bool]:
    return and_(dispositions.c.case_id == second_reads.c.case_id, dispositions.c.round == second_reads.c.round)


def _its_decision() -> ColumnElement[bool]:
    return and_(inbox.c.case_id == dispositions.c.case_id, inbox.c.event_id == dispositions.c.decided_event)


def _round(row: Row[Any]) -> ToRead:
    return ToRead(row.case_id, row.round, row.office, row.drawn_at, row.version)


def _decision(vault: Vault, case_id: str, event_id: str, sealed: bytes) -> Reviewed | None:
    try:
        review: Reviewed = REVIEWED.opened(event_id, opened(vault, sealed, f"inbox/{case_id}/{event_id}"))
    except CannotRead:
        return None
    return review


def _opened(vault: Vault, row: Row[Any]) -> tuple[str | None, Mapping[str, str]]:
    """One that cannot be opened here takes the page from nobody."""
    try:
        content = opened(vault, row.content, f"second_reads/{row.case_id}/{row.round}")
    except CannotRead:
        return None, {}
    findings = content.get("findings")
    return str(content.get("rationale", "")), dict(findings) if isinstance(findings, dict) else {}
