"""The way to the last case: how far it is, and on which day it ends at the pace of late. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import ceil
from typing import Final

from secondlook.records.days import Days

_WINDOW: Final = 28
_LONGEST: Final = 36_525
"""Days: what lies further ahead than a hundred years is no date."""


@dataclass(frozen=True, slots=True)
class Way:
    """``open`` cases have never been decided. ``pace`` is cases a day over the last ``window`` whole days, ``slow`` and
    ``fast`` that of the slowest and the fastest week of them, where there are four."""

    received: int
    ended: int
    window: int
    pace: float
    slow: float | None
    fast: float | None
    today: date

    @property
    def open(self) -> int:
        return self.received - self.ended

    def end_at(self, pace: float | None) -> date | None:
        """The day of the last decision at a pace, if no further case comes in; None where there is none."""
        if not pace or not self.open:
            return None
        days = ceil(self.open / pace)
        return self.today + timedelta(days=days) if days <= _LONGEST else None


@dataclass(frozen=True, slots=True)
class Day:
    """One day: what came in and was decided on it, and all up to its end."""

    day: date
    received: int
    decided: Mapping[str, int]
    ended: int
    received_so_far: int
    ended_so_far: int


def way(days: Days, today: date) -> Way:
    """Where the docket stands today."""
    first = min(days.received, default=today)
    whole = (today - first).days
    window = min(_WINDOW, max(whole, 1))
    # A docket of today has no whole day yet.
    last = today - timedelta(days=1) if whole else today
    each_day = [days.ended.get(last - timedelta(days=back), 0) for back in range(window)]
    weeks = [sum(each_day[at : at + 7]) / 7 for at in range(0, _WINDOW, 7)] if window == _WINDOW else []
    return Way(
        received=sum(days.received.values()),
        ended=sum(days.ended.values()),
        window=window,
        pace=sum(each_day) / window,
        slow=min(weeks, default=None),
        fast=max(weeks, default=None),
        today=today,
    )


def day_by_day(days: Days, today: date) -> tuple[Day, ...]:
    """Every day from the first one with a case to today."""
    known = [*days.received, *days.decided]
    first = min(known, default=today)
    every = [first + timedelta(days=number) for number in range((max(today, *known, first) - first).days + 1)]
    received = [days.received.get(day, 0) for day in every]
    ended = [days.ended.get(day, 0) for day in every]
    return tuple(
        Day(day, came, days.decided.get(day, {}), done, came_so_far, done_so_far)
        for day, came, done, came_so_far, done_so_far in zip(
            every, received, ended, accumulate(received), accumulate(ended), strict=True
        )
    )
