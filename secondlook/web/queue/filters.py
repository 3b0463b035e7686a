"""The queue's address: which tab, what narrows it, its order, where its page starts, and the links that change one
thing of it. The URL is the view.

A filter that means nothing filters everything out, rather than being ignored: nobody takes another list for the wanted
one. A page that means nothing is the first one, an order that means nothing the tab's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from secondlook.cases.lifecycle import stages as known_stages
from secondlook.records.choosing import Choice, Chosen, Due
from secondlook.records.queue import LANES
from secondlook.records.reading import OPEN_STAGES, Sort
from secondlook.web.people import Person
from secondlook.web.queue.tabs import EVERY, Tab, tab_of
from secondlook.web.today import Today

LAST: Final = "last"
MINE: Final = "mine"
TODAY: Final = "today"
QUEUE: Final = "/queue"
FILTERS: Final = ("office", "lane", "stage", "due", "whose", "decided")
"""Each by its name in the address; what narrows a list and can be taken away by itself."""
_PLACE: Final = ("page", "after", "before")
_MOST_DIGITS: Final = 6
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Filters:
    """One view of the queue. Empty text filters nothing; without a stage the tab's own are shown.

    ``after`` and ``before`` are the sealed places beside the page (``web.queue.places``), and ``page`` is then no more
    than its number. ``last`` asks for the last page, whatever its number.
    """

    tab: str = ""
    office: str = ""
    lane: str = ""
    stage: str = ""
    due: str = ""
    whose: str = ""
    decided: str = ""
    sort: Sort = Sort.URGENCY
    page: int = 1
    last: bool = False
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        """From an address's fields; others that it has are left out."""
        tab, sort, page = given.get("tab", ""), given.get("sort", ""), given.get("page", "")
        sorts = (tab_of(tab) or EVERY).sorts
        number = int(page) if page.isascii() and page.isdecimal() and len(page) <= _MOST_DIGITS else 1
        return cls(
            tab=tab,
            sort=Sort(sort) if sort in sorts else sorts[0],
            page=max(number, 1),
            last=page == LAST,
            after=given.get("after", ""),
            before=given.get("before", ""),
            **{name: given.get(name, "") for name in FILTERS},
        )

    @classmethod
    def of_query(cls, query: str) -> Filters:
        """From the part of an address behind its question mark."""
        return cls.read(dict(parse_qsl(query[:_LONGEST], errors="replace")))

    @property
    def list(self) -> Tab | None:
        """The tab; None for one that there is not."""
        return tab_of(self.tab)

    def for_person(self, person: Person) -> Tab | None:
        """The tab, if it is shown to this person and can be narrowed as the address wants; else nothing is listed.

        The lane filters for who supervises alone: whoever decides a case meets its evidence first.
        """
        tab = self.list
        if tab is None or not tab.shown_to(person) or (self.lane and not person.supervises):
            return None
        due = not self.due or (tab.due and self.due in (Due.SOON, Due.OVERDUE))
        whose = not self.whose or (tab.whose and self.whose == MINE and person.reviews)
        decided = not self.decided or (tab.of_today and self.decided == TODAY)
        return tab if due and whose and decided else None

    @property
    def narrowed(self) -> bool:
        """Whether more than office, stage and lane leave cases out."""
        return bool(self.due or self.whose or self.decided)

    def chosen(self, person: Person, today: Today) -> Chosen:
        """What the record is asked for."""
        tab = self.list
        return Chosen(
            tab.choice if tab else Choice.EVERY,
            person.subject,
            today.now,
            due=Due(self.due) if self.due in set(Due) else Due.ANY,
            only_mine=self.whose == MINE,
            since=today.began if self.decided == TODAY else None,
        )

    def stages(self, newer: tuple[str, ...]) -> tuple[str, ...]:
        """The stages that are shown. ``newer`` are those that cases are in and this release does not know: they may
        be open, so they are shown among the open ones.
        """
        tab = self.list or EVERY
        every = (*known_stages(), *newer)
        if self.stage:
            return tuple(each for each in every if each == self.stage and (tab.stages is None or each in tab.stages))
        if tab.stages is not None:
            return tab.stages
        return (*OPEN_STAGES, *newer) if tab is EVERY else every

    def lanes(self, newer: tuple[str, ...]) -> tuple[str | None, ...]:
        """The lanes that are shown; None is that of a case that is not screened yet."""
        return tuple(each for each in (*LANES, *newer) if not self.lane or each == self.lane)

    def offices(self, visible: tuple[str, ...]) -> tuple[str, ...]:
        """The offices that are shown, of those that somebody may see."""
        return tuple(each for each in visible if not self.office or each == self.office)

    @property
    def query(self) -> str:
        """The address behind its question mark; empty for the queue as it opens."""
        tab = self.list or EVERY
        given = {"tab": self.tab, **{name: getattr(self, name) for name in FILTERS}}
        if self.sort is not tab.sorts[0]:
            given["sort"] = self.sort.value
        if self.last or self.page > 1:
            given["page"] = LAST if self.last else str(self.page)
        given |= {"after": self.after, "before": self.before}
        return urlencode({name: value for name, value in given.items() if value})

    def address(self) -> str:
        """The queue with these filters."""
        return f"{QUEUE}?{self.query}" if self.query else QUEUE

    def on(self) -> Iterator[tuple[str, str]]:
        """The filters that are on, by name."""
        return ((name, getattr(self, name)) for name in FILTERS if getattr(self, name))

    def having(self, name: str, value: str) -> Filters:
        """With one filter set to something else, at the first page."""
        return Filters.read({**dict(parse_qsl(self.at(1).query)), name: value})

    def without(self, name: str) -> str:
        """The address with one filter removed, at its first page."""
        return self.having(name, "").address()

    def with_tab(self, tab: str) -> str:
        """Another tab, at its first page; office and lane stay, what the other tab may not have goes."""
        return Filters.read({"tab": tab, "office": self.office, "lane": self.lane}).address()

    def first_page(self) -> str:
        """The address of the first page."""
        return self.at(1).address()

    def last_page(self) -> str:
        """The address of the last page."""
        return replace(self.at(1), last=True).address()

    def page_after(self, place: str, number: int) -> Filters:
        """The page that follows a sealed place, under this number."""
        return replace(self.at(number), after=place)

    def page_before(self, place: str, number: int) -> Filters:
        """The page that a sealed place follows, under this number."""
        return replace(self.at(number), before=place)

    def at(self, page: int) -> Filters:
        """Another page, by its number alone."""
        return replace(self, page=page, last=False, after="", before="")
