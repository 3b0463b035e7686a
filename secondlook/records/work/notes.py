"""Notes on a case: on record, no part of its decision. Called by the web, and by what keeps a reason beside an act."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from secondlook.records.audit import append_web_act
from secondlook.records.encryption import Vault
from secondlook.records.schema import notes
from secondlook.records.work.sealed_text import Text, opened_text

NOTE: Final = "note"
RELEASED: Final = "released"
BROKEN: Final = "broken"
NOTED: Final = "note.added"
"""The kind under which a note's being written is kept, with its id; its text is nowhere but in the note."""
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote; ``kind`` says whether beside an act."""

    id: str
    person: str
    at: datetime
    kind: str
    text: Text


def add(connection: Connection, vault: Vault, case_id: str, person: str, kind: str, text: str, now: datetime) -> None:
    """Keep a text of somebody who works on or answers for the case."""
    note = f"n_{secrets.token_hex(10)}"
    content = vault.seal({"text": text}, f"notes/{case_id}/{note}")
    row = {"id": note, "case_id": case_id, "person": person, "at": now, "kind": kind, "content": content}
    connection.execute(insert(notes), row)
    if kind == NOTE:
        append_web_act(connection, vault, case_id, now, NOTED, person, {"note": note})


def notes_of(connection: Connection, vault: Vault, case_id: str) -> list[Note]:
    """The newest notes of a case, the newest first."""
    query = select(notes).where(notes.c.case_id == case_id).order_by(notes.c.at.desc(), notes.c.id).limit(SHOWN)
    return [
        Note(row.id, row.person, row.at, row.kind, opened_text(vault, row.content, f"notes/{case_id}/{row.id}"))
        for row in connection.execute(query)
    ]
