"""The queue's address: what it filters and sorts by, and the links that change one thing of it. The URL is the view.

A value that means nothing filters everything out, rather than being ignored: nobody takes another list for the wanted
one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from secondlook.cases.lifecycle import Stage
from secondlook.records.reading import OPEN_STAGES, Sort

ROWS: Final = 25
MOST_PAGES: Final = 400
"""Deeper pages cost more to find than they are worth: filters get there sooner."""


@dataclass(frozen=True, slots=True)
class Filters:
    """One view of the queue. Empty text filters nothing; without a stage the open ones are shown."""

    office: str = ""
    lane: str = ""
    stage: str = ""
    sort: Sort = Sort.URGENCY
    page: int = 1

    @classmethod
    def read(cls, office: str, lane: str, stage: str, sort: str, page: str) -> Filters:
        """From an address. An unknown sort or page is the first one."""
        known = sort in {each.value for each in Sort}
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
        return cls(office, lane, stage, Sort(sort) if known else Sort.URGENCY, min(max(number, 1), MOST_PAGES))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that are shown."""
        return tuple(each for each in Stage if each.value == self.stage) if self.stage else OPEN_STAGES

    @property
    def offset(self) -> int:
        return (self.page - 1) * ROWS

    def offices(self, visible: tuple[str, ...]) -> tuple[str, ...]:
        """The offices that are shown, of those that somebody may see."""
        return tuple(each for each in visible if not self.office or each == self.office)

    def address(self) -> str:
        """The queue with these filters."""
        given = {"office": self.office, "lane": self.lane, "stage": self.stage}
        if self.sort is not Sort.URGENCY:
            given["sort"] = self.sort.value
        if self.page > 1:
            given["page"] = str(self.page)
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/queue?{query}" if query else "/queue"

    def without(self, name: str) -> str:
        """The address with one filter removed, at its first page."""
        removed = {"office": replace(self, office=""), "lane": replace(self, lane=""), "stage": replace(self, stage="")}
        return replace(removed[name], page=1).address()

    def with_stage(self, stage: str) -> str:
        """The address with another stage, at its first page."""
        return replace(self, page=1, stage=stage).address()

    def at(self, page: int) -> str:
        """The address of another page."""
        return replace(self, page=page).address()
