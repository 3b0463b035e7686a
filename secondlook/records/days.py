"""The record day by day: what came in, what was decided, how old the open cases are, how much is judged. Counted anew
from the record each time (``records.counted`` says when), so that no count can drift from what it counts. Days are UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, Connection, func, select, type_coerce

from secondlook.cases.lifecycle import final_stages
from secondlook.records.schema import cases, dispositions, inbox, source_asks

_HOUR: Final = 3_600_000_000
_DAY: Final = 24 * _HOUR
_EPOCH: Final = date(1970, 1, 1)
HOURS: Final = 24
AGES: Final = (7, 30, 90, 180, 365)
"""Days at which the next band of ages begins; the first one begins at 0."""


@dataclass(frozen=True, slots=True)
class Days:
    """``received`` are cases by the day they first came in, ``decided`` by the day and kind of each round's end, and
    ``ended`` by the day of their first end: a case that is opened again and ends again is decided twice, ended once.

    ``ages`` counts open cases by stage and band (``AGES``), ``oldest`` is the oldest one's age in days by stage;
    ``judged`` are the events of the last hours, each hour by the number of hours since 1970.
    """

    received: Mapping[date, int]
    decided: Mapping[date, Mapping[str, int]]
    ended: Mapping[date, int]
    ages: Mapping[str, tuple[int, ...]]
    oldest: Mapping[str, int]
    judged: Mapping[int, int]
    asked: Mapping[str, Mapping[str, int]]
    """What outside sources were asked, by source and what came of it."""


def count_days(connection: Connection, now: datetime) -> Days:
    """Count all of it, as of ``now``. Reads an entry of an index for each case: for whoever has time."""
    today, final = (now.date() - _EPOCH).days, set(map(str, final_stages()))
    received: defaultdict[date, int] = defaultdict(int)
    ages: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(AGES) + 1))
    oldest: defaultdict[str, int] = defaultdict(int)
    by_day = _number(cases.c.received_at, _DAY)
    for stage, day, number in connection.execute(select(cases.c.stage, by_day, func.count()).group_by("stage", by_day)):
        received[_day(day)] += number
        if stage not in final:
            age = max(0, today - day)
            ages[stage][sum(age >= begins for begins in AGES)] += number
            oldest[stage] = max(oldest[stage], age)
    decided: defaultdict[date, dict[str, int]] = defaultdict(dict)
    ended: defaultdict[date, int] = defaultdict(int)
    by_day = _number(dispositions.c.at, _DAY)
    first = dispositions.c.round == 1
    for day, kind, is_first, number in connection.execute(
        select(by_day, dispositions.c.disposition, first, func.count()).group_by(
            by_day, dispositions.c.disposition, first
        )
    ):
        decided[_day(day)][kind] = decided[_day(day)].get(kind, 0) + number
        if is_first:
            ended[_day(day)] += number
    by_hour = _number(inbox.c.judged_at, _HOUR)
    lately = select(by_hour, func.count()).where(inbox.c.judged_at > now - timedelta(hours=HOURS)).group_by(by_hour)
    asked: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for source, state, number in connection.execute(
        select(source_asks.c.source, source_asks.c.state, func.count()).group_by("source", "state")
    ):
        asked[source][state] = number
    return Days(
        received=dict(sorted(received.items())),
        decided=dict(sorted(decided.items())),
        ended=dict(sorted(ended.items())),
        ages={stage: tuple(bands) for stage, bands in ages.items()},
        oldest=dict(oldest),
        judged={hour: number for hour, number in connection.execute(lately)},
        asked=dict(asked),
    )


def hour(at: datetime) -> int:
    """The hours since 1970, as ``judged`` counts them."""
    return int(at.timestamp()) // 3600


def hour_began(number: int) -> datetime:
    """The other way."""
    return datetime.fromtimestamp(number * 3600, UTC)


def _number(column: ColumnElement[datetime], length: int) -> ColumnElement[int]:
    """The whole days or hours since 1970 of a time."""
    return type_coerce(column, BigInteger) // length


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)
