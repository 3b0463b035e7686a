"""What senders are told of the facts that attorneys ask for: one row a request, numbered anew with each change of it.

Written by the judging transaction from what the lifecycle says is asked, read by the door by number. What is asked
stands in the review's event and what is still open in the case's state; a row here holds places in that list alone. It
decides nothing, and pages do not read it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from secondlook.cases.asking import FactWanted, requests_in
from secondlook.cases.event_types.reviewed import REVIEWED
from secondlook.cases.identity import Identity
from secondlook.cases.readable import CannotRead
from secondlook.cases.state import Asked, CaseState
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases, inbox, requests, store
from secondlook.records.store import epoch as current_epoch

AnyRow = Row[*tuple[Any, ...]]

STATES = OPEN, ANSWERED, WITHDRAWN = "open", "answered", "withdrawn"
AT_ONCE = 100
"""Requests that one reading answers at most."""
_COUNTER = "requests"

_CONTENT = select(inbox.c.content).where(inbox.c.case_id == bindparam("case"), inbox.c.event_id == bindparam("event"))
_LAST = select(store.c.value).where(store.c.name == _COUNTER).with_for_update()
_STILL_OPEN = select(requests).where(requests.c.event_id == bindparam("event"), requests.c.state == OPEN)
_AFTER = (
    select(requests, cases.c.office, cases.c.identity, inbox.c.content)
    .join(cases, cases.c.id == requests.c.case_id)
    .join(inbox, (inbox.c.case_id == requests.c.case_id) & (inbox.c.event_id == requests.c.event_id))
    .where(requests.c.number > bindparam("after"))
    .order_by(requests.c.number)
    .limit(AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class Requested:
    """One request as senders are told of it; without an addressee, what it asks for cannot be opened here."""

    id: str
    case_id: str
    subject: str | None
    office: str
    state: str
    addressee: str | None = None
    due: date | None = None
    facts: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Requests that changed after a number, and the epoch and number to go on from."""

    requests: tuple[Requested, ...]
    epoch: int
    last: int


def wanted_in(connection: Connection, vault: Vault, case_id: str, event_id: str) -> tuple[FactWanted, ...]:
    """The list of a review. Raises CannotRead."""
    sealed = connection.execute(_CONTENT, {"case": case_id, "event": event_id}).scalar_one()
    return _wanted(vault, case_id, event_id, sealed)


def _wanted(vault: Vault, case_id: str, event_id: str, sealed: bytes) -> tuple[FactWanted, ...]:
    return REVIEWED.opened(event_id, opened(vault, sealed, f"inbox/{case_id}/{event_id}")).wanted


def follow(connection: Connection, vault: Vault, case_id: str, before: CaseState, now: CaseState) -> None:
    """Tell senders what became of what was asked: asked for, answered, asked for no more, reminded, another office's.
    The caller holds the case's lock.
    """
    was, asked = before.asked, now.asked
    if was is None and asked is None:
        return
    anew = asked is not None and (was is None or was.event_id != asked.event_id)
    if was is not None and was.open and (anew or asked is None):
        _tell(connection, was, state=WITHDRAWN)
    if asked is not None and anew:
        _ask(connection, vault, case_id, asked)
    elif asked is not None and was is not None and asked.open != was.open:
        _answer(connection, asked)
    elif asked is not None and asked.open and (now.office != before.office or now.reminders > before.reminders):
        _tell(connection, asked)


def _ask(connection: Connection, vault: Vault, case_id: str, asked: Asked) -> None:
    """What is protected has no row, so that no gap between ids or numbers tells of it."""
    wanted = wanted_in(connection, vault, case_id, asked.event_id)
    made = [each for each in requests_in(wanted) if not each.protected]
    rows = [
        {
            "id": f"r_{secrets.token_hex(10)}",
            "number": number,
            "case_id": case_id,
            "event_id": asked.event_id,
            "state": OPEN,
            "places": _written(each.places),
            "still_open": _written(each.places),
        }
        for each, number in zip(made, _numbers(connection, len(made)), strict=True)
    ]
    if rows:
        connection.execute(insert(requests), rows)


def _answer(connection: Connection, asked: Asked) -> None:
    """Only what these facts answered is told anew."""
    for row in connection.execute(_STILL_OPEN, {"event": asked.event_id}).all():
        left = [place for place in _read(row.still_open) if place in asked.open]
        if left != _read(row.still_open):
            (number,) = _numbers(connection, 1)
            _change(connection, row.id, number=number, still_open=_written(left), state=OPEN if left else ANSWERED)


def _tell(connection: Connection, asked: Asked, **changes: object) -> None:
    rows = connection.execute(_STILL_OPEN, {"event": asked.event_id}).all()
    for row, number in zip(rows, _numbers(connection, len(rows)), strict=True):
        _change(connection, row.id, number=number, **changes)


def _change(connection: Connection, request_id: str, **values: object) -> None:
    connection.execute(update(requests).where(requests.c.id == request_id).values(**values))


def _numbers(connection: Connection, how_many: int) -> Sequence[int]:
    """The next numbers, without a gap. Whoever takes some is alone until the commit, so that none comes in sight behind
    a reader.
    """
    last = int(connection.execute(_LAST).scalar_one())
    connection.execute(update(store).where(store.c.name == _COUNTER).values(value=str(last + how_many)))
    return range(last + 1, last + 1 + how_many)


def changed_after(connection: Connection, vault: Vault, epoch: int, number: int) -> Page:
    """What changed after a number of an epoch, in the order of its newest change; from the beginning for one of another
    epoch.
    """
    current = current_epoch(connection)
    after = number if epoch == current else 0
    rows = connection.execute(_AFTER, {"after": after}).all()
    found = tuple(_requested(vault, row) for row in rows)
    return Page(found, current, rows[-1].number if rows else after)


def _requested(vault: Vault, row: AnyRow) -> Requested:
    told = Requested(row.id, row.case_id, _number(vault, row), row.office, row.state)
    try:
        wanted = _wanted(vault, row.case_id, row.event_id, row.content)
    except CannotRead:
        return told
    places, still_open = _read(row.places), _read(row.still_open)
    return replace(
        told,
        addressee=wanted[places[0]].of,
        due=wanted[places[0]].due,
        facts=tuple(wanted[place].fact for place in places),
        answered=tuple(wanted[place].fact for place in places if place not in still_open),
    )


def _number(vault: Vault, row: AnyRow) -> str | None:
    """What a sender calls the case, told last; never an A-number, which some send as their own."""
    try:
        identity = Identity.of(opened(vault, row.identity, f"cases.identity/{row.case_id}"))
    except CannotRead:
        return None
    return next(reversed(identity.shown_numbers), None)


def _written(places: Iterable[int]) -> str:
    return ",".join(map(str, places))


def _read(places: str) -> list[int]:
    return [int(place) for place in places.split(",") if place]
