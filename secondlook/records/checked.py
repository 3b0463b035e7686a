"""When the audit trail was last checked on the way of a checkpoint, and what came of it. Written by whoever writes
checkpoints, read by pages. It is for people to see that checking goes on: what is true, ``audit verify`` tells anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from secondlook.records import store

_NAME: Final = "audit_checked"


@dataclass(frozen=True, slots=True)
class Checked:
    """``replayed`` changed cases were told again, ``broken`` of them do not agree with their entries."""

    at: datetime
    replayed: int
    broken: int


_WRITTEN = TypeAdapter(Checked)


def note(connection: Connection, checked: Checked) -> None:
    """The trail was checked."""
    store.remember(connection, _NAME, _WRITTEN.dump_json(checked).decode())


def newest(connection: Connection) -> Checked | None:
    """The last time; None where it never was, or a newer release wrote it."""
    try:
        return _WRITTEN.validate_json(store.recall(connection, _NAME) or "null")
    except ValidationError:
        return None
