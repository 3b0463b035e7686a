"""The numbers of the operators' page as CSV: all that the charts know, in codes, ISO dates and UTC. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from secondlook.records.days import AGES, HOURS, Days, hour, hour_began
from secondlook.records.status import Counts
from secondlook.web.ops.figures import DISPOSITIONS, Cell
from secondlook.web.ops.way import day_by_day

Rows = Sequence[tuple[Cell, ...]]


def _days(days: Days, _counts: Counts, now: datetime) -> tuple[tuple[str, ...], Rows]:
    headings = ("day", "received", *DISPOSITIONS, "first_decided", "received_so_far", "first_decided_so_far")
    return headings, [
        (
            each.day.isoformat(),
            each.received,
            *(each.decided.get(kind, 0) for kind in DISPOSITIONS),
            each.ended,
            each.received_so_far,
            each.ended_so_far,
        )
        for each in day_by_day(days, now.date())
    ]


def _ages(days: Days, _counts: Counts, _now: datetime) -> tuple[tuple[str, ...], Rows]:
    headings = ("stage", *(f"from_{begin}_days" for begin in (0, *AGES)), "oldest_days")
    return headings, [(stage, *numbers, days.oldest.get(stage, 0)) for stage, numbers in days.ages.items()]


def _hours(days: Days, _counts: Counts, now: datetime) -> tuple[tuple[str, ...], Rows]:
    every = [hour(now) - back for back in range(HOURS - 1, -1, -1)]
    return ("hour", "judged"), [(hour_began(each).isoformat(), days.judged.get(each, 0)) for each in every]


def _stages(_days: Days, counts: Counts, _now: datetime) -> tuple[tuple[str, ...], Rows]:
    return ("stage", "cases"), list(counts.cases.items())


def _stuck(_days: Days, counts: Counts, _now: datetime) -> tuple[tuple[str, ...], Rows]:
    return ("case", "event", "code", "since_seconds"), [
        (each.case_id, each.event_id or "", each.code, "" if each.since_seconds is None else round(each.since_seconds))
        for each in counts.stuck
    ]


FILES: Final[Mapping[str, Callable[[Days, Counts, datetime], tuple[tuple[str, ...], Rows]]]] = {
    "days": _days,
    "ages": _ages,
    "hours": _hours,
    "stages": _stages,
    "stuck": _stuck,
}


def file_of(name: str, days: Days, counts: Counts, now: datetime) -> str:
    """The text of one of ``FILES``."""
    headings, rows = FILES[name](days, counts, now)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue()
