"""Times as people count them: an age on a day, the days to a hearing. Called by the case's view; it decides nothing."""

from __future__ import annotations

import calendar
from datetime import date

from secondlook.web import words


def age_on(birth: str, day: date) -> str:
    """An age in words; two numbers where the date of birth leaves it open, nothing where it is no date."""
    span = _span(birth)
    if span is None or span[0] > day:
        return ""
    youngest, oldest = (max(_years(each, day), 0) for each in reversed(span))
    years = f"{oldest}" if youngest == oldest else f"{youngest} or {oldest}"
    return f"{years} years old on {words.day(day.isoformat())}"


def days_to(when: str, day: date) -> str:
    """How far away a full date is; nothing for any other text."""
    try:
        days = (date.fromisoformat(when) - day).days
    except ValueError:
        return ""
    if days == 0:
        return "today"
    number = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"in {number}" if days > 0 else f"{number} ago"


def _span(partial: str) -> tuple[date, date] | None:
    """The first and the last day that a partial date may mean."""
    try:
        year, *rest = (int(part) for part in partial.split("-"))
        first, last = (rest[0], rest[0]) if rest else (1, 12)
        if len(rest) > 1:
            return date(year, first, rest[1]), date(year, first, rest[1])
        return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
    except ValueError:
        return None


def _years(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
