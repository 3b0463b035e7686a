"""Claims: somebody has a case for half an hour, renewed by what they type. Called by the web and by the inbox.

A claim keeps a colleague's review away from a case while it is read; it is no permission, and nobody needs one. It ends
by itself, with a decision, a new office, release, or a supervisor. What was accepted before is judged whatever happens.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, not_, select, update

from secondlook.records.audit import append_web_act
from secondlook.records.encryption import Vault
from secondlook.records.schema import IN_REVIEW, assignments, cases, claims, deciders, holds
from secondlook.records.work import notes
from secondlook.records.work.locked import WORKED_ON, Claim, Claimed, lock_for, standing

LEASE: Final = timedelta(minutes=30)
BROKEN: Final = "claim.broken"
"""The kind under which a supervisor's breaking of a claim is kept."""

_MINE = (claims.c.case_id == bindparam("case")) & (claims.c.person == bindparam("me"))
_RENEW = update(claims).where(_MINE).values(until=bindparam("ends"))
_RELEASE = delete(claims).where(_MINE)
_END = delete(claims).where(claims.c.case_id == bindparam("case"))
_OFF_HOLD = delete(holds).where(holds.c.case_id == bindparam("case"))
_LOCKED = (
    select(cases.c.id, cases.c.stage)
    .where(cases.c.id.in_(bindparam("cases", expanding=True)))
    .order_by(cases.c.id)
    .with_for_update(key_share=True)
)
_HELD = (
    select(claims.c.case_id, claims.c.person)
    .where(claims.c.case_id.in_(bindparam("cases", expanding=True)), claims.c.until > bindparam("now"))
    .with_for_update()
)
_FREE = (
    select(cases.c.id)
    .where(
        IN_REVIEW,
        cases.c.office == bindparam("office"),
        not_(exists().where(claims.c.case_id == cases.c.id, claims.c.until > bindparam("now"))),
        not_(exists().where(holds.c.case_id == cases.c.id, holds.c.until > bindparam("now"))),
        not_(exists().where(assignments.c.case_id == cases.c.id, assignments.c.person != bindparam("me"))),
    )
    .order_by(cases.c.urgency, cases.c.received_at, cases.c.id)
    .limit(1)
    .with_for_update(of=cases, key_share=True, skip_locked=True)
)
_MY_OWN = _FREE.where(
    cases.c.id.in_(
        select(assignments.c.case_id)
        .where(assignments.c.person == bindparam("me"), assignments.c.office == bindparam("office"))
        .union_all(select(deciders.c.case_id).where(deciders.c.person == bindparam("me"), deciders.c.back.is_(True)))
    )
)


def claim_of(connection: Connection, case_id: str, now: datetime) -> Claim | None:
    """Who has a case; None where nobody has, or where it is not worked on."""
    stage = connection.execute(select(cases.c.stage).where(cases.c.id == case_id)).scalar()
    return standing(connection, case_id, now) if stage in WORKED_ON else None


def take(connection: Connection, case_id: str, person: str, now: datetime) -> None:
    """Have a case, or have it for longer; it is on hold no more. Raises NotWorkedOn or Claimed."""
    office = lock_for(connection, case_id, person, now)
    if connection.execute(_RENEW, {"case": case_id, "me": person, "ends": now + LEASE}).rowcount == 0:
        connection.execute(_END, {"case": case_id})
        row = {"case_id": case_id, "person": person, "office": office, "since": now, "until": now + LEASE}
        connection.execute(insert(claims), row)
    connection.execute(_OFF_HOLD, {"case": case_id})


def renew(connection: Connection, case_id: str, person: str, now: datetime) -> None:
    """Somebody is at work: what they have they have for longer, also where it had run out and nobody else took it."""
    connection.execute(_RENEW, {"case": case_id, "me": person, "ends": now + LEASE})


def release(connection: Connection, vault: Vault, case_id: str, person: str, reason: str, now: datetime) -> None:
    """Give a case back. Raises NotWorkedOn, or Claimed where it is somebody else's."""
    lock_for(connection, case_id, person, now)
    if connection.execute(_RELEASE, {"case": case_id, "me": person}).rowcount and reason:
        notes.add(connection, vault, case_id, person, notes.RELEASED, reason, now)


def break_claim(
    connection: Connection, vault: Vault, case_id: str, supervisor: str, reason: str, now: datetime
) -> None:
    """Take a case from whoever has it, with a reason that is kept on the case. Where nobody has it nothing is done.

    Raises NotWorkedOn.
    """
    try:
        lock_for(connection, case_id, supervisor, now)
    except Claimed as theirs:
        connection.execute(_END, {"case": case_id})
        notes.add(connection, vault, case_id, supervisor, notes.BROKEN, reason, now)
        detail: dict[str, object] = {"whose": theirs.claim.person}
        append_web_act(connection, vault, case_id, now, BROKEN, supervisor, detail)


def take_next(connection: Connection, person: str, office: str, now: datetime) -> str | None:
    """Have the most urgent case of an office that nobody has, one's own first; None where nothing waits.

    Not one on hold, and none that is somebody else's to do. Two at once never get the same: the first locks it, the
    second skips it, and where the first was done in between the second sees the claim and looks again.
    """
    for statement in (_MY_OWN, _FREE):
        asked = {"office": office, "now": now, "me": person}
        while (case_id := connection.execute(statement, asked).scalar()) is not None:
            try:
                take(connection, case_id, person, now)
            except Claimed:
                continue
            return str(case_id)
    return None


def against(connection: Connection, case_ids: Collection[str], now: datetime) -> dict[str, str]:
    """Who has which of these cases, both locked until the transaction's end: for reviews that come in."""
    rows = connection.execute(_LOCKED, {"cases": case_ids}).all()
    worked_on = [row.id for row in rows if row.stage in WORKED_ON]
    if not worked_on:
        return {}
    held = connection.execute(_HELD, {"cases": worked_on, "now": now})
    return {row.case_id: row.person for row in held}
