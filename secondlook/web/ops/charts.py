"""Charts as plain SVG, drawn on the server: where each bar and line stands (docs/decisions/0020). Templates print them.

A chart draws the numbers of the table below it and no others. What it shows is also said in its title and description;
series differ in dash or place, not in colour alone; bars start at zero; nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 14, 30
_ACROSS: Final = WIDTH - _LEFT - _RIGHT
_UP: Final = HEIGHT - _TOP - _BOTTOM
_MOST_LABELS: Final = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis; ``at`` is its place along it."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline. ``look`` is its class in the style sheet, ``words`` name it in the legend."""

    look: str
    words: str
    points: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, with its class in the style sheet."""

    x: float
    y: float
    width: float
    height: float
    look: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What stands where within ``width`` and ``height``."""

    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    """The look and the words of each series, where there are several."""
    rows: bool = False
    """Whether the bars lie, one row below the other; ``up`` then names the rows."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = HEIGHT - _BOTTOM


def bars(numbers: Sequence[int], labels: Sequence[str]) -> Drawing:
    """A bar for each number, with as many of the labels as there is room for."""
    scale = _Scale.of(max(numbers, default=0))
    step = _ACROSS / max(len(numbers), 1)
    drawn = [
        Bar(_r(_LEFT + step * place + step * 0.1), scale.y(number), _r(step * 0.8), scale.height(number), "a")
        for place, number in enumerate(numbers)
    ]
    shown = range(0, len(labels), ceil(len(labels) / _MOST_LABELS) or 1) if labels else ()
    across = [Tick(_r(_LEFT + step * (place + 0.5)), labels[place]) for place in shown]
    return Drawing(tuple(across), scale.ticks, bars=tuple(drawn))


def lines(series: Sequence[tuple[str, Sequence[tuple[float, float]]]], across: Sequence[tuple[float, str]]) -> Drawing:
    """A line for each series of points. ``across`` are the labels of the axis, of which the first and last are its
    ends."""
    begin, end = across[0][0], across[-1][0]
    scale = _Scale.of(max((y for _, points in series for _, y in points), default=0))

    def x(value: float) -> float:
        return _r(_LEFT + _ACROSS * ((value - begin) / (end - begin) if end > begin else 0))

    looks = "abc"
    drawn = [
        Line(look, words, " ".join(f"{x(at)},{scale.y(number)}" for at, number in points))
        for look, (words, points) in zip(looks, series, strict=False)
    ]
    ticks = tuple(Tick(x(at), words) for at, words in across)
    legend = tuple((each.look, each.words) for each in drawn)
    return Drawing(ticks, scale.ticks, lines=tuple(drawn), legend=legend)


def shares(rows: Sequence[tuple[str, Sequence[int]]], parts: Sequence[str]) -> Drawing:
    """A lying bar for each row, of parts that follow each other from left to right, each row whole."""
    row, gap = 24, 24
    height = _TOP + len(rows) * (row + gap) + _BOTTOM
    drawn: list[Bar] = []
    names: list[Tick] = []
    for place, (name, numbers) in enumerate(rows):
        y = _TOP + place * (row + gap) + gap
        names.append(Tick(y - 5, name))
        total, begun = sum(numbers), 0
        for part, number in enumerate(numbers):
            if number:
                begin, share = WIDTH * begun / total, WIDTH * number / total
                drawn.append(Bar(_r(begin), y, _r(share), row, f"part{part}"))
                begun += number
    legend = tuple((f"part{part}", words) for part, words in enumerate(parts))
    return Drawing((), tuple(names), bars=tuple(drawn), legend=legend, rows=True, height=height - _BOTTOM)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From zero to a round number at or above the largest one."""

    top: int
    step: int

    @classmethod
    def of(cls, largest: float) -> _Scale:
        rough = max(largest, 4) / 4
        power = 10 ** floor(log10(rough))
        step = next(int(each * power) for each in (1, 2, 2.5, 5, 10) if each * power >= rough and each * power >= 1)
        return cls(step * ceil(max(largest, 1) / step), step)

    def y(self, number: float) -> float:
        return _r(_TOP + _UP * (1 - number / self.top))

    def height(self, number: float) -> float:
        return _r(_UP * number / self.top)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        return tuple(Tick(self.y(number), f"{number:,}") for number in range(0, self.top + 1, self.step))


def _r(number: float) -> float:
    return round(number, 1)
