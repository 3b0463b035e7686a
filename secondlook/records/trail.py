"""The audit trail of all cases together, newest first: who, what, when. Called by the web's audit page and its export.

Read onward from a place, along one index, and of that no more than ``LOOKED_AT`` entries at a time: a filter that
matches little gives a short page and the place to go on from, never a long wait. It opens nothing that is sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Subquery, and_, literal, select, tuple_

from secondlook.records.schema import UtcTime, audit, cases

LOOKED_AT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands in the trail."""

    at: datetime
    case_id: str
    seq: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. Empty text asks for anything; ``offices`` None is all of them, ``end`` is the first moment
    after the time asked for."""

    offices: tuple[str, ...] | None
    person: str = ""
    kind: str = ""
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One entry, in codes, staff ids and times. ``stage`` is None where it moved nothing."""

    place: Place
    office: str
    kind: str
    actor: str | None
    event_id: str | None
    stage: str | None
    before: str | None
    refused: str | None
    about: str | None
    """Whom of the staff it is about: who was given a case, or had it before."""
    hash: str


@dataclass(frozen=True, slots=True)
class Leg:
    """Some of the trail. ``beyond`` is the place to go on from in the same direction, None at its end."""

    entries: tuple[TrailEntry, ...]
    beyond: Place | None


def read(connection: Connection, wanted: Wanted, beside: Place | None = None, *, back: bool = False, limit: int) -> Leg:
    """Up to ``limit`` entries older than ``beside``, or with ``back`` newer; always answered newest first."""
    sifts = wanted.offices is not None or bool(wanted.person and wanted.kind)
    look_at = LOOKED_AT if sifts else limit + 1
    looked = _looked_at(wanted, beside, look_at, back=back)
    matches = [looked.c.kind == wanted.kind] if wanted.kind else []
    if wanted.offices is not None:
        matches.append(looked.c.office.in_(wanted.offices))
    order = _order(looked, back=back)
    rows = connection.execute(select(looked).where(and_(True, *matches)).order_by(*order).limit(limit + 1)).all()
    entries = [_entry(row) for row in rows[:limit]]
    beyond: Place | None = None
    if len(rows) > limit:
        beyond = entries[-1].place
    elif sifts:
        last = connection.execute(
            select(looked.c.at, looked.c.case_id, looked.c.seq).order_by(*order).offset(look_at - 1).limit(1)
        ).one_or_none()
        beyond = Place(last.at, last.case_id, last.seq) if last else None
    return Leg(tuple(reversed(entries) if back else entries), beyond)


def _looked_at(wanted: Wanted, beside: Place | None, look_at: int, *, back: bool) -> Subquery:
    """The entries that are looked at: the next ones along the index of a person, of a kind, or of all."""
    along: list[ColumnElement[bool]] = []
    if wanted.person:
        along.append(audit.c.actor == wanted.person)
    elif wanted.kind:
        along.append(audit.c.kind == wanted.kind)
    if wanted.begin is not None:
        along.append(audit.c.at >= wanted.begin)
    if wanted.end is not None:
        along.append(audit.c.at < wanted.end)
    if beside is not None:
        here = tuple_(literal(beside.at, UtcTime), literal(beside.case_id), literal(beside.seq))
        place = tuple_(audit.c.at, audit.c.case_id, audit.c.seq)
        along.append(place > here if back else place < here)
    # Looked up for each entry, not joined: a join is read from the side of the office, which has too many cases.
    office = select(cases.c.office).where(cases.c.id == audit.c.case_id).scalar_subquery().label("office")
    query = select(audit, office).where(and_(True, *along))
    return query.order_by(*_order(audit, back=back)).limit(look_at).subquery("looked")


def _order(table: Any, *, back: bool) -> Sequence[ColumnElement[Any]]:
    columns = (table.c.at, table.c.case_id, table.c.seq)
    return columns if back else [column.desc() for column in columns]


def _entry(row: Row[*tuple[Any, ...]]) -> TrailEntry:
    detail: dict[str, object] = orjson.loads(row.detail)

    def said(*names: str) -> str | None:
        return next((str(detail[name]) for name in names if detail.get(name)), None)

    return TrailEntry(
        place=Place(row.at, row.case_id, row.seq),
        office=row.office,
        kind=row.kind,
        actor=row.actor,
        event_id=row.event_id,
        stage=said("stage"),
        before=said("from"),
        refused=said("refused"),
        about=said("to", "whose"),
        hash=row.hash.hex(),
    )
