"""A fact as a form's own fields, made from the one table of facts: what there is to fill in, and what was filled in.

Called by the correction's page. It checks nothing: the event's own check does, and its problems come back to the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from secondlook.cases import kept_facts
from secondlook.cases.fact_kinds import Fact, Kind, Shape, Value, readable
from secondlook.web import words
from secondlook.web.sessions import PostedForm

_SPARE: Final = 3
"""Empty lines that a list offers beyond those that it has."""
_NEVER: Final = "null"
_FLAGS: Final = {"true": "Yes", "false": "No"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. With ``choices`` one is chosen, or any where ``many``; else it is typed."""

    name: str
    label: str
    hint: str
    choices: Mapping[str, str]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Fields that belong together: a record, or one element of a list."""

    title: str
    fields: tuple[Field, ...]


def lines(fact: Fact, elements: int) -> tuple[Line, ...]:
    """What there is to fill in; ``elements`` is how many a list has now."""
    if fact.value is not None:
        return (Line("", (_field("value", fact.title, fact.value),)),)
    if fact.bare:
        ((_, value),) = fact.parts.items()
        return (Line("", (Field("value", fact.title, "Tick all that are known.", _choices(value), many=True),)),)
    if fact.shape is Shape.RECORD:
        return (
            Line(fact.title, tuple(_field(f"value.{part}", words.plain(part), v) for part, v in fact.parts.items())),
        )
    return tuple(
        Line(
            f"{fact.noun.capitalize()} {number}",
            tuple(_field(f"value.{number}.{part}", words.plain(part), value) for part, value in fact.parts.items()),
        )
        for number in range(1, min(elements + _SPARE, fact.most) + 1)
    )


def _fields(fact: Fact, before: str) -> tuple[Field, ...]:
    return tuple(_field(f"{before}{part}", words.plain(part), value) for part, value in fact.parts.items())


def _field(name: str, label: str, value: Value) -> Field:
    if value.kind is Kind.DATE:
        never = " Or the word null: never." if value.nullable else ""
        return Field(name, label, f"As 1994-08-11, 1994-08 or 1994.{never}", {})
    if value.kind is Kind.WHOLE:
        return Field(name, label, "A whole number.", {})
    return Field(name, label, "", _FLAGS if value.kind is Kind.FLAG else _choices(value))


def _choices(value: Value) -> dict[str, str]:
    return {word: readable(word).capitalize() for word in value.words}


def filled(value: kept_facts.Value) -> tuple[tuple[str, str], ...]:
    """The form's fields as a known value fills them."""
    if isinstance(value, Mapping):
        return tuple((f"value.{part}", _text(each)) for part, each in value.items())
    if isinstance(value, tuple):
        return tuple(field for number, element in enumerate(value, 1) for field in _element(number, element))
    return (("value", _text(value)),)


def _element(number: int, element: kept_facts.Parts | str) -> Iterator[tuple[str, str]]:
    if isinstance(element, str):
        yield "value", element
    else:
        yield from ((f"value.{number}.{part}", _text(each)) for part, each in element.items())


def _text(value: kept_facts.Scalar) -> str:
    return _NEVER if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def typed(fact: Fact, form: PostedForm) -> object:
    """The value that the fields say; a list or a record may also be written as JSON in ``value``."""
    given = form.one("value").strip()
    if fact.value is not None:
        return _single(fact.value, given)
    if given[:1] in ("[", "{"):
        try:
            return orjson.loads(given)
        except orjson.JSONDecodeError:
            return given
    if fact.bare:
        return [each for each in form.all("value") if each]
    if fact.shape is Shape.RECORD:
        return _parts(fact, form, "value.")
    most = max((int(name.split(".")[1]) for name, _ in form.fields if _is_element(name)), default=0)
    elements = (_parts(fact, form, f"value.{number}.") for number in range(1, min(most, fact.most + 1) + 1))
    return [element for element in elements if element]


def _is_element(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 3 and parts[0] == "value" and parts[1].isascii() and parts[1].isdecimal() and len(parts[1]) < 4


def _parts(fact: Fact, form: PostedForm, before: str) -> dict[str, object]:
    given = {part: form.one(f"{before}{part}").strip() for part in fact.parts}
    return {part: _single(fact.parts[part], text) for part, text in given.items() if text}


def _single(value: Value, text: str) -> object:
    """One value. What does not read as its kind stays text, and the check says what it must be."""
    text = text.removeprefix('"').removesuffix('"')
    if value.nullable and text == _NEVER:
        return None
    if value.kind is Kind.FLAG and text in _FLAGS:
        return text == "true"
    if value.kind is Kind.WHOLE and text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    return text
