"""Cases that were rung in vain: again and again, and nothing was judged. Called by the reconciler.

Whatever holds such a case's run up (an operator's hand, a bug, a release that cannot replay it), the record still knows
where the case stands. A case that was looked at and could not be judged is not among them: it is noted as failing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from secondlook.records.rings import lease_after
from secondlook.records.schema import cases, failing

_RINGS = 3


@dataclass(frozen=True, slots=True)
class InVain:
    """A case, and how often it was rung since anything of it was judged."""

    case_id: str
    rings: int


def rung_in_vain(connection: Connection, now: datetime, limit: int) -> list[InVain]:
    """Cases rung three times and more, the last time so long ago that half of its lease is over.

    A ring that Temporal did not take was given back, and is none: its lease is over at once.
    """
    rows = connection.execute(
        select(cases.c.id, cases.c.rings, cases.c.ring_at)
        .where(cases.c.rings >= _RINGS, cases.c.ring_class.is_not(None), cases.c.ring_at > now)
        .where(cases.c.id.not_in(select(failing.c.case_id)))
        .order_by(cases.c.ring_at)
        .limit(limit)
    )
    return [InVain(row.id, row.rings) for row in rows if row.ring_at - now < lease_after(row.rings - 1) / 2]


def claim_to_replace(connection: Connection, case: InVain, now: datetime) -> bool:
    """Whether this process is the one to replace the case's run, which counts as a ring; another one then waits."""
    claimed = connection.execute(
        update(cases)
        .where(cases.c.id == case.case_id, cases.c.rings == case.rings, cases.c.ring_class.is_not(None))
        .values(ring_at=now + lease_after(case.rings), rings=case.rings + 1)
    )
    return claimed.rowcount == 1
