"""One observation: what one sender said of one fact, and where it stands in the order of observations (INTERFACES,
"Which observation stands"). Read by ``standing``. It judges nothing, and raises nothing for a value that an older
release let in.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _EPOCH.toordinal()
_SECOND = 10**12
_TIME = re.compile(r"(.{10})[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:[Zz]|([+-]\d\d):(\d\d))", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


def canonical(value: object) -> bytes:
    """The one JSON text of a value, for comparing."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def proves_nothing(value: object) -> bool:
    """Whether a partial search that answers this has found nothing (criteria.md, "Coverage")."""
    return value is None or value is False or value == "none" or (type(value) is int and value == 0) or value == []


def is_wrapper(given: object) -> bool:
    """Whether a fact comes in a wrapper: a key ``value`` or ``unknown`` makes one."""
    return isinstance(given, dict) and ("value" in given or "unknown" in given)


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What was said of one fact. ``unknown`` is the reason where no value was given."""

    given: object
    value: object
    unknown: str | None
    source: str | None
    by_abuser: bool
    partial: bool
    _order: tuple[int, bytes] = field(repr=False)

    @classmethod
    def of(cls, given: object, received_at: datetime) -> "Observation":
        """One fact as it was given."""
        wrapper: Mapping[str, object] = given if isinstance(given, dict) and is_wrapper(given) else {"value": given}
        source = wrapper.get("source")
        return cls(
            given=given,
            value=wrapper.get("value"),
            unknown=str(wrapper["unknown"]) if "unknown" in wrapper else None,
            source=source if isinstance(source, str) else None,
            by_abuser=providers(wrapper) == {"abuser"},
            partial=wrapper.get("coverage") == "partial",
            _order=(_instant(wrapper.get("observed_at"), received_at), canonical(given)),
        )

    @property
    def wrapper(self) -> dict[str, object]:
        """As a wrapper, also where it came as a plain value."""
        return dict(self.given) if isinstance(self.given, dict) and is_wrapper(self.given) else {"value": self.given}

    def is_same(self, other: "Observation") -> bool:
        """Whether both are of the same saying, which may be of several parts."""
        return self._order == other._order

    @property
    def is_news(self) -> bool:
        """Whether it can stand over a value: a value that proves something, or that the sources conflict."""
        if self.unknown is not None:
            return self.unknown == "conflicting"
        return not (self.partial and proves_nothing(self.value))


def in_order(observations: Iterable[Observation]) -> list[Observation]:
    """Each once, the later after the earlier; of two at the same instant the one with the lower JSON text stands."""
    once = {each._order: each for each in observations}
    by_text = sorted(once.values(), key=lambda each: each._order[1], reverse=True)
    return sorted(by_text, key=lambda each: each._order[0])


def providers(wrapper: Mapping[str, object]) -> frozenset[str]:
    """Who provided a fact; nobody where that is not said."""
    given = wrapper.get("provided_by", [])
    return frozenset(str(each) for each in (given if isinstance(given, list) else [given]))


def _instant(observed_at: object, received_at: datetime) -> int:
    """Picoseconds: the latest instant of what was observed, or the receipt where that is earlier or all there is."""
    since = received_at - _EPOCH
    received = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * (_SECOND // 1_000_000)
    observed = _latest(observed_at) if isinstance(observed_at, str) else None
    return received if observed is None or observed > received else observed


def _latest(observed_at: str) -> int | None:
    """The latest instant of a time, or of a date that may be partial, in UTC. None where it is neither."""
    try:
        if found := _TIME.fullmatch(observed_at):
            day, hour, minute, second, fraction, offset_hours, offset_minutes = found.groups()
            seconds = (date.fromisoformat(day).toordinal() - _FIRST_DAY) * 86_400
            seconds += int(hour) * 3600 + int(minute) * 60 + int(second)
            if offset_hours:
                offset = abs(int(offset_hours)) * 3600 + int(offset_minutes) * 60
                seconds -= -offset if offset_hours[0] == "-" else offset
            return seconds * _SECOND + int((fraction or "").ljust(12, "0"))
        if found := _DATE.fullmatch(observed_at):
            year, month, last_day = found.groups()
            if last_day:
                after = date.fromisoformat(observed_at).toordinal() + 1
            elif month:
                after = _first_of_month(int(year) + int(month) // 12, int(month) % 12 + 1)
            else:
                after = _first_of_month(int(year) + 1, 1)
            return (after - _FIRST_DAY) * 86_400 * _SECOND - 1
    except ValueError:
        return None
    return None


def _first_of_month(year: int, month: int) -> int:
    """The day's ordinal; of the year 10000, which no date reaches, the day after the last."""
    return date.max.toordinal() + 1 if year > date.max.year else date(year, month, 1).toordinal()
