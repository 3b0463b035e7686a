"""One page of a list, read onward from a place in its order. Called by the web's queue and home.

A page costs the same at any depth: each stage and lane, and each office where not all are wanted, is one stretch of an
index in the wanted order, and of each stretch no more entries are read than a page shows. A small choice
(``records.choosing``) is one stretch an office. Nothing here may filter or sort by what is sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from sqlalchemy import Connection, TextClause, text

from secondlook.policy import Lane
from secondlook.records.choosing import Chosen, Shape
from secondlook.records.reading import Count, Sort

LANES: Final = (None, *(lane.value for lane in Lane))
"""Every lane that this release gives a case; None before its first screening."""
EVERY: Final = Chosen()
_NOT_DETAINED: Final = 10**8
"""Urgencies from here on are those of people who are free (``records.inbox.calendar_of``)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in an order: what the order goes by, and the case's id where that is the same."""

    value: int
    case_id: str


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Cases that follow each other, in the order's direction. ``more`` says that further ones are that way."""

    found: tuple[Place, ...]
    more: bool

    @property
    def first(self) -> Place | None:
        return self.found[0] if self.found else None

    @property
    def last(self) -> Place | None:
        return self.found[-1] if self.found else None

    @property
    def case_ids(self) -> list[str]:
        return [place.case_id for place in self.found]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a column's values that is in order by itself: from ``least`` up to ``end``, shown less ``shift``."""

    column: str
    least: int
    end: int
    shift: int = 0


_PARTS: Final = {
    Sort.URGENCY: (_Part("cases.urgency", 0, 2 * _NOT_DETAINED),),
    # Urgency is the hearing's date, behind a step where nobody is detained: both parts are in its order.
    Sort.HEARING: (
        _Part("cases.urgency", 0, _NOT_DETAINED),
        _Part("cases.urgency", _NOT_DETAINED, 2 * _NOT_DETAINED, shift=_NOT_DETAINED),
    ),
    Sort.AGE: (_Part("cases.received_at", 0, 2**62),),
    Sort.DECIDED: (_Part("-deciders.at", -(2**62), 0),),
}


def queue(
    connection: Connection,
    *,
    offices: Sequence[str] | None,
    stages: Sequence[str],
    lanes: Sequence[str | None],
    sort: Sort,
    beside: Place | None,
    back: bool,
    skip: int,
    limit: int,
    chosen: Chosen = EVERY,
) -> QueuePage:
    """Up to ``limit`` cases after ``beside``, or with ``back`` before it; without it from the first, or the last.

    ``offices`` None means all of them. None among ``lanes`` is that of cases not screened yet. ``skip`` leaves out that
    many cases first, each of which costs as much as a shown one: the caller bounds it.
    """
    found: list[tuple[int, str]] = []
    if stages and lanes:
        sqlite = connection.dialect.name == "sqlite"
        in_office = offices is not None
        statement = _statement(
            chosen.shape, len(stages), tuple(lanes), sort, sqlite=sqlite, in_office=in_office, back=back
        )
        bound = _bounds(sort, beside, back=back) | {"wanted": skip + limit + 1} | _named(chosen, stages, lanes)
        # One statement an office, not one for all: both databases keep its plan, however many offices somebody has.
        for names in [{}] if offices is None else [{"office": office} for office in offices]:
            found += [(value, case_id) for value, case_id in connection.execute(statement, bound | names)]
    found.sort(reverse=back)
    shown = [Place(value, case_id) for value, case_id in found[skip : skip + limit]]
    if back:
        shown.reverse()
    return QueuePage(tuple(shown), len(found) > skip + limit)


def place_of(connection: Connection, case_id: str, sort: Sort) -> Place | None:
    """Where a case stands in an order; None where it has no place in it."""
    columns = ", ".join(f"{part.column} - {part.shift}" for part in _PARTS[sort])
    tables = "cases JOIN deciders ON deciders.case_id = cases.id" if sort is Sort.DECIDED else "cases"
    statement = text(f"SELECT {columns} FROM {tables} WHERE cases.id = :case")  # noqa: S608
    row = connection.execute(statement, {"case": case_id}).one_or_none()
    if row is None:
        return None
    # The part that a value lies in is the last one whose beginning it has reached.
    return Place(next(value for value in reversed(row) if value >= 0 or sort is Sort.DECIDED), case_id)


def counts_of(
    connection: Connection,
    offices: Sequence[str] | None,
    chosen: Chosen,
    stages: Sequence[str] | None = None,
) -> list[Count]:
    """How many cases a choice has, by office, stage and lane; ``stages`` None counts all of them."""
    sqlite = connection.dialect.name == "sqlite"
    tables, met = chosen.shape.source(sqlite=sqlite, in_office=offices is not None)
    met += [_of_stages(len(stages))] if stages is not None else []
    met += ["cases.office = :office"] if offices is not None else []
    statement = text(
        f"SELECT cases.office, cases.stage, cases.lane, count(*) FROM {tables}"  # noqa: S608
        f"{' WHERE ' if met else ''}{' AND '.join(met)} GROUP BY cases.office, cases.stage, cases.lane"
    )
    bound = _named(chosen, stages or (), ())
    return [
        Count(*row)
        for names in ([{}] if offices is None else [{"office": office} for office in offices])
        for row in connection.execute(statement, bound | names)
    ]


def _named(chosen: Chosen, stages: Sequence[str], lanes: Sequence[str | None]) -> dict[str, object]:
    found = chosen.values | {f"stage{number}": str(stage) for number, stage in enumerate(stages)}
    return found | {f"lane{number}": each for number, each in enumerate(lanes) if each is not None}


def _bounds(sort: Sort, beside: Place | None, *, back: bool) -> dict[str, object]:
    """What the stretches of each part lie between. No id is before the empty one."""
    found: dict[str, object] = {}
    for number, part in enumerate(_PARTS[sort]):
        low, high = (part.least, ""), (part.end, "")
        if beside is not None:
            here = (min(beside.value + part.shift, part.end), beside.case_id)
            low, high = (low, here) if back else (here, high)
        found |= {f"low{number}": low[0], f"low_id{number}": low[1]}
        found |= {f"high{number}": high[0], f"high_id{number}": high[1]}
    return found


@lru_cache(maxsize=256)
def _statement(
    shape: Shape,
    stages: int,
    lanes: tuple[str | None, ...],
    sort: Sort,
    *,
    sqlite: bool,
    in_office: bool,
    back: bool,
) -> TextClause:
    """The statement for so many stages of one office, or of all. It is text, because a union of fifty parts takes the
    expression language longer to build than either database to run.
    """
    down = " DESC" if back else ""
    tables, met = shape.source(sqlite=sqlite, in_office=in_office)
    met += ["cases.office = :office"] if in_office else []
    stretches: list[str] = []
    for where, (number, part) in product(_parts_of(shape, stages, lanes), enumerate(_PARTS[sort])):
        # PostgreSQL takes an index's order behind a column that is null only where the order names the column too.
        in_lane = f"cases.lane{down}, " if shape.choice.large else ""
        stretches.append(
            f"SELECT * FROM (SELECT {part.column} - {part.shift} AS value, cases.id AS id FROM {tables}"  # noqa: S608
            f" WHERE {' AND '.join([*met, where])}"
            f" AND ({part.column}, cases.id) > (:low{number}, :low_id{number})"
            f" AND ({part.column}, cases.id) < (:high{number}, :high_id{number})"
            f" ORDER BY {in_lane}{part.column}{down}, cases.id{down} LIMIT :wanted) AS stretch{len(stretches)}"
        )
    every = " UNION ALL ".join(stretches)
    return text(f"SELECT value, id FROM ({every}) AS found ORDER BY value{down}, id{down} LIMIT :wanted")  # noqa: S608


def _parts_of(shape: Shape, stages: int, lanes: tuple[str | None, ...]) -> list[str]:
    """The stages and lanes that are read one by one along an index; all at once where the choice is small."""
    if shape.choice.large:
        return [
            f"cases.stage = :stage{stage} AND {'cases.lane IS NULL' if code is None else f'cases.lane = :lane{lane}'}"
            for stage, (lane, code) in product(range(stages), enumerate(lanes))
        ]
    known = ", ".join(f":lane{number}" for number, code in enumerate(lanes) if code is not None)
    in_lanes = [f"cases.lane IN ({known})"] if known else []
    in_lanes += ["cases.lane IS NULL"] if None in lanes else []
    return [f"{_of_stages(stages)} AND ({' OR '.join(in_lanes)})"]


def _of_stages(stages: int) -> str:
    """A condition that no index is taken for: the choice has a better one, and SQLite would not know."""
    return f"cases.stage || '' IN ({_listed('stage', stages)})"


def _listed(name: str, count: int) -> str:
    return ", ".join(f":{name}{number}" for number in range(count))
