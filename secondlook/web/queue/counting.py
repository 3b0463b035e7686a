"""How many cases there are in each office, stage and lane, without counting again for every page.

Counting 300,000 cases takes a tenth of a second, a small office's a millisecond. A count is used for a hundred times as
long as it took, so that counting never takes more than a hundredth of the time, and small dockets see fresh numbers.
After that it is counted again, once for all who ask; nobody waits for a long count while there is one of late to show.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from secondlook.cases.lifecycle import stages as known_stages
from secondlook.records.queue import LANES
from secondlook.records.reading import Count, counts
from secondlook.web.record import Record

_TIMES_AS_LONG: Final = 100
_WAITED_FOR: Final = 0.02
"""Seconds: a page waits for a count that takes less."""
_OF_LATE: Final = 300.0
"""Seconds: an older count is not shown any more."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts and when they were true."""

    counts: tuple[Count, ...]
    at: datetime

    @property
    def newer_stages(self) -> tuple[str, ...]:
        """Stages that some case is in and that this release does not know."""
        return tuple(sorted({each.stage for each in self.counts} - set(map(str, known_stages()))))

    @property
    def newer_lanes(self) -> tuple[str, ...]:
        """The same of lanes."""
        return tuple(sorted({each.lane for each in self.counts if each.lane not in LANES and each.lane is not None}))

    def cases(self, offices: Collection[str], lane: str, stages: Collection[str]) -> int:
        """How many cases these offices have in these stages; an empty lane means any."""
        return sum(
            each.cases
            for each in self.counts
            if each.office in offices and each.stage in stages and (not lane or each.lane == lane)
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    counted: Counted
    took: float
    until: float

    @property
    def fresh(self) -> bool:
        return time.monotonic() < self.until

    @property
    def shown_while_counting(self) -> bool:
        return self.took > _WAITED_FOR and time.monotonic() < self.until + _OF_LATE


class Counting:
    """One process's counts, by the offices that somebody sees."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...] | None, _Kept] = {}
        self._under_way: dict[tuple[str, ...] | None, asyncio.Task[Counted]] = {}

    async def of(self, record: Record, offices: tuple[str, ...] | None) -> Counted:
        """The counts of these offices, or with None of all."""
        kept = self._kept.get(offices)
        if kept is not None and kept.fresh:
            return kept.counted
        if offices not in self._under_way:
            task = asyncio.create_task(self._count(record, offices))
            # Nobody may be waiting for it; whoever waits hears of its failure.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._under_way[offices] = task
        if kept is not None and kept.shown_while_counting:
            return kept.counted
        # Shielded, because somebody who leaves does not end the count of others.
        return await asyncio.shield(self._under_way[offices])

    async def _count(self, record: Record, offices: tuple[str, ...] | None) -> Counted:
        try:
            started = time.monotonic()
            found = await record.read(lambda connection: counts(connection, offices))
            counted = Counted(tuple(found), datetime.now(UTC))
            now = time.monotonic()
            self._kept = {key: each for key, each in self._kept.items() if now < each.until + _OF_LATE}
            self._kept[offices] = _Kept(counted, now - started, now + _TIMES_AS_LONG * (now - started))
            return counted
        finally:
            del self._under_way[offices]
