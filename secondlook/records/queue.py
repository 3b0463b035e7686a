"""One page of the queue, read onward from a place in its order. Called by the web's queue and nobody else.

A page costs the same at any depth: each stage and lane, and each office where not all are wanted, is one stretch of an
index in the wanted order, and of each stretch no more entries are read than a page shows. Nothing here may filter or
sort by what is sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from sqlalchemy import Connection, TextClause, text

from secondlook.policy import Lane
from secondlook.records.encryption import Vault
from secondlook.records.reading import QueueRow, Sort, queue_rows

LANES: Final = (None, *(lane.value for lane in Lane))
"""Every lane that this release gives a case; None before its first screening."""
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

    rows: tuple[QueueRow, ...]
    first: Place | None
    last: Place | None
    more: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a column's values that is in order by itself: from ``least`` up to ``end``, shown less ``shift``."""

    column: str
    least: int
    end: int
    shift: int = 0


_PARTS: Final = {
    Sort.URGENCY: (_Part("urgency", 0, 2 * _NOT_DETAINED),),
    # Urgency is the hearing's date, behind a step where nobody is detained: both parts are in its order.
    Sort.HEARING: (
        _Part("urgency", 0, _NOT_DETAINED),
        _Part("urgency", _NOT_DETAINED, 2 * _NOT_DETAINED, shift=_NOT_DETAINED),
    ),
    Sort.AGE: (_Part("received_at", 0, 2**62),),
}


def queue(
    connection: Connection,
    vault: Vault,
    *,
    offices: Sequence[str] | None,
    stages: Sequence[str],
    lanes: Sequence[str | None],
    sort: Sort,
    beside: Place | None,
    back: bool,
    skip: int,
    limit: int,
) -> QueuePage:
    """Up to ``limit`` cases after ``beside``, or with ``back`` before it; without it from the first, or the last.

    ``offices`` None means all of them. None among ``lanes`` is that of cases not screened yet. ``skip`` leaves out that
    many cases first, each of which costs as much as a shown one: the caller bounds it.
    """
    found: list[tuple[int, str]] = []
    if stages and lanes:
        statement = _statement(len(stages), tuple(lanes), sort, in_office=offices is not None, back=back)
        bound = _bounds(sort, beside, back=back) | {"wanted": skip + limit + 1}
        bound |= {f"stage{number}": str(stage) for number, stage in enumerate(stages)}
        bound |= {f"lane{number}": each for number, each in enumerate(lanes) if each is not None}
        # One statement an office, not one for all: both databases keep its plan, however many offices somebody has.
        for names in [{}] if offices is None else [{"office": office} for office in offices]:
            found += [(value, case_id) for value, case_id in connection.execute(statement, bound | names)]
    found.sort(reverse=back)
    shown = [Place(value, case_id) for value, case_id in found[skip : skip + limit]]
    if back:
        shown.reverse()
    rows = queue_rows(connection, vault, [place.case_id for place in shown])
    return QueuePage(
        rows=tuple(rows),
        first=shown[0] if shown else None,
        last=shown[-1] if shown else None,
        more=len(found) > skip + limit,
    )


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


@lru_cache(maxsize=128)
def _statement(stages: int, lanes: tuple[str | None, ...], sort: Sort, *, in_office: bool, back: bool) -> TextClause:
    """The statement for so many stages of one office, or of all. It is text, because a union of fifty parts takes the
    expression language longer to build than either database to run.
    """
    down = " DESC" if back else ""
    office = "office = :office AND " if in_office else ""
    stretches: list[str] = []
    for stage, (lane, code), (number, part) in product(range(stages), enumerate(lanes), enumerate(_PARTS[sort])):
        in_lane = "lane IS NULL" if code is None else f"lane = :lane{lane}"
        # PostgreSQL takes an index's order behind a column that is null only where the order names the column too.
        stretches.append(
            f"SELECT * FROM (SELECT {part.column} - {part.shift} AS value, id FROM cases"  # noqa: S608
            f" WHERE {office}stage = :stage{stage} AND {in_lane}"
            f" AND ({part.column}, id) > (:low{number}, :low_id{number})"
            f" AND ({part.column}, id) < (:high{number}, :high_id{number})"
            f" ORDER BY lane{down}, {part.column}{down}, id{down} LIMIT :wanted) AS stretch{len(stretches)}"
        )
    every = " UNION ALL ".join(stretches)
    return text(f"SELECT value, id FROM ({every}) AS found ORDER BY value{down}, id{down} LIMIT :wanted")  # noqa: S608
