"""Which cases wait to be rung. Called by the dispatcher and the reconciler.

A claim is a lease: ``ring_at`` moves into the future and the case is nobody's until then; judging ends the wait. People
come first, then open cases with new facts, then new cases (each office in turn, the most urgent first), then sweeps.
Nothing here is needed for correctness: a ring too many is harmless, a ring too few is made up when the lease ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, text, update

from secondlook.cases.event_type import Urgency, short_of
from secondlook.records.schema import cases, failing, inbox
from secondlook.records.store import SWEEP

LEASE = timedelta(seconds=15)
LONGEST_LEASE = timedelta(minutes=5)
_BELLS_A_CASE = 20

_OFFICES = text(
    """
    WITH RECURSIVE waiting(office) AS (
        SELECT min(office) FROM cases WHERE ring_class = :ring_class
        UNION ALL
        SELECT (SELECT min(office) FROM cases WHERE ring_class = :ring_class AND office > waiting.office)
        FROM waiting WHERE waiting.office IS NOT NULL
    )
    SELECT office FROM waiting WHERE office IS NOT NULL
    """
)
_WAITING = (
    select(cases.c.id, cases.c.version, cases.c.rings, cases.c.rung_seq, cases.c.judged)
    .where(
        cases.c.ring_class == bindparam("ring_class"),
        cases.c.office == bindparam("office"),
        cases.c.ring_at <= bindparam("now"),
    )
    .order_by(cases.c.office, cases.c.urgency)
    .limit(bindparam("share"))
    .with_for_update(key_share=True, skip_locked=True)
)
_BELLS = (
    select(inbox.c.case_id, inbox.c.seq, inbox.c.event_id, inbox.c.type)
    .where(inbox.c.case_id.in_(bindparam("keys", expanding=True)), inbox.c.state == "pending")
    .order_by(inbox.c.seq)
)
_STILL_WAITING = select(cases.c.id).where(
    cases.c.id.in_(bindparam("keys", expanding=True)),
    cases.c.ring_class.is_not(None),
    cases.c.id.not_in(select(failing.c.case_id)),
)
_DUE = select(cases.c.id).where(cases.c.ring_class <= bindparam("last"), cases.c.ring_at <= bindparam("now")).limit(1)
_LEASE_OUT = (
    update(cases)
    .where(cases.c.id == bindparam("claimed"))
    .values(ring_at=bindparam("until"), rings=cases.c.rings + 1, rung_seq=bindparam("newest"))
)


@dataclass(frozen=True, slots=True)
class Bell:
    """What one signal names: the inbox's own event id and the event's type."""

    event_id: str
    type: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A claimed case: start its run where it was never rung before, else signal it once for each bell."""

    case_id: str
    never_rung: bool
    bells: tuple[Bell, ...]


def anything_due(connection: Connection, now: datetime, *, new: bool = True) -> bool:
    """Whether a claim would find something; a cheap look that takes no lock. Without ``new``, among open cases only."""
    return connection.execute(_DUE, {"now": now, "last": SWEEP if new else Urgency.NEWS}).first() is not None


def claim(connection: Connection, now: datetime, limit: int, turn: int = 0, new: int | None = None) -> list[Ring]:
    """Claim up to ``limit`` waiting cases, of which up to ``new`` are new ones or of a sweep (None: any number).

    ``turn`` (any growing number) says which office comes first this time.
    """
    claimed: list[tuple[str, int, int, bool]] = []
    for ring_class in (*Urgency, SWEEP):
        if ring_class == Urgency.NEW_CASE and new is not None:
            limit = min(limit, len(claimed) + new)
        if len(claimed) < limit:
            claimed += _of_class(connection, ring_class, now, limit - len(claimed), turn)
    if not claimed:
        return []
    bells = _bells(connection, [case_id for case_id, *_ in claimed])
    rings, leases = [], []
    for case_id, rung, rung_seq, never_rung in claimed:
        waiting = bells.get(case_id, [])
        fresh = [(seq, bell) for seq, bell in waiting if seq > rung_seq] or waiting
        rings.append(Ring(case_id, never_rung, tuple(bell for _, bell in fresh)))
        newest = max((seq for seq, _ in waiting), default=rung_seq)
        leases.append({"claimed": case_id, "until": now + lease_after(rung), "newest": newest})
    connection.execute(_LEASE_OUT, leases)
    return rings


def lease_after(rung: int) -> timedelta:
    """How long a ring counts that follows so many others to no avail."""
    return min(LEASE * (1 << min(rung, 10)), LONGEST_LEASE)


def _of_class(
    connection: Connection, ring_class: int, now: datetime, limit: int, turn: int
) -> list[tuple[str, int, int, bool]]:
    offices: Sequence[str] = connection.execute(_OFFICES, {"ring_class": ring_class}).scalars().all()
    if not offices:
        return []
    first = turn % len(offices)
    taken: list[tuple[str, int, int, bool]] = []
    for place, office in enumerate([*offices[first:], *offices[:first]]):
        share = -(-(limit - len(taken)) // (len(offices) - place))
        if share <= 0:
            break
        rows = connection.execute(_WAITING, {"ring_class": ring_class, "office": office, "now": now, "share": share})
        taken += [(row.id, row.rings, row.rung_seq, row.judged == 0 and row.rung_seq == 0) for row in rows]
    return taken


def _bells(connection: Connection, case_ids: list[str]) -> dict[str, list[tuple[int, Bell]]]:
    rows = connection.execute(_BELLS, {"keys": case_ids})
    bells: dict[str, list[tuple[int, Bell]]] = {}
    for row in rows:
        mine = bells.setdefault(row.case_id, [])
        if len(mine) < _BELLS_A_CASE:
            mine.append((row.seq, Bell(row.event_id, short_of(row.type))))
    return bells


def release(connection: Connection, case_ids: Sequence[str], at: datetime) -> None:
    """Give claimed cases back, to be claimed again from ``at`` on: Temporal could not be told."""
    connection.execute(
        update(cases).where(cases.c.id.in_(case_ids), cases.c.ring_class.is_not(None)).values(ring_at=at)
    )


def still_waiting(connection: Connection, case_ids: Sequence[str]) -> set[str]:
    """Those of the given cases that are still to be judged: not yet judged, and not found impossible to judge now."""
    return set(connection.execute(_STILL_WAITING, {"keys": list(case_ids)}).scalars())


def ring_overdue(connection: Connection, now: datetime, grace: timedelta, limit: int) -> int:
    """Have cases rung whose deadline passed ``grace`` ago without their run waking: it is missing. Answers how many."""
    late = (
        select(cases.c.id)
        .where(cases.c.wake_at < now - grace, cases.c.ring_class.is_(None))
        .order_by(cases.c.wake_at)
        .limit(limit)
    )
    rung = connection.execute(update(cases).where(cases.c.id.in_(late)).values(ring_class=SWEEP, ring_at=now, rings=0))
    return rung.rowcount


def forget_leases(connection: Connection, now: datetime) -> None:
    """At the start of the only host: whoever held a lease is gone."""
    connection.execute(update(cases).where(cases.c.ring_class.is_not(None), cases.c.ring_at > now).values(ring_at=now))
