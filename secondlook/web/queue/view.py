"""What the queue shows: rows, tabs and filters with their counts, kept views, pages. Templates get ``QueueView`` alone.

Rows hold no fact, no criterion and no lane: what a list shows is read over shoulders (8 USC 1367), and whoever decides
a case meets its evidence before its lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from secondlook.cases.identity import mask_a_number
from secondlook.cases.lifecycle import stages as known_stages
from secondlook.records.choosing import Due
from secondlook.records.reading import QueueRow, Unreadable
from secondlook.records.work import lists, people
from secondlook.records.work.lists import AtWork
from secondlook.records.work.views import View
from secondlook.web import words
from secondlook.web.case.counted import days_to
from secondlook.web.case.view import custody_of, hearing_of, name_of
from secondlook.web.people import Person
from secondlook.web.queue.counting import At
from secondlook.web.queue.filters import MINE, TODAY, Filters
from secondlook.web.queue.numbers import Numbers
from secondlook.web.queue.paging import ROWS, Turned
from secondlook.web.queue.tabs import EVERY, TABS, Tab
from secondlook.web.today import Today

LABELS = {
    "office": "Office",
    "lane": "Lane",
    "stage": "Stage",
    "due": "Due",
    "whose": "Whose",
    "decided": "Decided",
    "sort": "Order",
}
DUE = {Due.SOON.value: "Due within 7 days", Due.OVERDUE.value: "Overdue"}
WHOSE = {MINE: "Mine only"}
DECIDED = {TODAY: "Today"}


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list, in words."""

    case_id: str
    name: str
    a_number: str
    number: str
    """What its sender calls it; of several the first."""
    unreadable: str | None
    office: str
    stage: str
    hearing: str
    away: str
    """How far the hearing is."""
    custody: str
    age: str
    """How long it has been in its stage."""
    due: str
    due_in: str
    overdue: bool
    late_facts: bool
    came_back: str
    whose: str
    on_hold: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter or order."""

    value: str
    words: str
    cases: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """One filter with its options; ``every`` stands for leaving it alone."""

    name: str
    label: str
    every: str | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class TabLine:
    """One tab."""

    words: str
    address: str
    cases: int
    current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A kept view; ``by`` is who shared it, empty for one's own. Who may take it away has its ``id``."""

    name: str
    address: str
    by: str
    office: str
    current: bool
    id: str | None


@dataclass(frozen=True, slots=True)
class QueueView:
    rows: tuple[Row, ...]
    first: int
    last: int
    total: int
    counted_at: datetime
    tab: str
    tab_words: str
    tabs: tuple[TabLine, ...]
    choices: tuple[Choices, ...]
    chips: tuple[Chip, ...]
    clear: str
    views: tuple[ViewLine, ...]
    query: str
    """The view's own address without its place: what is kept when it is saved."""
    offices: tuple[str, ...]
    """With which of one's own a view can be shared."""
    page: int
    pages: int
    first_page: str
    previous: str | None
    next: str | None
    last_page: str
    order: str
    nothing_waits: bool
    """They asked for the next case, and there is none."""
    error: str | None
    name: str
    """Of a view that was not kept."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who is at work on the cases of a list, with their names, for ``me``."""

    me: str = ""
    at: Mapping[str, AtWork] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, subject: str) -> str:
        """Somebody's name, or their subject where they were never here."""
        return "you" if subject == self.me else self.names.get(subject, subject)


def workers_on(connection: Connection, cases: Sequence[QueueRow], me: str, now: datetime) -> Workers:
    """Who is at work on these cases."""
    at = lists.at_work(connection, [case.case_id for case in cases], now) if cases else {}
    subjects = {each for work in at.values() for each in (work.claimed_by, work.assigned_to, work.back_with) if each}
    return Workers(me, at, people.names(connection, subjects) if subjects else {})


def row(case: QueueRow, today: Today, workers: Workers) -> Row:
    """A row in words; where it cannot be read, in its place why. Times are counted as its reader does."""
    identity = None if isinstance(case.identity, Unreadable) else case.identity
    away = days_to(case.hearing_date, today.hearings_from) if case.hearing_date else ""
    work = workers.at.get(case.case_id, AtWork())
    due = today.day_of(case.due).isoformat() if case.due and not case.escalated else ""
    return Row(
        case_id=case.case_id,
        name=name_of(identity) if identity else "",
        a_number=mask_a_number(identity.a_number if identity else ""),
        number=identity.shown_numbers[0] if identity and identity.shown_numbers else "",
        unreadable=words.UNREADABLE[case.identity] if isinstance(case.identity, Unreadable) else None,
        office=case.office,
        stage=words.stage(case.stage),
        hearing=hearing_of(identity) if identity else "",
        away=away,
        custody=custody_of(identity) if identity else "",
        age=words.age(case.since, today.now),
        due=words.day(due) if due else "",
        due_in=days_to(due, today.day_of(today.now)) if due else "",
        overdue=case.escalated,
        late_facts=case.late_facts,
        came_back=words.CAME_BACK.get(case.came_back or "", ""),
        whose=_whose(work, workers),
        on_hold=words.day(work.on_hold_until.date().isoformat()) if work.on_hold_until else "",
    )


def queue_view(
    filters: Filters,
    person: Person,
    numbers: Numbers,
    count: At[int],
    turned: Turned,
    rows: Sequence[Row],
    views: Sequence[tuple[View, str]],
    *,
    nothing_waits: bool,
    error: str | None,
    name: str,
) -> QueueView:
    """One page of the queue. Its numbers are as true as the counts; which cases stand on it is true now."""
    before = (turned.number - 1) * ROWS
    least = before + len(turned.places)
    total = least if turned.every is not None else max(count.found, least)
    here = filters.list
    return QueueView(
        rows=tuple(rows),
        first=before + 1,
        last=least,
        total=total,
        counted_at=count.at,
        tab=filters.tab,
        tab_words=here.words if here else "No list",
        tabs=tuple(_tabs(filters, person, numbers)),
        choices=tuple(_choices(filters, here or EVERY, person, numbers)),
        chips=tuple(_chips(filters, person)),
        clear=Filters.read({"tab": filters.tab}).address(),
        views=tuple(_views(views, filters, person)),
        query=filters.at(1).query,
        offices=person.offices,
        page=turned.number,
        pages=max(turned.number, -(-total // ROWS)),
        first_page=filters.first_page(),
        previous=turned.previous.address() if turned.previous else None,
        next=turned.next.address() if turned.next else None,
        last_page=filters.last_page(),
        order=words.SORTS[filters.sort],
        nothing_waits=nothing_waits,
        error=error,
        name=name,
    )


def _whose(work: AtWork, workers: Workers) -> str:
    if work.claimed_by:
        return f"With {workers.called(work.claimed_by)} now"
    if work.assigned_to:
        return "Yours" if work.assigned_to == workers.me else workers.called(work.assigned_to)
    return f"Back with {workers.called(work.back_with)}" if work.back_with else "Nobody's"


def _tabs(filters: Filters, person: Person, numbers: Numbers) -> Iterable[TabLine]:
    for tab in TABS:
        if tab.shown_to(person):
            address = filters.with_tab(tab.code)
            there = replace(Filters(tab=tab.code), office=filters.office, lane=filters.lane)
            yield TabLine(tab.words, address, numbers.of(there), tab.code == filters.tab)


def _choices(filters: Filters, tab: Tab, person: Person, numbers: Numbers) -> Iterable[Choices]:
    counted = not filters.narrowed

    def options(name: str, words_of: Mapping[str, str], *, count: bool = False) -> tuple[Option, ...]:
        here = getattr(filters, name)
        return tuple(
            Option(
                value,
                text,
                numbers.of(filters.having(name, value)) if count and counted else None,
                value == here,
            )
            for value, text in words_of.items()
        )

    def choices(name: str, every: str, words_of: Mapping[str, str], *, count: bool = False) -> Choices:
        return Choices(name, LABELS[name], every, options(name, words_of, count=count))

    newer = numbers.stages.newer_stages
    if len(numbers.visible) > 1:
        yield choices("office", "All of yours", {each: each for each in numbers.visible}, count=True)
    if tab is EVERY:
        stages = {str(each): words.stage(each) for each in (*known_stages(), *newer)}
        yield choices("stage", "Every open stage", stages, count=True)
    if person.supervises:
        lanes = {each: words.lane(each) for each in (*words.LANES, *numbers.stages.newer_lanes)}
        yield choices("lane", "Every lane", lanes, count=True)
    if tab.due:
        yield choices("due", "Any time", DUE)
    if tab.whose and person.reviews:
        yield choices("whose", "Everybody's", WHOSE)
    if tab.of_today:
        yield choices("decided", "At any time", DECIDED)
    yield Choices("sort", LABELS["sort"], None, options("sort", {each.value: words.SORTS[each] for each in tab.sorts}))


def _chips(filters: Filters, person: Person) -> Iterable[Chip]:
    for name, value in filters.on():
        yield Chip(_chip(name, value, person), filters.without(name))


def _chip(name: str, value: str, person: Person) -> str:
    known: Mapping[str, str] = {"due": DUE, "whose": WHOSE, "decided": DECIDED}.get(name, {})
    match name:
        case "office":
            return f"Office {value}"
        case "lane":
            return words.lane(value) if person.supervises else "A lane, by which supervisors alone filter"
        case "stage":
            return words.stage(value)
    return (
        f"{LABELS[name]}: {known[value].lower()}" if value in known else f"{LABELS[name]}: nothing that is known here"
    )


def _views(views: Sequence[tuple[View, str]], filters: Filters, person: Person) -> Iterable[ViewLine]:
    for view, by in views:
        there = Filters.of_query(view.address)
        if there.for_person(person) is None:
            continue
        own = view.person == person.subject
        may = own or (view.office is not None and person.may_supervise(view.office))
        current, shared_by = there == filters.at(1), "" if own else by
        yield ViewLine(view.name, there.address(), shared_by, view.office or "", current, view.id if may else None)
