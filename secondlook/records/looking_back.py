"""A case as it stood at one of its versions, for pages that say what changed since. Called by the case's page
and by the review's.

Facts are folded anew from the inbox and the screening is the one that was kept, so nothing is stored for it. It reads
only; what cannot be read is answered as unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from secondlook.cases.kept_facts import KeptFacts, kept_facts
from secondlook.cases.merging import merge
from secondlook.cases.readable import CannotRead
from secondlook.policy import Screening
from secondlook.records import told
from secondlook.records.encryption import Vault
from secondlook.records.reading import Unreadable, screening_in
from secondlook.records.schema import screenings


@dataclass(frozen=True, slots=True)
class Stood:
    """What was known at a version, and the screening of that time."""

    facts: KeptFacts
    screening: Screening | Unreadable | None


def stood(connection: Connection, vault: Vault, case_id: str, version: int) -> Stood | Unreadable:
    """The case at a version. One above the newest of an ended case is what a new round would begin with."""
    try:
        facts = kept_facts(merge(told.at(connection, vault, case_id, version)).facts)
    except CannotRead:
        return Unreadable.UNOPENED
    return Stood(facts, screening_at(connection, vault, case_id, version))


def screening_at(connection: Connection, vault: Vault, case_id: str, version: int) -> Screening | Unreadable | None:
    """The screening that stood at a version."""
    row = connection.execute(
        select(screenings.c.version, screenings.c.result)
        .where(screenings.c.case_id == case_id, screenings.c.version <= version)
        .order_by(screenings.c.version.desc())
        .limit(1)
    ).one_or_none()
    return screening_in(vault, case_id, row)
