"""What the assignment page shows: loads, cases to tick, the preview, and what became of each. No fact of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from secondlook.records.reading import QueueRow
from secondlook.records.work import lists
from secondlook.records.work.assignments import Became, Load
from secondlook.records.work.people import Known
from secondlook.web.people import Person, Role
from secondlook.web.queue.view import Row, Workers, row
from secondlook.web.today import Today

NOBODY: Final = "Nobody"
WHICH: Final = {lists.OVERDUE: ", overdue", lists.ON_HOLD: ", on hold"}
BECAME: Final = {
    Became.DONE: "Done",
    Became.AS_IT_WAS: "It was so already",
    Became.NOT_WORKED_ON: "Not done: the case is not with the attorneys now",
    Became.OTHER_OFFICE: "Not done: the case is not one of your offices'",
    Became.THEIR_OFFICE: "Not done: that person does not work in the case's office",
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """Somebody who can be given cases, and what they have to do."""

    subject: str
    name: str
    offices: str
    load: Load
    address: str
    """Of the page with their cases."""
    overdue: str
    on_hold: str
    """Of the pages with those of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One case: whose it is, and after an assignment what became of it."""

    row: Row
    whose: str
    became: str | None = None


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """The page. ``ticked`` says whether cases are ticked already; ``to`` is somebody's subject, empty for nobody."""

    offices: tuple[str, ...]
    office: str
    people: tuple[Somebody, ...]
    counted_at: datetime
    whose: str
    whose_words: str
    which: str
    """Which of their cases, as an address says it; empty for all."""
    lines: tuple[Line, ...]
    cut: bool
    ticked: bool
    tick_all: str
    error: str | None

    @property
    def tabs(self) -> tuple[tuple[str, str], ...]:
        """All offices, and each, with their pages of the same person."""
        return tuple((office, address(office, self.whose, which=self.which)) for office in ("", *self.offices))

    @property
    def heading(self) -> str:
        """What the cases below the loads are."""
        if not self.whose:
            return "Cases of nobody"
        return f"Cases of {self.whose_words}{WHICH.get(self.which, '')}"


@dataclass(frozen=True, slots=True)
class GivenView:
    """The preview, or with ``done`` the results."""

    to: str
    to_words: str
    lines: tuple[Line, ...]
    done: bool
    number: int
    """Of cases that are given, or were."""


def address(office: str, whose: str, *, which: str = "", ticked: bool = False) -> str:
    """The page for one office, or all of them, with one person's cases or those of nobody."""
    given = {"office": office, "whose": whose, "which": which, "all": "yes" if ticked else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/assignment?{query}" if query else "/assignment"


def able(known: Sequence[Known], offices: Sequence[str]) -> list[Known]:
    """Those who review cases of one of these offices."""
    roles = {Role.ATTORNEY, Role.SUPERVISOR}
    return [each for each in known if roles & set(each.roles) and set(offices) & set(each.offices)]


def somebodies(
    known: Sequence[Known], loads: Mapping[str, Load], offices: Sequence[str], office: str
) -> tuple[Somebody, ...]:
    """Everybody who can be given a case, and whoever still has some."""
    found = {each.subject: each for each in able(known, offices)}
    named = {each.subject: each for each in known}
    for subject in loads:
        found.setdefault(subject, named.get(subject) or Known(subject, subject, (), ()))
    return tuple(
        Somebody(
            each.subject,
            each.name,
            ", ".join(sorted(set(each.offices) & set(offices))),
            loads.get(each.subject, Load()),
            *(address(office, each.subject, which=which) for which in ("", lists.OVERDUE, lists.ON_HOLD)),
        )
        for each in sorted(found.values(), key=lambda each: (each.name, each.subject))
    )


def lines(
    rows: Sequence[QueueRow],
    whose: Mapping[str, str],
    known: Sequence[Known],
    today: Today,
    became: Mapping[str, Became] | None = None,
) -> tuple[Line, ...]:
    """The cases with whose they are, in words."""
    names = {each.subject: each.name for each in known}
    return tuple(
        Line(
            row(each, today, Workers()),
            names.get(whose[each.case_id], whose[each.case_id]) if each.case_id in whose else NOBODY,
            BECAME[became[each.case_id]] if became else None,
        )
        for each in rows
    )


def offices_of(person: Person, asked: str) -> tuple[str, ...]:
    """The offices that are shown: one of theirs that was asked for, else all of theirs."""
    return tuple(each for each in person.offices if not asked or each == asked)
