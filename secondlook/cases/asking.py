"""What an attorney asks for: which facts, of whom, due when. Read by the review's rules, by the judging transaction and
by pages.

Pure. It says what is asked together, what answers it and when it is late; it never moves a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final

from secondlook.cases.fact_table import FACTS
from secondlook.cases.stage import TimerKind

_LAST_DAY: Final = date(9999, 12, 30)
"""The last one that has an end in UTC in every zone."""


@dataclass(frozen=True, slots=True)
class FactWanted:
    """One fact that is asked for: of whom, and the day by which it is due."""

    fact: str
    of: str
    due: date

    @property
    def protected(self) -> bool:
        """Whether no sender may be told of it (8 USC 1367); of a fact of a newer release only that one can know."""
        return self.fact not in FACTS or FACTS[self.fact].protected


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one addressee by one day: the places of its facts in the review's list. What is protected is
    asked for apart, so that nothing of it shows in what senders read.
    """

    addressee: str
    due: date
    protected: bool
    places: tuple[int, ...]


def requests_in(wanted: Sequence[FactWanted]) -> tuple[Request, ...]:
    """A review's list as the requests that it makes, in its order."""
    together: dict[tuple[str, date, bool], list[int]] = {}
    for place, each in enumerate(wanted):
        together.setdefault((each.of, each.due, each.protected), []).append(place)
    return tuple(Request(*key, tuple(places)) for key, places in together.items())


def answered(wanted: Sequence[FactWanted], still_open: Iterable[int], told: Mapping[str, object]) -> tuple[int, ...]:
    """The places that facts answer: with a value, or by saying why there is none, also again. That nobody asked is no
    answer.
    """
    return tuple(place for place in still_open if (name := wanted[place].fact) in told and _says_something(told[name]))


def _says_something(fact: object) -> bool:
    return not (isinstance(fact, Mapping) and fact.get("unknown") == "not_asked")


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(min(day, _LAST_DAY), time(23, 59), zone).astimezone(UTC)


def deadlines(
    usual: Mapping[str, datetime], wanted: Sequence[FactWanted], now: datetime, zone: tzinfo
) -> dict[str, datetime]:
    """The stage's deadlines for what is wanted: the first reminder no later than the first due day's end in the
    office's ``zone``, overdue after the last one's. A day that is over already says nothing.
    """
    ends = sorted(end for each in wanted if (end := _end_of(each.due, zone)) > now)
    if not ends:
        return dict(usual)
    reminder = min(usual[TimerKind.REMINDER], ends[0])
    return {**usual, TimerKind.REMINDER.value: reminder, TimerKind.OVERDUE.value: ends[-1]}
