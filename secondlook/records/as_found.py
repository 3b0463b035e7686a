"""Once for each record of an older release: cases whose entries bound nothing get one that says how they were found.

Called at the end of an upgrade, when no older release runs any more (``workers.upgrade``). In steps of one transaction,
so it goes on wherever it was broken off. What does not follow from its entries even so is left as it is, for
``secondlook audit verify`` to name; and a case that is bound already is never bound anew, whatever the mark of this
pass says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from secondlook.records import after, audit
from secondlook.records.encryption import Vault
from secondlook.records.replay import AnyRow, Broken, Recorded, Told, replay
from secondlook.records.schema import cases
from secondlook.records.store import recall, remember
from secondlook.records.verifying import recorded_of

_PLACE: Final = "as_found_to"
_AT_ONCE: Final = 200
_DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class Found:
    """One step: how many cases got an entry, how many are broken; ``more`` is whether to go on."""

    bound: int
    broken: int
    more: bool


def bind_some(connection: Connection, vault: Vault, by: str, now: datetime) -> Found:
    """Go on from where the last step ended."""
    place = recall(connection, _PLACE)
    if place == _DONE:
        return Found(0, 0, more=False)
    query = select(cases).order_by(cases.c.id).limit(_AT_ONCE).with_for_update(key_share=True)
    if place is not None:
        query = query.where(cases.c.id > place)
    rows = connection.execute(query).all()
    bound = broken = 0
    for case in recorded_of(connection, rows):
        try:
            told = replay(vault, case)
        except Broken:
            broken += 1
            continue
        if told.unbound:
            _bind(connection, vault, case, told, by, now)
            bound += 1
    more = len(rows) == _AT_ONCE
    remember(connection, _PLACE, rows[-1].id if more else _DONE)
    return Found(bound, broken, more)


def _bind(connection: Connection, vault: Vault, case: Recorded, told: Told, by: str, now: datetime) -> None:
    """All that stands on record of the case, by its digests. The caller's transaction holds its lock."""
    row, root = case.case, vault.root
    assert row is not None  # noqa: S101
    leaves: dict[str, object] = {
        "row": after.row(vault, row._mapping, row.judged, root),
        "events": {
            each.event_id: after.event(vault, each._mapping, root) for each in case.events if each.state != "pending"
        },
        "screenings": {
            str(each.version): after.screening(vault, each._mapping, _text(vault, case, each), root)
            for each in case.screenings
        },
        "dispositions": {str(each.round): after.disposition(vault, each._mapping, root) for each in case.dispositions},
    }
    for what, sealed in (("identity", row.identity), ("facts", row.facts)):
        if sealed is not None:
            leaves[what] = after.known(vault, what, vault.open_text(sealed, f"cases.{what}/{row.id}"), root)
    entry = audit.Entry(row.id, now, audit.NOTED, by, None, None, {"version": row.version, "stage": row.stage})
    head = audit.append(connection, vault, told.head, entry, leaves)
    connection.execute(cases.update().where(cases.c.id == row.id).values(audit_seq=head.seq, audit_head=head.hash))


def _text(vault: Vault, case: Recorded, screening: AnyRow) -> bytes:
    return vault.open_text(screening.result, f"screenings/{case.case_id}/{screening.version}")
