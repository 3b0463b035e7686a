"""What the case's page shows of asking: boxes at open criteria, and what was asked for and is not there yet.

Built by ``case.show``; templates get ``AskingView`` alone. Whether an ask counts is decided when the review is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from secondlook.cases.asking import FactWanted, requests_in
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.readable import CannotRead
from secondlook.cases.state import Asked, CaseState
from secondlook.records.encryption import Vault
from secondlook.records.reading import Unreadable
from secondlook.records.requests import wanted_in
from secondlook.web import words
from secondlook.web.asking.form import Ask, asks_in, fields_of
from secondlook.web.case.screened import Open, Screened
from secondlook.web.sessions import PostedForm


@dataclass(frozen=True, slots=True)
class Asking:
    """What the view is made of: the list that was asked for, the office's own settings, and the day it is."""

    wanted: tuple[FactWanted, ...]
    office: OfficeSettings
    today: date

    def begun(self, asked: Asked | None) -> tuple[tuple[str, str], ...]:
        """What is still open, as a form begins with it: a new review takes the place of the one that asked."""
        still_open = [self.wanted[place] for place in (asked.open if asked and self.wanted else ())]
        return fields_of(Ask(each.fact, each.of, each.due.isoformat()) for each in still_open)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What was asked of one addressee: what is still to come, and what came of it."""

    addressee: str
    due: str
    overdue: bool
    missing: tuple[str, ...]
    there: tuple[str, ...]
    protected: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One fact that can be asked for, and how that is filled in. It stands once, at the first criterion ``at`` which it
    is missing.
    """

    fact: str
    name: str
    at: str
    protected: bool
    ticked: bool
    of: str
    due: str


@dataclass(frozen=True, slots=True)
class AskingView:
    """All that the page shows of asking."""

    outstanding: tuple[Outstanding, ...]
    boxes: tuple[Box, ...]
    addressees: tuple[str, ...]

    def boxes_at(self, group: Open) -> tuple[Box, ...]:
        """The boxes that stand at criteria which are open for the same facts."""
        return tuple(box for box in self.boxes if box.at == group.lines[0].id)


def read_wanted(
    connection: Connection, vault: Vault, case_id: str, state: CaseState | Unreadable
) -> tuple[FactWanted, ...]:
    """The list of the review that asked for facts; none where none is open, or where it cannot be read here."""
    if isinstance(state, Unreadable) or state.asked is None or not state.asked.open:
        return ()
    try:
        return wanted_in(connection, vault, case_id, state.asked.event_id)
    except CannotRead:
        return ()


def asking_view(
    asking: Asking, asked: Asked | None, screened: Screened | None, form: PostedForm | None, *, whole: bool
) -> AskingView:
    """``form`` is the review's form as it stands on the page, if it does; not ``whole``: without what is protected."""
    still_open = frozenset(asked.open) if asked else frozenset()
    return AskingView(
        outstanding=_outstanding(asking.wanted, still_open, asking.today, whole=whole),
        boxes=_boxes(screened, asking.office, asks_in(form), asking.today) if form and screened else (),
        addressees=asking.office.addressees,
    )


def _outstanding(
    wanted: Sequence[FactWanted], still_open: frozenset[int], today: date, *, whole: bool
) -> tuple[Outstanding, ...]:
    return tuple(
        Outstanding(
            addressee=each.addressee,
            due=words.day(each.due.isoformat()),
            overdue=each.due < today,
            missing=tuple(words.fact(wanted[place].fact) for place in each.places if place in still_open),
            there=tuple(words.fact(wanted[place].fact) for place in each.places if place not in still_open),
            protected=each.protected,
        )
        for each in requests_in(wanted)
        if still_open.intersection(each.places) and (whole or not each.protected)
    )


def _boxes(screened: Screened, office: OfficeSettings, asks: Sequence[Ask], today: date) -> tuple[Box, ...]:
    """A box for each fact behind an open criterion, in the page's order: first where an answer could move the lane."""
    first: dict[str, str] = {}
    for group in screened.open:
        for name in group.missing:
            first.setdefault(name, group.lines[0].id)
    filled = {each.fact: each for each in asks}
    usual = Ask("", office.addressees[0], (today + timedelta(days=max(office.facts_due.days, 1))).isoformat())
    return tuple(
        Box(
            fact=name,
            name=words.FACTS[name],
            at=at,
            protected=name in words.PROTECTED_FACTS,
            ticked=name in filled,
            of=filled.get(name, usual).of,
            due=filled.get(name, usual).due,
        )
        for name, at in first.items()
        if name in words.FACTS
    )
