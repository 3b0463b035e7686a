"""The trail as CSV, as it is asked for on the page: in codes and staff ids, without a name. Sent while it is read, leg
by leg, so that its length costs no memory and no long transaction.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Final

from secondlook.records import trail
from secondlook.records.trail import Place, TrailEntry, Wanted
from secondlook.web.record import Record

_AT_ONCE: Final = 1_000
_HEADINGS: Final = (
    *("at", "office", "case", "entry", "kind", "actor", "about", "event"),
    *("stage_before", "stage", "refused", "hash"),
)
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


async def lines_of(record: Record, wanted: Wanted) -> AsyncIterator[str]:
    """The file, some lines at a time, from the newest entry that there is now to the oldest."""
    yield _csv([_HEADINGS])
    beside: Place | None = None
    while True:
        leg = await record.read(
            lambda connection, beside=beside: trail.read(connection, wanted, beside, limit=_AT_ONCE)  # type: ignore[misc]
        )
        if leg.entries:
            yield _csv([_cells(each) for each in leg.entries])
        beside = leg.beyond
        if beside is None:
            return


def _cells(entry: TrailEntry) -> tuple[str, ...]:
    return (
        entry.place.at.isoformat(timespec="microseconds"),
        entry.office,
        entry.place.case_id,
        str(entry.place.seq),
        entry.kind,
        *map(_no_formula, (entry.actor, entry.about)),
        entry.event_id or "",
        entry.before or "",
        entry.stage or "",
        entry.refused or "",
        entry.hash,
    )


def _no_formula(subject: str | None) -> str:
    """A sign-in provider's id for somebody, which a spreadsheet must not take for a formula."""
    text = subject or ""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _csv(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
