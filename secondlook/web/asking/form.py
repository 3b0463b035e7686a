"""What a review's form asks for, from its fields ``ask.fact``, ``ask.from`` and ``ask.due``. Called by the review's
route and by the form's own view, which ticks the boxes again.

A browser sends them in the page's order, without the boxes that are not ticked. Who sends all facts, then all
addressees, then all days has them taken side by side; one addressee or day alone is for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, zip_longest
from typing import Final

from secondlook.cases.fields import FieldProblem, Invalid
from secondlook.web.sessions import PostedForm

NAMES = FACT, FROM, DUE = "ask.fact", "ask.from", "ask.due"
LONGEST_WAIT: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Ask:
    """One fact as a form asks for it; nothing of it is checked."""

    fact: str
    of: str
    due: str

    def document(self) -> dict[str, str]:
        """As the event holds it."""
        return {"fact": self.fact, "from": self.of, "due": self.due}


def asks_in(form: PostedForm) -> tuple[Ask, ...]:
    """What the form asks for, in its order; the same twice is asked for once."""
    sent = [(name, value.strip()) for name, value in form.fields if name in NAMES]
    by_name = [[value for name, value in sent if name == each] for each in NAMES]
    if sum(name != before for (name, _), (before, _) in pairwise([("", ""), *sent])) > len(by_name):
        return tuple(dict.fromkeys(_in_the_pages_order(sent)))
    facts, of, due = by_name
    if not facts:
        return ()
    alike = [each * len(facts) if len(each) == 1 else each for each in (of, due)]
    return tuple(dict.fromkeys(Ask(*each) for each in zip_longest(facts, *alike, fillvalue="")))


def fields_of(asks: Iterable[Ask]) -> tuple[tuple[str, str], ...]:
    """The form's fields that ask for this."""
    return tuple(field for each in asks for field in zip(NAMES, (each.fact, each.of, each.due), strict=True))


def _in_the_pages_order(sent: Iterable[tuple[str, str]]) -> Iterator[Ask]:
    """Boxes that are not ticked are not sent, so each fact takes the addressee and the day that come after it."""
    facts: list[str] = []
    of = ""
    for name, value in sent:
        if name == FACT:
            facts.append(value)
        elif name == FROM:
            of = value
        else:
            yield from (Ask(fact, of, value) for fact in facts)
            facts, of = [], ""
    yield from (Ask(fact, of, "") for fact in facts)


def check(asks: Collection[Ask], addressees: Collection[str], today: date, docket_day: date) -> None:
    """Whom an office may ask, and a day that is still to come. Raises Invalid, with places below ``data``."""
    problems = []
    for number, each in enumerate(asks):
        if each.of not in addressees:
            problems.append(FieldProblem(f"data.ask[{number}].from", "must be one whom the office asks"))
        if not _is_to_come(each.due, today, docket_day):
            problems.append(FieldProblem(f"data.ask[{number}].due", "must be a day to come, within a year"))
    if problems:
        raise Invalid(problems)


def _is_to_come(due: str, today: date, docket_day: date) -> bool:
    try:
        day = date.fromisoformat(due)
    except ValueError:
        return False
    return min(today, docket_day) <= day <= max(today, docket_day) + LONGEST_WAIT
