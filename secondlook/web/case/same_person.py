"""Other cases of the same person, on a case's page: those of the reader's offices, by the A-number's keyed hash. That
there are others elsewhere is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from secondlook.cases.identity import Identity
from secondlook.records.encryption import Vault
from secondlook.records.reading import QueueRow, Unreadable, queue_rows
from secondlook.records.search.finding import of_person, offices_on_record
from secondlook.web import words
from secondlook.web.people import Person

_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class OtherCase:
    """One of them, in words."""

    case_id: str
    notice: str
    stage: str
    office: str


def other_cases(
    connection: Connection, vault: Vault, person: Person, case_id: str, identity: Identity | Unreadable
) -> tuple[OtherCase, ...]:
    """The most urgent of them."""
    if isinstance(identity, Unreadable):
        return ()
    offices = offices_on_record(connection) if person.sees_every_office else person.offices
    found = of_person(connection, vault, offices, identity.a_number)
    others = [each for each in found if each != case_id][:_MOST]
    return tuple(_in_words(row) for row in queue_rows(connection, vault, others))


def _in_words(row: QueueRow) -> OtherCase:
    day = "a day that cannot be shown" if isinstance(row.identity, Unreadable) else words.day(row.identity.nta_date)
    return OtherCase(row.case_id, f"Notice to appear of {day}", words.stage(row.stage), row.office)
