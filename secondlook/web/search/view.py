"""What the search shows: the box, what was found, and otherwise a sentence that says what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from secondlook.cases.findable import words_in
from secondlook.cases.identity import IdentityError, normalise_a_number
from secondlook.records.reading import QueueRow
from secondlook.records.search.tokens import SHORTEST_BEGINNING
from secondlook.web.people import Person
from secondlook.web.queue.view import Row, Workers, row
from secondlook.web.today import Today

ROWS: Final = 25
_DIGITS: Final = re.compile(r"[Aa]?[\d\s.\-\u2010-\u2013]*\d[\d\s.\-\u2010-\u2013]*")
NOTHING_WRITTEN: Final = "Write a family name, an A-number, a case id or the sender's case number"
TOO_LONG: Final = "Write less: no name or number is as long as this"
NOT_OPENED: Final = (
    "This search was somebody else's, its address is not whole, or it is too old. Write again what you look for."
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of what was found."""

    rows: tuple[QueueRow, ...]
    workers: Workers
    number: int
    total: int
    more: bool
    """There are more cases than a search answers."""
    filled: int | None
    """How far cases of before are searchable, in percent; None where all are."""


@dataclass(frozen=True, slots=True)
class SearchView:
    """The page. ``rows`` is empty where nothing was asked or found."""

    text: str
    error: str | None = None
    asked: bool = False
    rows: tuple[Row, ...] = ()
    first: int = 0
    last: int = 0
    total: int = 0
    more: bool = False
    filled: int | None = None
    offices: str = ""
    hints: tuple[str, ...] = ()
    previous: str | None = None
    next: str | None = None


def found_view(text: str, listed: Listed, person: Person, address: str, today: Today) -> SearchView:
    """What was found, one page of it."""
    before = (listed.number - 1) * ROWS
    last = before + len(listed.rows)
    return SearchView(
        text=text,
        asked=True,
        rows=tuple(row(case, today, listed.workers) for case in listed.rows if person.may_see(case.office)),
        first=before + 1,
        last=last,
        total=listed.total,
        more=listed.more,
        filled=listed.filled,
        offices="any office" if person.sees_every_office else _listed(person.offices),
        hints=() if listed.rows else tuple(_hints(text)),
        previous=f"{address}?page={listed.number - 1}" if listed.number > 1 else None,
        next=f"{address}?page={listed.number + 1}" if last < listed.total else None,
    )


def _hints(text: str) -> list[str]:
    """What may be the matter with a text by which nothing was found."""
    if _DIGITS.fullmatch(text.strip()):
        try:
            normalise_a_number(text.strip())
        except IdentityError:
            return ["An A-number has 7 to 9 digits, with or without the A before them. This is none."]
        return ["Look whether each digit of the A-number is right."]
    words = words_in(text)
    hints: list[str] = []
    if words and max(map(len, words)) < SHORTEST_BEGINNING:
        hints.append("Fewer than three letters find whole names only. Write three letters or more of the name.")
    return [*hints, "Only the family name is searched, from the first letters of its words on. Try fewer letters."]


def _listed(offices: tuple[str, ...]) -> str:
    return f"your office ({offices[0]})" if len(offices) == 1 else f"your offices ({', '.join(offices)})"
