"""The moment of a page as its reader counts time: now, their office's zone and when its day began, and the day that
hearings are counted from. Called by pages of lists; it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from secondlook.web.people import Person
from secondlook.web.record import Record


@dataclass(frozen=True, slots=True)
class Today:
    """``hearings_from`` is today, or the day that a sample stands for."""

    now: datetime
    zone: tzinfo
    hearings_from: date

    @property
    def began(self) -> datetime:
        """When this day began where the reader works."""
        return datetime.combine(self.now.astimezone(self.zone).date(), time(), self.zone).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        """The day of a moment there."""
        return at.astimezone(self.zone).date()


def zone_of(record: Record, person: Person) -> tzinfo:
    """The time zone of somebody all of whose offices are in one; UTC for everybody else."""
    zones = {record.zone(office) for office in person.offices}
    return zones.pop() if len(zones) == 1 else UTC


def today_of(record: Record, person: Person) -> Today:
    """Today for somebody."""
    now = datetime.now(UTC)
    zone = zone_of(record, person)
    return Today(now, zone, record.as_of or now.astimezone(zone).date())
