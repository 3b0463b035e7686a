"""Holds: a case waits until a day, for a reason. Called by the web. No deadline of the case moves, no timer stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from secondlook.records.audit import append_web_act
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases, claims, holds
from secondlook.records.work.locked import WORKED_ON, lock_for
from secondlook.records.work.sealed_text import Text, opened_text

HELD_BACK: Final = "hold.set"
"""The kind under which a hold is kept."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Who put a case on hold, until when, and why."""

    person: str
    since: datetime
    until: datetime
    reason: Text


def hold_of(connection: Connection, vault: Vault, case_id: str, now: datetime) -> Hold | None:
    """The hold of a case that is worked on, while it lasts."""
    query = select(holds).join(cases, cases.c.id == holds.c.case_id)
    row = connection.execute(
        query.where(holds.c.case_id == case_id, holds.c.until > now, cases.c.stage.in_(WORKED_ON))
    ).one_or_none()
    if row is None:
        return None
    return Hold(row.person, row.since, row.until, opened_text(vault, row.reason, f"holds/{case_id}"))


def put_on_hold(
    connection: Connection, vault: Vault, case_id: str, person: str, reason: str, until: datetime, now: datetime
) -> None:
    """Put a case on hold, which ends one's claim on it. Raises NotWorkedOn, or Claimed where it is somebody else's."""
    office = lock_for(connection, case_id, person, now)
    connection.execute(delete(claims).where(claims.c.case_id == case_id))
    connection.execute(delete(holds).where(holds.c.case_id == case_id))
    row = {"case_id": case_id, "person": person, "office": office, "since": now, "until": until}
    connection.execute(insert(holds), row | {"reason": vault.seal({"text": reason}, f"holds/{case_id}")})
    append_web_act(connection, vault, case_id, now, HELD_BACK, person, {"until": until.date().isoformat()})
