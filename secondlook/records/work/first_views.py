"""What somebody would do with a case before they have seen its lane, for measuring how often both agree. Called by the
web, in the share of cases whose lane stays hidden until then (docs/decisions/0016).

A view is no decision and moves nothing. The first one a person has in a round stays: a later one has seen the lane.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select, text

from secondlook.records.encryption import Vault
from secondlook.records.schema import UtcTime, first_views

_PURPOSE: Final = "lane-hidden"
_WHOLE: Final = 2**32
_VIEW = select(first_views.c.action).where(
    first_views.c.case_id == bindparam("case"),
    first_views.c.round == bindparam("round"),
    first_views.c.person == bindparam("who"),
)
# One statement, the same on both databases.
_SAVE = text(
    "INSERT INTO first_views (case_id, round, person, action, at) VALUES (:case, :round, :who, :action, :now) "
    "ON CONFLICT (case_id, round, person) DO NOTHING"
).bindparams(bindparam("now", type_=UtcTime()))


def is_hidden(vault: Vault, case_id: str, round_: int, share: float) -> bool:
    """Whether a case is one of the share, in a round: nobody can choose it, and it is the same for everybody."""
    drawn = int.from_bytes(vault.lookup_hash(_PURPOSE, case_id, str(round_))[:4])
    return drawn < share * _WHOLE


def view_of(connection: Connection, case_id: str, round_: int, person: str) -> str | None:
    """The action that somebody had in view; None where they have said none."""
    action: str | None = connection.execute(_VIEW, {"case": case_id, "round": round_, "who": person}).scalar()
    return action


def save(connection: Connection, case_id: str, round_: int, person: str, action: str, now: datetime) -> None:
    """Keep a person's first view of a case in a round."""
    row = {"case": case_id, "round": round_, "who": person, "action": action, "now": now}
    connection.execute(_SAVE, row)
