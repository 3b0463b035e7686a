"""Times as people count them: an age on a day, years between dates, the days to a hearing. Called by whatever shows a
case; it decides nothing.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final

from secondlook.web import words

_DAY: Final = r"\d{4}(?:-\d\d){0,2}"
_YEARS_LATER: Final = re.compile(
    rf"(?P<the>[Tt])he (?P<one>[a-z -]+) \((?P<day>{_DAY})\)(?: plus (?P<plus>\d+) years)? is (?P<no>not )?"
    rf"(?P<verb>on or before|on or after|before|after) the (?P<other>[a-z -]+) \((?P<of>{_DAY})\)"
    r"(?: plus (?P<years>\d+) years)?"
)
"""A comparison of two dates, one of them some years later, as screening words it (``policy.comparisons``)."""
_TURNED: Final = {"before": "after", "after": "before", "on or before": "on or after", "on or after": "on or before"}
_APART: Final = {
    "before": "less than",
    "after": "more than",
    "on or after": "at least",
    "on or before": "at most",
}
_AGED: Final = {
    "before": "younger than {n}",
    "after": "past the {n}{th} birthday",
    "on or after": "at least {n} years old",
    "on or before": "no older than on the {n}{th} birthday",
}


def age_on(birth: str, day: date) -> str:
    """An age in words; two numbers where the date of birth leaves it open, nothing where it is no date."""
    span = _span(birth)
    if span is None or span[0] > day:
        return ""
    return f"{_years_between(span, (day, day))} years old on {words.day(day.isoformat())}"


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


def because(sentence: str) -> str:
    """A reason of a screening with ages and years in place of its formulas, and dates and offenses in words."""
    return words.with_days(_YEARS_LATER.sub(_counted, sentence).replace(" for dui", " for driving under the influence"))


def _counted(found: re.Match[str]) -> str:
    """``X is after Y plus 65 years`` as how old somebody was, or how long something was, on the day X."""
    plus, years, verb = found["plus"], found["years"], found["verb"]
    if (plus is None) == (years is None):
        return found[0]
    later, day, since, number = found["one"], found["day"], found["of"], years
    earlier = found["other"]
    if years is None:
        later, earlier, day, since, number, verb = earlier, later, since, day, plus, _TURNED[verb]
    spans = _span(since), _span(day)
    if spans[0] is None or spans[1] is None or spans[0][0] > spans[1][1]:
        return found[0]
    between, no = _years_between(spans[0], spans[1]), found["no"] or ""
    on = f"on {words.day(day)}" if later == "as-of date" else f"at the {later.removesuffix(' date')}, {words.day(day)}"
    if earlier == "birth date":
        aged = _AGED[verb].format(n=number, th=_th(int(number)))
        return f"{found['the']}he person was {no}{aged} {on} ({between} years old)"
    before = words.day(day) if later == "as-of date" else f"the {later} ({words.day(day)})"
    said = f"{found['the']}he {earlier} ({words.day(since)}) was {no}{_APART[verb]} {number} years before {before}"
    return f"{said} ({between} year{'' if between == '1' else 's'})"


def _th(number: int) -> str:
    return "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _years_between(since: tuple[date, date], until: tuple[date, date]) -> str:
    least, most = (max(_years(*ends), 0) for ends in ((since[1], until[0]), (since[0], until[1])))
    if least == most:
        return f"{least}"
    return f"{least} or {most}" if most == least + 1 else f"{least} to {most}"


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
