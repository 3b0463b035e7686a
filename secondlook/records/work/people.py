"""Who has signed in here: names beside the subjects that the record keeps, and who can be given a case. Staff data.

Filled at sign-in. Roles and offices are what the provider said then; what somebody may do is asked of their session.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from secondlook.records.schema import people


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as they last signed in."""

    subject: str
    name: str
    roles: tuple[str, ...]
    offices: tuple[str, ...]


def saw(connection: Connection, person: Known, now: datetime) -> None:
    """Somebody has signed in."""
    kept = {"name": person.name, "roles": " ".join(person.roles), "offices": " ".join(person.offices), "seen_at": now}
    if connection.execute(update(people).where(people.c.subject == person.subject).values(**kept)).rowcount == 0:
        connection.execute(insert(people), {"subject": person.subject, **kept})


def names(connection: Connection, subjects: Collection[str]) -> dict[str, str]:
    """The names of those who have signed in; a subject without one is shown as it is."""
    rows = connection.execute(select(people.c.subject, people.c.name).where(people.c.subject.in_(subjects)))
    return {row.subject: row.name for row in rows}


def everybody(connection: Connection) -> list[Known]:
    """All who have signed in, by name."""
    rows = connection.execute(select(people).order_by(people.c.name, people.c.subject))
    return [Known(row.subject, row.name, tuple(row.roles.split()), tuple(row.offices.split())) for row in rows]
