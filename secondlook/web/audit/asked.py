"""The audit page's address: what it asks for and where it starts. The URL is the view. Places in it are opaque: a
time, a case's random id and a number.

What means nothing asks for nothing that there is, rather than being ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from secondlook.records.trail import Place, Wanted
from secondlook.web.people import Person

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The address in its parts, as written. ``problem`` is what is wrong with a date."""

    person: str = ""
    office: str = ""
    kind: str = ""
    begin: str = ""
    end: str = ""
    older: str = ""
    newer: str = ""

    @property
    def problem(self) -> str | None:
        begin, end = _day(self.begin), _day(self.end)
        if (self.begin and begin is None) or (self.end and end is None):
            return "Write each date as year, month and day, such as 2011-12-05"
        return "The first day is after the last one" if begin and end and begin > end else None

    def wanted(self, person: Person) -> Wanted:
        """What of the trail that is, for somebody. Offices that are not theirs to see give nothing."""
        if person.sees_every_office:
            offices: tuple[str, ...] | None = (self.office,) if self.office else None
        else:
            offices = tuple(each for each in person.offices if self.office in ("", each))
        begin, end = _day(self.begin), _day(self.end)
        return Wanted(offices, self.person, self.kind, begin, end + timedelta(days=1) if end else None)

    @property
    def place(self) -> Place | None:
        """Where the page starts or ends."""
        return _place(self.newer or self.older)

    @property
    def back(self) -> bool:
        """Whether what is newer than the place is wanted."""
        return bool(self.newer) and self.place is not None

    @property
    def address(self) -> str:
        given = {
            "person": self.person,
            "office": self.office,
            "kind": self.kind,
            "from": self.begin,
            "to": self.end,
            "older": self.older,
            "newer": self.newer,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/audit?{query}" if query else "/audit"

    @property
    def newest(self) -> Asked:
        """The same, from the newest entry on."""
        return replace(self, older="", newer="")

    def older_than(self, place: Place) -> str:
        """The address of what comes before a place in time."""
        return replace(self, older=_written(place), newer="").address

    def newer_than(self, place: Place) -> str:
        """The address of what comes after it."""
        return replace(self, older="", newer=_written(place)).address


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        return None


def _written(place: Place) -> str:
    return f"{(place.at - _EPOCH) // _MICROSECOND}.{place.case_id}.{place.seq}"


def _place(text: str) -> Place | None:
    """The other way; what is no place starts at the newest entry."""
    match text.split("."):
        case [at, case_id, seq] if at.isdecimal() and seq.isdecimal() and len(at) < 17 and len(seq) < 10:
            return Place(_EPOCH + int(at) * _MICROSECOND, case_id, int(seq))
    return None
