"""Parts that several event types' contents have in common: their checks at the door, and how they are read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar, get_args

from secondlook.cases.actors import Actor
from secondlook.cases.facts import a_number
from secondlook.cases.fields import (
    Check,
    FieldProblem,
    described,
    full_date,
    list_of,
    matching,
    record,
    text,
    whole_number,
)

Content = Mapping[str, object]
Action = Literal["close", "dismiss", "continue", "need_facts"]
ACTIONS: tuple[Action, ...] = get_args(Action)
LONGEST_TEXT = 20_000

case_id = matching("[A-Za-z0-9_-]{1,64}", "a case id, or an object with a_number and nta_date")
_CASE_KEY = record({"a_number": a_number, "nta_date": full_date}, required=("a_number", "nta_date"))
version = whole_number(1, 2**31 - 1)
long_text = text(LONGEST_TEXT)
maybe_text = text(LONGEST_TEXT, blank=True)
actor = record(
    {
        "subject": text(255),
        "roles": list_of(text(64), most=20),
        "offices": list_of(matching("[A-Z0-9]{2,5}", "an office code"), most=200),
    },
    required=("subject", "roles", "offices"),
)


@described({"anyOf": [case_id.schema, _CASE_KEY.schema]})
def case(value: object, place: str, problems: list[FieldProblem]) -> None:
    """A case id, or the pair of A-number and NTA date."""
    (_CASE_KEY if isinstance(value, dict) else case_id).find(value, place, problems)


def act(fields: Mapping[str, Check], *, optional: Mapping[str, Check] | None = None) -> Check:
    """The content of a person's act: the case, who acts, the version that they saw, and its own fields."""
    required = {"case": case_id, "actor": actor, **fields, "case_version": version}
    return record({**required, **(optional or {})}, required=tuple(required))


def actor_in(content: Content) -> Actor:
    """The person in whose name the event came in. Raises KeyError or TypeError."""
    given = mapping(content["actor"])
    return Actor(str(given["subject"]), words(given["roles"]), words(given["offices"]))


def version_in(content: Content) -> int:
    """The version of the case that the person saw. Raises KeyError or TypeError."""
    seen = content["case_version"]
    if not isinstance(seen, int):
        raise TypeError
    return seen


def text_in(content: Content, name: str) -> str:
    """A text that may be absent."""
    return str(content.get(name, ""))


def mapping(value: object) -> Content:
    """An object. Raises TypeError."""
    if not isinstance(value, Mapping):
        raise TypeError
    return value


def words(value: object) -> tuple[str, ...]:
    """A list of texts. Raises TypeError."""
    if not isinstance(value, list | tuple):
        raise TypeError
    return tuple(str(each) for each in value)


W = TypeVar("W", bound=str)


def one_of_in(content: Content, name: str, allowed: tuple[W, ...]) -> W:
    """One of the listed words. Raises KeyError, or ValueError for a word of a newer release."""
    for word in allowed:
        if content[name] == word:
            return word
    raise ValueError
