"""Drafts of reviews: what somebody has typed and not sent, one a person and case, sealed. Called by the web.

A draft survives everything but the decision that it became: time-out, release, another browser, a colleague's decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from secondlook.cases.readable import CannotRead
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases, deciders, drafts
from secondlook.records.work import claims

Fields = tuple[tuple[str, str], ...]

_LOCK = select(cases.c.version).where(cases.c.id == bindparam("case")).with_for_update(key_share=True)
_DECIDED = select(deciders.c.case_id).where(
    deciders.c.case_id == bindparam("case"), deciders.c.person == bindparam("who"), deciders.c.back.is_(False)
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form's fields as they were typed, for the version of the case that the person saw."""

    fields: Fields
    version: int
    saved_at: datetime


def save(
    connection: Connection, vault: Vault, case_id: str, person: str, fields: Fields, version: int, now: datetime
) -> None:
    """Keep what somebody has typed in place of what they had typed before; who types has the case for longer.

    What comes late, for a version that they have decided meanwhile, became that decision and is not kept.
    """
    case = connection.execute(_LOCK, {"case": case_id}).one()
    if version < case.version and connection.execute(_DECIDED, {"case": case_id, "who": person}).first():
        return
    claims.renew(connection, case_id, person, now)
    content = vault.seal({"fields": [list(field) for field in fields]}, f"drafts/{case_id}/{person}")
    kept = {"content": content, "version": version, "saved_at": now}
    theirs = (drafts.c.case_id == case_id) & (drafts.c.person == person)
    if connection.execute(update(drafts).where(theirs).values(**kept)).rowcount == 0:
        connection.execute(insert(drafts), {"case_id": case_id, "person": person, **kept})


def draft_of(connection: Connection, vault: Vault, case_id: str, person: str) -> Draft | None:
    """A person's draft; None where there is none, or where it cannot be opened here."""
    theirs = (drafts.c.case_id == case_id) & (drafts.c.person == person)
    row = connection.execute(select(drafts).where(theirs)).one_or_none()
    if row is None:
        return None
    try:
        content = opened(vault, row.content, f"drafts/{case_id}/{person}")
    except CannotRead:
        return None
    fields = content.get("fields")
    given = tuple((str(name), str(value)) for name, value in fields) if isinstance(fields, list) else ()
    return Draft(given, row.version, row.saved_at)
