"""Drawing from a seeded generator, for the synthetic docket only: fast, and the same for the same seed."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Shares:
    """Weighted choice over a fixed table."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._words = tuple(shares)
        self._bounds = tuple(accumulate(shares.values()))

    def __call__(self, random: Random) -> str:
        drawn = random.random() * self._bounds[-1]
        return next(word for word, bound in zip(self._words, self._bounds, strict=True) if drawn < bound)


def pick(random: Random, values: Sequence[_T]) -> _T:
    """One of the values, each as likely."""
    return values[int(random.random() * len(values))]


def day(random: Random, first_year: int, last_year: int) -> str:
    """A day of these years, none later than 30 November 2011."""
    first = date(first_year, 1, 1).toordinal()
    last = date(last_year, 11, 30).toordinal()
    return date.fromordinal(first + int(random.random() * (last - first))).isoformat()
