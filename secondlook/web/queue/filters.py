"""The queue's address: what it filters and sorts by, where its page starts, and the links that change one thing of it.
The URL is the view.

A filter that means nothing filters everything out, rather than being ignored: nobody takes another list for the wanted
one. A page that means nothing is the first one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from secondlook.cases.lifecycle import stages as known_stages
from secondlook.records.queue import LANES
from secondlook.records.reading import OPEN_STAGES, Sort

LAST: Final = "last"
_MOST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Filters:
    """One view of the queue. Empty text filters nothing; without a stage the open ones are shown.

    ``after`` and ``before`` are the sealed places beside the page (``web.queue.places``), and ``page`` is then no more
    than its number. ``last`` asks for the last page, whatever its number.
    """

    office: str = ""
    lane: str = ""
    stage: str = ""
    sort: Sort = Sort.URGENCY
    page: int = 1
    last: bool = False
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, office: str, lane: str, stage: str, sort: str, page: str, after: str, before: str) -> Filters:
        """From an address. An unknown sort or page is the first one."""
        known = sort in {each.value for each in Sort}
        number = int(page) if page.isascii() and page.isdecimal() and len(page) <= _MOST_DIGITS else 1
        order = Sort(sort) if known else Sort.URGENCY
        return cls(office, lane, stage, order, max(number, 1), page == LAST, after, before)

    def stages(self, newer: tuple[str, ...]) -> tuple[str, ...]:
        """The stages that are shown. ``newer`` are those that cases are in and this release does not know: they may
        be open, so they are shown among the open ones.
        """
        if self.stage:
            return tuple(each for each in (*known_stages(), *newer) if each == self.stage)
        return (*OPEN_STAGES, *newer)

    def lanes(self, newer: tuple[str, ...]) -> tuple[str | None, ...]:
        """The lanes that are shown; None is that of a case that is not screened yet."""
        return tuple(each for each in (*LANES, *newer) if not self.lane or each == self.lane)

    def offices(self, visible: tuple[str, ...]) -> tuple[str, ...]:
        """The offices that are shown, of those that somebody may see."""
        return tuple(each for each in visible if not self.office or each == self.office)

    def address(self) -> str:
        """The queue with these filters."""
        given = {"office": self.office, "lane": self.lane, "stage": self.stage}
        if self.sort is not Sort.URGENCY:
            given["sort"] = self.sort.value
        if self.last or self.page > 1:
            given["page"] = LAST if self.last else str(self.page)
        given |= {"after": self.after, "before": self.before}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/queue?{query}" if query else "/queue"

    def without(self, name: str) -> str:
        """The address with one filter removed, at its first page."""
        first = self._at(1)
        removed = {
            "office": replace(first, office=""),
            "lane": replace(first, lane=""),
            "stage": replace(first, stage=""),
        }
        return removed[name].address()

    def with_stage(self, stage: str) -> str:
        """The address with another stage, at its first page."""
        return replace(self._at(1), stage=stage).address()

    def first_page(self) -> str:
        """The address of the first page."""
        return self._at(1).address()

    def last_page(self) -> str:
        """The address of the last page."""
        return replace(self._at(1), last=True).address()

    def page_after(self, place: str, number: int) -> str:
        """The address of the page that follows a sealed place, under this number."""
        return replace(self._at(number), after=place).address()

    def page_before(self, place: str, number: int) -> str:
        """The address of the page that a sealed place follows, under this number."""
        return replace(self._at(number), before=place).address()

    def _at(self, page: int) -> Filters:
        return replace(self, page=page, last=False, after="", before="")
