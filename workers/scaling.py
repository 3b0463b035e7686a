"""How many worker processes a host should run: a pure decision from what is seen and what was decided before.

The scaler calls it every few seconds. It must never look at a clock, a server or the record itself, so that its
promises can be tested: never below the least, up fast, down slowly, still where it cannot see or cannot help.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

EVENTS_A_WORKER = 1800
"""Events that one worker may have waiting: about a minute's work."""

OLD_SECONDS = 60.0
"""An event that waits longer than this asks for one worker more, however few others wait."""

SETTLE_SECONDS = 20.0
"""From starting workers until what they bring shows in the rate, which is counted over ten seconds."""

CALM_SECONDS = 300.0
"""Fewer workers must have been enough for so long before the first of them is stopped."""

STEP_SECONDS = 60.0
"""From one worker's stop to the next one's, while it stays calm."""

TRY_AGAIN_SECONDS = 300.0
"""After more workers brought nothing, no more are tried for so long."""

_FREE_BELOW = 0.5
_FULL_ABOVE = 0.75
_GAIN = 1.1
_BOUNDS = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")
_MOST_EVER = 64


class Direction(StrEnum):
    """Which way a decision goes."""

    UP = "up"
    DOWN = "down"
    HOLD = "hold"


class Reason(StrEnum):
    """Why a decision was made."""

    BACKLOG = "backlog"
    AGE = "age"
    CALM = "calm"
    ENOUGH = "enough"
    AT_MOST = "at_most"
    SETTLING = "settling"
    NOT_CALM_YET = "not_calm_yet"
    PLACES_FREE = "places_free"
    NO_GAIN = "no_gain"
    TEMPORAL_SILENT = "temporal_silent"
    RECORD_SILENT = "record_silent"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most worker processes of a host. Raises ValueError unless 1 <= least <= most <= 64."""

    least: int
    most: int

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most <= _MOST_EVER:
            raise ValueError(f"write a number from 1 to {_MOST_EVER}, a range such as 2-6, or auto")

    @classmethod
    def parse(cls, text: str, cores: int) -> Bounds:
        """``4``, ``2-6``, or ``auto``: from one to as many as the host has cores, but at least two.

        A worker keeps one core busy. Raises ValueError.
        """
        if text == "auto":
            return cls(1, min(max(2, cores), _MOST_EVER))
        match = _BOUNDS.fullmatch(text)
        return cls(int(match[1]), int(match[2] or match[1])) if match else cls(0, 0)

    @property
    def fixed(self) -> bool:
        return self.least == self.most

    def hold(self, count: int) -> int:
        """The nearest number within the bounds."""
        return min(max(count, self.least), self.most)


@dataclass(frozen=True, slots=True)
class Load:
    """What is seen. ``places_used`` is the share (0 to 1) of the workers' places that hold a case, None if unknown."""

    backlog: int
    oldest_seconds: float
    drained_per_second: float
    places_used: float | None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the next decision must know of earlier ones; times in seconds of one steady clock."""

    calm_since: float | None = None
    raised_at: float | None = None
    rate_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """So many workers from now on, and why."""

    workers: int
    direction: Direction
    reason: Reason
    memory: Memory


def decide(bounds: Bounds, workers: int, seen: Load | Reason, at: float, memory: Memory) -> Decision:
    """Decide for ``workers`` running ones. ``seen`` is a Reason where Temporal or the record does not answer."""
    if isinstance(seen, Reason):
        return _to(bounds.hold(workers), workers, seen, replace(memory, calm_since=None))
    wanted, reason = _wanted(seen, workers)
    if wanted > workers:
        return _up(bounds, workers, wanted, reason, seen, at, replace(memory, calm_since=None))
    if bounds.hold(wanted) < workers:
        return _down(workers, at, memory)
    return _to(bounds.hold(workers), workers, Reason.ENOUGH, Memory())


def _wanted(load: Load, workers: int) -> tuple[int, Reason]:
    """How many workers the load asks for, whatever the bounds."""
    for_backlog = ceil(load.backlog / EVENTS_A_WORKER)
    if load.oldest_seconds > OLD_SECONDS and for_backlog <= workers:
        return workers + 1, Reason.AGE
    if load.places_used is not None and load.places_used * workers > _FULL_ABOVE * (workers - 1):
        return max(for_backlog, workers), Reason.BACKLOG
    return for_backlog, Reason.BACKLOG


def _up(bounds: Bounds, workers: int, wanted: int, reason: Reason, load: Load, at: float, memory: Memory) -> Decision:
    """At most twice as many at once, and only where more can help."""
    if workers >= bounds.most:
        return _to(bounds.most, workers, Reason.AT_MOST, memory)
    if load.places_used is not None and load.places_used < _FREE_BELOW:
        return _to(bounds.hold(workers), workers, Reason.PLACES_FREE, memory)
    if memory.raised_at is not None:
        since = at - memory.raised_at
        if since < SETTLE_SECONDS:
            return _to(bounds.hold(workers), workers, Reason.SETTLING, memory)
        if since < TRY_AGAIN_SECONDS and load.drained_per_second <= memory.rate_before * _GAIN:
            return _to(bounds.hold(workers), workers, Reason.NO_GAIN, memory)
    raised = Memory(raised_at=at, rate_before=load.drained_per_second)
    return _to(bounds.hold(min(wanted, workers * 2)), workers, reason, raised)


def _down(workers: int, at: float, memory: Memory) -> Decision:
    """One at a time, after a long calm."""
    calm_since = at if memory.calm_since is None else memory.calm_since
    if at - calm_since < CALM_SECONDS:
        return _to(workers, workers, Reason.NOT_CALM_YET, Memory(calm_since=calm_since))
    return _to(workers - 1, workers, Reason.CALM, Memory(calm_since=at - CALM_SECONDS + STEP_SECONDS))


def _to(workers: int, before: int, reason: Reason, memory: Memory) -> Decision:
    direction = Direction.UP if workers > before else Direction.DOWN if workers < before else Direction.HOLD
    return Decision(workers, direction, reason, memory)
