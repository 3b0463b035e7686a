"""How many cases there are, without counting again for every page.

Counting 300,000 cases takes a tenth of a second, a small office's a millisecond. A count is used for a hundred times as
long as it took, so that counting never takes more than a hundredth of the time, and small dockets see fresh numbers.
After that it is counted again, once for all who ask; nobody waits for a long count while there is one of late to show.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import Connection

from secondlook.cases.lifecycle import stages as known_stages
from secondlook.records.queue import LANES
from secondlook.records.reading import Count, counts
from secondlook.web.record import Record

_TIMES_AS_LONG: Final = 100
_WAITED_FOR: Final = 0.02
"""Seconds: a page waits for a count that takes less."""
_OF_LATE: Final = 300.0
"""Seconds: an older count is not shown any more."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class At(Generic[T]):
    """What was counted, and when it was true."""

    found: T
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts by office, stage and lane, and when they were true."""

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
        return among(self.counts, offices, lane, stages)


def among(counts: Collection[Count], offices: Collection[str], lane: str, stages: Collection[str]) -> int:
    """How many of the counted cases are in these offices and stages; an empty lane means any."""
    return sum(
        each.cases
        for each in counts
        if each.office in offices and each.stage in stages and (not lane or each.lane == lane)
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    counted: At[object]
    took: float
    until: float

    @property
    def fresh(self) -> bool:
        return time.monotonic() < self.until

    @property
    def shown_while_counting(self) -> bool:
        return self.took > _WAITED_FOR and time.monotonic() < self.until + _OF_LATE


class Counting:
    """One process's counts, each by what was counted: of whose offices, of whom."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._under_way: dict[Hashable, asyncio.Task[At[object]]] = {}

    async def of(self, record: Record, offices: tuple[str, ...] | None) -> Counted:
        """The cases of these offices, or with None of all, by stage and lane."""
        counted = await self.kept(record, offices, lambda connection: counts(connection, offices))
        return Counted(tuple(counted.found), counted.at)

    async def kept(self, record: Record, key: Hashable, count: Callable[[Connection], T]) -> At[T]:
        """What is counted under a key: kept, or counted now. A key stands for one way of counting."""
        kept = self._kept.get(key)
        if kept is not None and kept.fresh:
            return cast(At[T], kept.counted)
        if key not in self._under_way:
            task = asyncio.create_task(self._count(record, key, count))
            # Nobody may be waiting for it; whoever waits hears of its failure.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._under_way[key] = task
        if kept is not None and kept.shown_while_counting:
            return cast(At[T], kept.counted)
        # Shielded, because somebody who leaves does not end the count of others.
        return cast(At[T], await asyncio.shield(self._under_way[key]))

    def at_hand(self, key: Hashable) -> At[Any] | None:
        """What was counted of late, for who does not wait for a count; None where nothing was."""
        kept = self._kept.get(key)
        return kept.counted if kept is not None and time.monotonic() < kept.until + _OF_LATE else None

    async def _count(self, record: Record, key: Hashable, count: Callable[[Connection], object]) -> At[object]:
        try:
            started = time.monotonic()
            counted = At(await record.read(count), datetime.now(UTC))
            now = time.monotonic()
            self._kept = {key: each for key, each in self._kept.items() if now < each.until + _OF_LATE}
            self._kept[key] = _Kept(counted, now - started, now + _TIMES_AS_LONG * (now - started))
            return counted
        finally:
            del self._under_way[key]
