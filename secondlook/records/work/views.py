"""Views that people keep: a name for an address of the queue, one's own or shared with an office. Called by the web.

Name and address are plain text: an address holds codes and no place, and the form says that a name is no place for a
person's. A view shows nothing by itself: whoever follows it sees what they may see.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, or_, select

from secondlook.records.schema import views

MOST: Final = 30
"""Views of one person, and shared ones that are shown."""
LONGEST_NAME: Final = 60
LONGEST_ADDRESS: Final = 300


class TooMany(Exception):
    """Somebody has as many views as one may have."""


@dataclass(frozen=True, slots=True)
class View:
    """A view; ``office`` is the one that it is shared with. ``address`` is the query of the queue's address."""

    id: str
    person: str
    office: str | None
    name: str
    address: str


def keep(connection: Connection, person: str, office: str | None, name: str, address: str, now: datetime) -> None:
    """Keep a view; one of the same person and name is replaced. Raises TooMany."""
    connection.execute(delete(views).where(views.c.person == person, views.c.name == name))
    count = connection.execute(select(func.count()).where(views.c.person == person)).scalar_one()
    if count >= MOST:
        raise TooMany
    row = {"id": f"v_{secrets.token_hex(10)}", "person": person, "office": office, "name": name, "address": address}
    connection.execute(insert(views), row | {"at": now})


def remove(connection: Connection, view_id: str, person: str, supervised: Sequence[str]) -> None:
    """Take a view away: its owner, or who supervises the office that it is shared with. Of others nothing is done."""
    theirs = or_(views.c.person == person, views.c.office.in_(supervised))
    connection.execute(delete(views).where(views.c.id == view_id, theirs))


def views_of(connection: Connection, person: str, offices: Sequence[str]) -> list[View]:
    """Somebody's own views, then those that are shared with their offices, by name."""
    own = select(views).where(views.c.person == person).order_by(views.c.name).limit(MOST)
    shared = (
        select(views)
        .where(views.c.office.in_(offices), views.c.person != person)
        .order_by(views.c.name, views.c.person)
        .limit(MOST)
    )
    return [
        View(row.id, row.person, row.office, row.name, row.address)
        for query in (own, shared)
        for row in connection.execute(query)
    ]
