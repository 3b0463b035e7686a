"""The list that somebody came to a case from: the way back to its page, and the cases beside this one. Called by the
case's page.

A browser says with each request which page it came from (``Referer``, kept to our own host): that needs no script and
puts nothing into an address. Which list it was is remembered for a few cases in the signed cookie, so that it
outlives a form, a reload and going on to the next case. What is remembered is an address of ours with codes and sealed
places; what it leads to is looked up anew among the offices of whoever asks.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Final

from fastapi import Request
from sqlalchemy import Connection

from secondlook.records.queue import Place, place_of
from secondlook.web.people import Person
from secondlook.web.queue.counting import Counting
from secondlook.web.queue.filters import QUEUE, Filters
from secondlook.web.queue.numbers import at_hand, counted_at_hand
from secondlook.web.queue.paging import ROWS, Pages, Turned, pages_of
from secondlook.web.record import Record
from secondlook.web.today import Today

_KEPT: Final = "lists"
_MOST: Final = 4
_LONGEST: Final = 300
"""Of cases and of characters: a session's cookie holds four thousand."""
_FAR: Final = 3
"""Pages that are turned to find the case: whoever goes on case by case is never further away."""
_OTHERS: Final = {"/": "Back home", "/assignment": "Back to assignment", "/escalated": "Back to the list"}
_CASES: Final = "/cases/"
_FOUND: Final = "/search/"


@dataclass(frozen=True, slots=True)
class Beside:
    """Where one came from. Without ``position`` the case is not in that list now, or it is not known where."""

    address: str
    words: str
    position: int | None = None
    total: int | None = None
    previous: str | None = None
    next: str | None = None


async def beside(request: Request, record: Record, person: Person, today: Today, case_id: str) -> Beside | None:
    """The list behind a case's page; None where it is not known."""
    address = _list_behind(request, case_id)
    if address is None:
        return None
    path, _, query = address.partition("?")
    if path != QUEUE:
        _remember(request, case_id, address)
        return Beside(address, _OTHERS.get(path, "Back to what was found"))
    filters = Filters.of_query(query)
    tab = filters.for_person(person)
    if tab is None:
        return None
    counting: Counting = request.app.state.counting
    numbers = at_hand(counting, person)
    counted = counted_at_hand(counting, person, today, filters, numbers) if numbers else None
    pages = pages_of(record, person, today, filters, numbers.stages if numbers else None, counted or 0)
    found = await record.read(lambda connection: _around(connection, pages, case_id))
    _remember(request, case_id, found.filters.address())
    total = found.every if found.every is not None else counted
    return Beside(
        address=found.filters.address(),
        words=f"Back to the list: {tab.words}",
        position=found.position,
        total=max(total, found.position) if total and found.position else None,
        previous=found.previous,
        next=found.next,
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """The page of the list that the case is on, its place there, and its neighbours."""

    filters: Filters
    every: int | None
    position: int | None
    previous: str | None
    next: str | None


def _around(connection: Connection, pages: Pages, case_id: str) -> _Around:
    turned = pages.turn(connection)
    here = place_of(connection, case_id, pages.filters.sort)
    if here is None:
        return _Around(pages.filters, turned.every, None, None, None)
    for _ in range(_FAR):
        onward = _towards(turned, here)
        if onward is None:
            break
        pages = replace(pages, filters=onward)
        turned = pages.turn(connection)
    order = [(place.value, place.case_id) for place in turned.places]
    at = bisect_left(order, (here.value, here.case_id))
    listed = at < len(order) and order[at][1] == case_id
    after = at + 1 if listed else at
    return _Around(
        filters=pages.filters,
        every=turned.every,
        position=(turned.number - 1) * ROWS + at + 1 if listed else None,
        previous=order[at - 1][1] if at else _next_to(connection, pages, here, back=True),
        next=order[after][1] if after < len(order) else _next_to(connection, pages, here, back=False),
    )


def _towards(turned: Turned, here: Place) -> Filters | None:
    """The page beside this one that is nearer to a place; None where there is none, or where the place lies on it."""
    if not turned.places:
        return None
    first, last = turned.places[0], turned.places[-1]
    if (here.value, here.case_id) < (first.value, first.case_id):
        return turned.previous
    return turned.next if (here.value, here.case_id) > (last.value, last.case_id) else None


def _next_to(connection: Connection, pages: Pages, here: Place, *, back: bool) -> str | None:
    found = pages.read(connection, here, back=back, limit=1)
    return found.found[0].case_id if found.found else None


def _list_behind(request: Request, case_id: str) -> str | None:
    """The list's address: by where the browser comes from, else as it is remembered for this case."""
    kept = _remembered(request)
    path, _, query = _came_from(request).partition("?")
    if path == QUEUE:
        return Filters.of_query(query).address()
    if path in _OTHERS or path.startswith(_FOUND):
        return f"{path}?{query}" if query else path
    if path.startswith(_CASES):
        before = path.removeprefix(_CASES).partition("/")[0]
        return kept.get(case_id if before == case_id else before)
    return kept.get(case_id)


def _came_from(request: Request) -> str:
    """The page of ours that was left for this one; empty where it was none, or where a form was sent."""
    left = request.headers.get("referer", "").removeprefix("https://").removeprefix("http://")
    here = request.url.netloc
    return left.removeprefix(here) if request.method == "GET" and left.startswith(f"{here}/") else ""


def _remembered(request: Request) -> dict[str, str]:
    kept = request.session.get(_KEPT)
    return {str(case_id): str(address) for case_id, address in kept.items()} if isinstance(kept, dict) else {}


def _remember(request: Request, case_id: str, address: str) -> None:
    kept = _remembered(request)
    if len(address) > _LONGEST or kept.get(case_id) == address:
        return
    kept.pop(case_id, None)
    newest = [*kept.items(), (case_id, address)][-_MOST:]
    request.session[_KEPT] = dict(newest)
