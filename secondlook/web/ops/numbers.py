"""All that the operators' page is made of, read in one short transaction: counts that were kept, and reports. Nothing
is counted here, so a look costs the record the same at any size.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from secondlook.records import acts, checked, counted, reports
from secondlook.records.acts import Act
from secondlook.records.checked import Checked
from secondlook.records.counted import Kept
from secondlook.records.days import Days
from secondlook.records.reports import Heard
from secondlook.records.status import Counts

_LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was found at ``at``, and how long the database took to say it."""

    at: datetime
    now: Kept[Counts] | None
    days: Kept[Days] | None
    heard: tuple[Heard, ...]
    checked: Checked | None
    verified: Act | None
    """The newest verification of the whole record that somebody asked for, whatever came of it."""
    took: timedelta

    @property
    def uncounted(self) -> bool:
        """Whether there is no count to show at all."""
        return self.now is None or self.days is None

    @property
    def late(self) -> bool:
        """Whether nobody counts, although it is time to: no worker runs."""
        return self.now is None or self.at - self.now.at > max(_LATE, 200 * self.now.took)


def read(connection: Connection) -> Numbers:
    """Read them all."""
    begun, at = time.monotonic(), datetime.now(UTC)
    now, days = counted.NOW.kept(connection), counted.DAYS.kept(connection)
    heard, check = reports.heard(connection, at), checked.newest(connection)
    verified = next(iter(acts.newest(connection, 1, acts.VERIFIED, acts.VERIFY_FAILED)), None)
    return Numbers(at, now, days, tuple(heard), check, verified, timedelta(seconds=time.monotonic() - begun))
