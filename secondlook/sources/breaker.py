"""A circuit breaker: leaves a source alone for a while after it failed several times in a row. Pure.

``activities.asking`` keeps one for each source and process and tells it the time. It never asks anything itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Breaker:
    """State of one source. Times are seconds on any clock that never goes back.

    After ``limit`` failures in a row it opens: nothing is let through for ``cool_off`` seconds, then one ask in each
    further ``cool_off`` until one of them goes well.
    """

    limit: int = 5
    cool_off: float = 30.0
    failures: int = 0
    not_before: float = float("-inf")

    @property
    def open(self) -> bool:
        """Whether the source counts as down."""
        return self.failures >= self.limit

    def lets(self, now: float) -> bool:
        """Whether an ask may be made now."""
        return not self.open or now >= self.not_before

    def asked(self, now: float) -> Breaker:
        """An ask is being made: while open it is the only one, even if its end is never told."""
        return replace(self, not_before=now + self.cool_off) if self.open else self

    def went_well(self) -> Breaker:
        """The source answered: all is forgotten."""
        return Breaker(self.limit, self.cool_off)

    def failed(self, now: float) -> Breaker:
        """The source did not answer, or answered what nobody can use."""
        return replace(self, failures=self.failures + 1, not_before=now + self.cool_off)
