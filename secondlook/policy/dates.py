"""Partial dates and anniversaries, as criteria.md defines them. Used by the evidence and the date comparisons of this
package. A day is an integer that reads as the day (20111205): it compares like the day and never overflows. Nothing
here may ask the clock what day it is.
"""

import calendar
from datetime import date
from typing import NamedTuple


class PartialDate(NamedTuple):
    """Every day from `earliest` to `latest` (both as 20111205); the same day twice when the date is full."""

    earliest: int
    latest: int
    text: str


def parse_partial_date(text: str) -> PartialDate | None:
    """The days meant by exactly `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None if it is none of them or no real day."""
    digits = text.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits)
    try:
        if len(text) == 10 and text[4] == "-" == text[7] and len(digits) == 8:
            date.fromisoformat(text)
            return PartialDate(number, number, text)
        if len(text) == 7 and text[4] == "-" and len(digits) == 6:
            last = calendar.monthrange(date(number // 100, number % 100, 1).year, number % 100)[1]
            return PartialDate(number * 100 + 1, number * 100 + last, text)
        if len(text) == 4 and len(digits) == 4 and number > 0:
            return PartialDate(number * 10000 + 101, number * 10000 + 1231, text)
    except ValueError:
        return None
    return None


def full_date(day: date) -> PartialDate:
    """`day` as a partial date that stands for itself alone."""
    number = day.year * 10000 + day.month * 100 + day.day
    return PartialDate(number, number, f"{day.year:04}-{day.month:02}-{day.day:02}")


def anniversary(day: int, years: int) -> int:
    """The same month and day `years` later; 1 March for 29 February in a year without one."""
    later = day + years * 10000
    if later % 10000 == 229 and not calendar.isleap(later // 10000):
        return later + 72  # ...0229 -> ...0301
    return later
