"""Which cases a list chooses, as SQL: mine, nobody's, on hold, returned and so on. Called by ``records.queue``, which
reads a list's pages, and by whoever counts them. It holds text alone and reads nothing.

A choice is either large, and then read along the queue's indexes, or so small that it can be read whole: what people
have to do, what came back, what is overdue. Nothing here may filter or sort by what is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from secondlook.records.schema import FACTS_ARRIVED, RETURNED

SOON: Final = timedelta(days=7)
"""What is due within it is due soon."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Choice(StrEnum):
    """What a list is of."""

    EVERY = "every"
    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    MINE = "mine"
    ON_HOLD = "on_hold"
    RETURNED = "returned"
    FACTS_ARRIVED = "facts_arrived"
    DONE = "done"
    OVERDUE = "overdue"
    LATE_FACTS = "late_facts"

    @property
    def large(self) -> bool:
        """Whether it may be most of the docket."""
        return self in (Choice.EVERY, Choice.UNASSIGNED)


class Due(StrEnum):
    """By when a case is to be done."""

    ANY = ""
    SOON = "soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice with what narrows it. ``me`` is whose list it is; ``only_mine`` leaves out what is others' to do."""

    choice: Choice = Choice.EVERY
    me: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    due: Due = Due.ANY
    only_mine: bool = False
    since: datetime | None = None
    """Of what is done, only what was decided after it."""

    @property
    def shape(self) -> Shape:
        """All of it that the statement's text depends on."""
        return Shape(self.choice, self.due, self.only_mine, self.since is not None)

    @property
    def values(self) -> dict[str, object]:
        """What the statement's text names."""
        return {
            "me": self.me,
            "now": _micros(self.now),
            "soon": _micros(self.now + SOON),
            "since": _micros(self.since or self.now),
        }


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement's text depends on."""

    choice: Choice
    due: Due = Due.ANY
    only_mine: bool = False
    lately: bool = False

    def source(self, *, sqlite: bool, in_office: bool) -> tuple[str, list[str]]:
        """Where the cases are read from, and what they must meet."""
        yes, no = ("1", "0") if sqlite else ("true", "false")
        tables, met = "cases", []
        match self.choice:
            case Choice.UNASSIGNED:
                met = ["NOT EXISTS (SELECT 1 FROM assignments WHERE assignments.case_id = cases.id)"]
            case Choice.ASSIGNED:
                tables, met = "assignments CROSS JOIN cases", ["cases.id = assignments.case_id"]
            case Choice.MINE:
                # SQLite reads a cross join in the order that is written: what is mine first, each case by its id then.
                tables, met = (
                    f"({_mine(yes, in_office=in_office)}) AS theirs CROSS JOIN cases",
                    ["cases.id = theirs.case_id"],
                )
            case Choice.ON_HOLD:
                tables, met = "holds CROSS JOIN cases", ["cases.id = holds.case_id", "holds.until > :now"]
                met += ["holds.office = :office"] if in_office else []
            case Choice.RETURNED:
                met = [(RETURNED if sqlite else RETURNED.replace("instr", "strpos"))]
            case Choice.FACTS_ARRIVED:
                met = [(FACTS_ARRIVED if sqlite else FACTS_ARRIVED.replace("instr", "strpos"))]
            case Choice.DONE:
                tables = "deciders CROSS JOIN cases"
                met = ["cases.id = deciders.case_id", "deciders.person = :me", f"deciders.back IS {no}"]
                met += ["deciders.at >= :since"] if self.lately else []
            case Choice.OVERDUE:
                met = [f"cases.escalated IS {yes}"]
            case Choice.LATE_FACTS:
                met = [f"cases.late_facts IS {yes}"]
        if self.due is Due.OVERDUE:
            met.append(f"cases.escalated IS {yes}")
        elif self.due is Due.SOON:
            # Where facts are awaited the next timer reminds, and the time runs for those who send them.
            # Spelled so that no index is taken for it: what is chosen is few.
            met.append("cases.stage || '' IN ('attorney_review', 'supervisor_review') AND cases.wake_at + 0 <= :soon")
        if self.only_mine:
            met.append(f"cases.id IN ({_mine(yes, in_office=in_office)})")
        return tables, met


def _mine(yes: str, *, in_office: bool) -> str:
    """Assigned to somebody, claimed by them, or decided by them and back."""
    here = " AND office = :office" if in_office else ""
    return (
        f"SELECT case_id FROM assignments WHERE person = :me{here}"  # noqa: S608
        " UNION SELECT case_id FROM claims WHERE person = :me AND until > :now"
        f" UNION SELECT case_id FROM deciders WHERE person = :me AND back IS {yes}"
    )


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
