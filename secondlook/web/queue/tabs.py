"""The tabs of the queue as data: what each lists, in which stages and orders, and what it can be narrowed by. Read by
the queue, by home, and by what finds a case's neighbours in a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.records.choosing import Choice
from secondlook.records.reading import OPEN_STAGES, Sort
from secondlook.records.work.locked import WORKED_ON
from secondlook.web.people import Person

_QUEUED: Final = (Sort.URGENCY, Sort.HEARING, Sort.AGE)


def _whoever(_person: Person) -> bool:
    return True


def _reviews(person: Person) -> bool:
    return person.reviews


def _answers(person: Person) -> bool:
    return person.supervises or person.sees_every_office


@dataclass(frozen=True, slots=True)
class Tab:
    """One list. Without ``stages`` a case of any stage may be in it; ``open`` ones of a newer release are then too.

    ``due``, ``whose`` and ``of_today`` say whether it can be narrowed so: what is small can be.
    """

    code: str
    words: str
    choice: Choice
    stages: tuple[str, ...] | None
    shown_to: Callable[[Person], bool] = _whoever
    sorts: tuple[Sort, ...] = _QUEUED
    due: bool = False
    whose: bool = False
    of_today: bool = False


EVERY: Final = Tab("", "All open", Choice.EVERY, None)
TABS: Final = (
    Tab("mine", "Mine", Choice.MINE, WORKED_ON, _reviews, due=True),
    Tab("unassigned", "Unassigned", Choice.UNASSIGNED, (ATTORNEY_REVIEW,)),
    Tab("on_hold", "On hold", Choice.ON_HOLD, WORKED_ON, due=True, whose=True),
    Tab("returned", "Returned", Choice.RETURNED, (ATTORNEY_REVIEW,), due=True, whose=True),
    Tab("facts_arrived", "Facts arrived", Choice.FACTS_ARRIVED, (ATTORNEY_REVIEW,), due=True, whose=True),
    Tab("held", "Held", Choice.EVERY, (HELD,)),
    Tab("with_supervisor", "With the supervisor", Choice.EVERY, (SUPERVISOR_REVIEW,)),
    Tab("overdue", "Overdue", Choice.OVERDUE, OPEN_STAGES, _answers, whose=False),
    Tab("late_facts", "Late facts", Choice.LATE_FACTS, None, _answers),
    Tab("done", "Done by me", Choice.DONE, None, _reviews, sorts=(Sort.DECIDED, *_QUEUED), of_today=True),
    EVERY,
)
_BY_CODE: Final = {tab.code: tab for tab in TABS}


def tab_of(code: str) -> Tab | None:
    """The tab of an address; None for one that there is not."""
    return _BY_CODE.get(code)
