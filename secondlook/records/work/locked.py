"""Taking a case before its work is written, and what stands in the way of it. Called by everything beside it.

Whatever writes a case's claim, hold, assignment or draft locks the case's row first, as judging does: so two people at
once are one after the other, and nobody waits for each other in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.records.schema import cases, claims

WORKED_ON: Final = (ATTORNEY_REVIEW, AWAITING_FACTS)
"""The stages in which an attorney works on a case: claims, holds and assignments count there alone."""

_LOCK = select(cases.c.office, cases.c.stage).where(cases.c.id == bindparam("case")).with_for_update(key_share=True)
_CLAIM = select(claims).where(claims.c.case_id == bindparam("case"))


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has a case, and until when if they do nothing."""

    person: str
    since: datetime
    until: datetime


class NotWorkedOn(Exception):
    """The case is in no stage in which an attorney works on it."""


class Claimed(Exception):
    """Somebody else has the case."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        super().__init__("claimed")


def lock(connection: Connection, case_id: str) -> str:
    """Lock a case that is worked on; its office. Raises NotWorkedOn."""
    row = connection.execute(_LOCK, {"case": case_id}).one_or_none()
    if row is None or row.stage not in WORKED_ON:
        raise NotWorkedOn
    office: str = row.office
    return office


def lock_for(connection: Connection, case_id: str, person: str, now: datetime) -> str:
    """The same for somebody who works on it. Raises NotWorkedOn, or Claimed where somebody else has it."""
    office = lock(connection, case_id)
    claim = standing(connection, case_id, now)
    if claim is not None and claim.person != person:
        raise Claimed(claim)
    return office


def standing(connection: Connection, case_id: str, now: datetime) -> Claim | None:
    """The claim on a case that has not run out. Whether the case is worked on is not asked."""
    row = connection.execute(_CLAIM, {"case": case_id}).one_or_none()
    return Claim(row.person, row.since, row.until) if row is not None and row.until > now else None
