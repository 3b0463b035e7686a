"""The charts of the operators' page, each with its sentence and its table. Pure.

Each says in words what it shows; whoever sees no drawing misses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from secondlook.cases.lifecycle import stages
from secondlook.records.days import AGES, HOURS, Days, hour, hour_began
from secondlook.web import words
from secondlook.web.ops import charts
from secondlook.web.ops.charts import Drawing
from secondlook.web.ops.way import Way, day_by_day, way

Cell = str | int
_POINTS: Final = 40
_SHOWN_DAYS: Final = 28
DISPOSITIONS: Final = {"closed": "Closed", "dismissed": "Dismissed", "continued": "Continued"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart. ``csv`` is the name of the file with all its numbers; the table has those that are drawn."""

    id: str
    title: str
    sentence: str
    drawing: Drawing | None
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    csv: str


def figures(days: Days, now: datetime) -> tuple[Figure, ...]:
    """All of them, in the page's order."""
    return (_way(days, now.date()), *_by_day(days, now.date()), _ages(days), _hours(days, now))


def _way(days: Days, today: date) -> Figure:
    stands, every = way(days, today), day_by_day(days, today)
    step = -(-len(every) // _POINTS)
    # Counted back from today, so that the last point is always today's.
    shown = every[::-1][::step][::-1]
    decided = [(float(each.day.toordinal()), float(each.ended_so_far)) for each in shown]
    received = [(float(each.day.toordinal()), float(each.received_so_far)) for each in shown]
    series = [("Decided", decided), ("Received", received)]
    end = stands.end_at(stands.pace)
    last = every[-1].day
    if end is not None:
        # No further ahead than the docket is old, or half a year: else the past would be a dot in the corner.
        until = min(end, today + max(2 * (today - every[0].day), timedelta(days=180)))
        ahead = stands.ended + stands.pace * (until - today).days
        future = [
            (float(today.toordinal()), float(stands.ended)),
            (float(until.toordinal()), min(ahead, stands.received)),
        ]
        series.append(("At this pace", future))
        last = until
    return Figure(
        "way",
        f"The way to {stands.received:,}",
        way_in_words(stands),
        charts.lines(series, _calendar(shown[0].day, last)) if len(every) > 1 or end else None,
        ("Up to the end of", "Received", "Decided"),
        tuple((_day(each.day), each.received_so_far, each.ended_so_far) for each in shown[::-1]),
        "days",
    )


def way_in_words(stands: Way) -> str:
    """How far it is, and when it ends."""
    text = f"{stands.ended:,} of {stands.received:,} cases have been decided; {stands.open:,} have not."
    if not stands.open:
        return text
    span = "today" if stands.window == 1 else f"the last {stands.window} whole days"
    end = stands.end_at(stands.pace)
    if not stands.pace:
        return f"{text} None was decided in {span}, so there is no day on which it ends."
    text += f" At the pace of {span} ({_pace(stands.pace)} a day)"
    text += f" the last one is decided on {_day(end)}" if end else " it takes more than a hundred years"
    if stands.slow is not None and stands.fast is not None and stands.slow != stands.fast:
        slowest, fastest = stands.end_at(stands.slow), stands.end_at(stands.fast)
        text += "; at that of the fastest of these weeks " + (f"on {_day(fastest)}" if fastest else "much later")
        text += ", of the slowest " + (f"on {_day(slowest)}" if slowest else "never")
    return f"{text}. Cases that come in until then are not reckoned with."


def _by_day(days: Days, today: date) -> tuple[Figure, Figure]:
    every = [today - timedelta(days=back) for back in range(_SHOWN_DAYS - 1, -1, -1)]
    received = [days.received.get(day, 0) for day in every]
    kinds = [[days.decided.get(day, {}).get(kind, 0) for kind in DISPOSITIONS] for day in every]
    decided = [sum(each) for each in kinds]
    names = [_day(day, year=False) for day in every]
    return (
        Figure(
            "received",
            "Received, by day",
            f"{sum(received):,} cases came in during the last {_SHOWN_DAYS} days, {received[-1]:,} of them today.",
            charts.bars(received, names) if any(received) else None,
            ("Day", "Received"),
            tuple((_day(day), number) for day, number in zip(every, received, strict=True))[::-1],
            "days",
        ),
        Figure(
            "decided",
            "Decided, by day",
            f"{sum(decided):,} decisions took effect during the last {_SHOWN_DAYS} days, {decided[-1]:,} today.",
            charts.bars(decided, names) if any(decided) else None,
            ("Day", *DISPOSITIONS.values(), "All"),
            tuple(_cells(_day(day), *each, sum(each)) for day, each in zip(every, kinds, strict=True))[::-1],
            "days",
        ),
    )


def _ages(days: Days) -> Figure:
    bands = _bands()
    known = [str(each) for each in stages() if not each.final]
    listed = [*known, *sorted(days.ages.keys() - set(known))]
    rows = [(words.stage(stage), days.ages[stage]) for stage in listed if stage in days.ages]
    every = [sum(numbers[band] for _, numbers in rows) for band in range(len(bands))]
    old = sum(every[-2:])
    sentence = f"{sum(every):,} cases are open; {old:,} of them came in {AGES[-2]} days ago or earlier."
    if rows:
        oldest = max(days.oldest, key=lambda stage: days.oldest[stage])
        sentence += f" The oldest came in {_days(days.oldest[oldest])} ago: {words.stage(oldest).lower()}."
    return Figure(
        "ages",
        "Open cases by stage and age",
        f"{sentence} Age is counted from when the case came in, whatever stages it has been through.",
        charts.shares(rows, bands) if rows else None,
        ("Stage", *bands, "All", "Oldest, days"),
        tuple(
            (words.stage(stage), *days.ages[stage], sum(days.ages[stage]), days.oldest.get(stage, 0))
            for stage in listed
            if stage in days.ages
        ),
        "ages",
    )


def _hours(days: Days, now: datetime) -> Figure:
    every = [hour(now) - back for back in range(HOURS - 1, -1, -1)]
    judged = [days.judged.get(each, 0) for each in every]
    begins = [hour_began(each) for each in every]
    return Figure(
        "hours",
        "Events judged, by hour",
        f"{sum(judged):,} events and timers were judged in the last {HOURS} hours, at most {max(judged):,} in an hour.",
        charts.bars(judged, [f"{each:%H:%M}" for each in begins]) if any(judged) else None,
        ("Hour that begins (UTC)", "Judged"),
        tuple((f"{_day(at.date())}, {at:%H:%M}", number) for at, number in zip(begins, judged, strict=True))[::-1],
        "hours",
    )


def _bands() -> tuple[str, ...]:
    ends = [f"{begin}–{end - 1} days" for begin, end in zip((0, *AGES), AGES, strict=False)]
    return (*ends, f"{AGES[-1]} days or more")


def _calendar(begin: date, end: date) -> list[tuple[float, str]]:
    """Labels of an axis of days: its ends, and what lies evenly between."""
    parts = min(4, max(1, (end - begin).days))
    days = [begin + (end - begin) * number // parts for number in range(parts + 1)]
    return [(float(day.toordinal()), _day(day)) for day in days]


def _day(day: date | None, *, year: bool = True) -> str:
    return "" if day is None else f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


def _cells(*cells: Cell) -> tuple[Cell, ...]:
    return cells


def _pace(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
