"""The queue's counts: used for a while, counted once for all who ask, and waited for only where that is short."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count

import pytest

from secondlook.cases.stages.held import HELD
from secondlook.records.database import DatabaseUnavailable
from secondlook.records.reading import Count
from secondlook.web.queue import counting
from secondlook.web.queue.counting import Counting


@dataclass
class Clock:
    """A monotonic clock that stands still unless it is moved."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Slow:
    """A record in which each count takes a while, and finds one case more than the last. Counts end when let go."""

    clock: Clock
    seconds: float
    numbers: count[int] = field(default_factory=lambda: count(1))
    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    broken: bool = False

    async def read(self, _unit: object) -> list[Count]:
        self.asked += 1
        await self.go.wait()
        self.clock.now += self.seconds
        if self.broken:
            raise DatabaseUnavailable("unreachable")
        return [Count("BAL", HELD, None, next(self.numbers))]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(counting, "time", clock)
    return clock


async def number(found: Counting, record: Slow) -> int:
    return (await found.of(record, None)).cases(["BAL"], "", [HELD])  # type: ignore[arg-type]


def test_a_long_count_is_shown_while_the_next_one_is_made(clock: Clock) -> None:
    async def day() -> list[int]:
        found, record = Counting(), Slow(clock, 0.1)
        record.go.set()
        shown = [await number(found, record)]
        clock.now += 9
        shown.append(await number(found, record))
        clock.now += 2
        record.go.clear()
        shown += [await number(found, record), await number(found, record)]
        record.go.set()
        await asyncio.gather(*found._under_way.values())
        assert record.asked == 2, "one count for all who ask"
        shown.append(await number(found, record))
        clock.now += 1000
        shown.append(await number(found, record))
        return shown

    assert asyncio.run(day()) == [1, 1, 1, 1, 2, 3], "an old count is not shown any more"


def test_a_short_count_is_waited_for(clock: Clock) -> None:
    async def day() -> list[int]:
        found, record = Counting(), Slow(clock, 0.001)
        record.go.set()
        shown = [await number(found, record)]
        clock.now += 0.2
        return [*shown, await number(found, record)]

    assert asyncio.run(day()) == [1, 2]


def test_whoever_waits_hears_of_a_failure_and_the_next_one_counts_again(clock: Clock) -> None:
    async def day() -> int:
        found, record = Counting(), Slow(clock, 0.1, broken=True)
        record.go.set()
        with pytest.raises(DatabaseUnavailable):
            await number(found, record)
        record.broken = False
        return await number(found, record)

    assert asyncio.run(day()) == 1


def test_whoever_leaves_does_not_end_the_count_of_others(clock: Clock) -> None:
    async def day() -> int:
        found, record = Counting(), Slow(clock, 0.1)
        leaving = asyncio.create_task(number(found, record))
        staying = asyncio.create_task(number(found, record))
        await asyncio.sleep(0)
        leaving.cancel()
        record.go.set()
        return await staying

    assert asyncio.run(day()) == 1
