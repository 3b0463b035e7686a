"""Line charts as SVG, without any drawing library. Called by ``docket``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM, _RIGHT = 760, 260, 70, 34, 40, 150
_COLOURS = ("#005ea2", "#b50909", "#008817", "#8168b3", "#c05600", "#3d4551")
_STEPS = 4


def write_charts(path: Path, charts: Mapping[str, Mapping[str, Points]], across: str) -> None:
    """One chart below the other; each maps a line's name to its points. ``across`` says what the x axis is."""
    drawn = [_chart(title, lines, across, number * _HEIGHT) for number, (title, lines) in enumerate(charts.items())]
    size = f'width="{_WIDTH}" height="{_HEIGHT * len(charts)}"'
    style = '<style>text{font:12px sans-serif;fill:#1b1b1b}</style><rect width="100%" height="100%" fill="white"/>'
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{"".join(drawn)}</svg>\n', encoding="utf-8")


def _chart(title: str, lines: Mapping[str, Points], across: str, down: int) -> str:
    points = [point for line in lines.values() for point in line]
    widest = max((x for x, _ in points), default=0.0) or 1.0
    highest = max((y for _, y in points), default=0.0) or 1.0
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x / widest * (right - _LEFT), bottom - y / highest * (bottom - _TOP)

    parts = [f'<text x="{_LEFT}" y="18">{escape(title)}</text>']
    for step in range(_STEPS + 1):
        x, y = place(widest * step / _STEPS, highest * step / _STEPS)
        parts.append(f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dfe1e2"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{highest * step / _STEPS:,.0f}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{widest * step / _STEPS:,.0f}</text>')
    parts.append(f'<text x="{right}" y="{bottom + 32}" text-anchor="end">{escape(across)}</text>')
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{right + 10}" y="{_TOP + 16 * number + 6}" fill="{colour}">{escape(name)}</text>')
    return f'<g transform="translate(0 {down})">{"".join(parts)}</g>'
