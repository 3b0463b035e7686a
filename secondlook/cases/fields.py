"""Checks of single fields, and how they combine into checks of documents.

``facts`` and ``events`` state their formats with these. A check looks at one JSON value and appends what is wrong with
its place; it changes nothing and, whatever the value is, raises nothing. Problems name places and rules and must never
hold a value or an unknown key: both may be personal data. Each check also describes itself as JSON Schema, so that the
interface is documented by what it is held to.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from secondlook.cases.plain_text import TURNS, is_blank, is_printable, keeps_its_direction


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong at ``place`` (``facts.convictions[0].grade``) and what is allowed there; never the value."""

    place: str
    problem: str


class Invalid(Exception):
    """A document is not as INTERFACES says; ``problems`` has at least one entry."""

    def __init__(self, problems: Collection[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{each.place}: {each.problem}" for each in self.problems))


Find = Callable[[object, str, list[FieldProblem]], None]
"""Looks at a value and its place, and appends what is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``find`` holds a value to it; ``schema`` is the same in JSON Schema (2020-12), as far as that can
    say it: what only ``find`` knows stands in its ``description``."""

    find: Find
    schema: dict[str, object]

    def __call__(self, value: object, place: str, problems: list[FieldProblem]) -> None:
        self.find(value, place, problems)


def described(schema: dict[str, object]) -> Callable[[Find], Check]:
    """Makes a check of a function that finds problems."""
    return lambda find: Check(find, schema)


WHOLE_DOCUMENT = "(document)"
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,12})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def matching(pattern: str, wanted: str) -> Check:
    """A string that ``pattern`` matches as a whole; ``wanted`` describes it."""
    fullmatch = re.compile(pattern).fullmatch
    problem = f"must be {wanted}"

    @described({"type": "string", "pattern": f"^(?:{pattern})$", "description": wanted})
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, str) or fullmatch(value) is None:
            problems.append(FieldProblem(place, problem))

    return check


def one_of(*allowed: str) -> Check:
    """One of the listed words."""
    words = frozenset(allowed)
    problem = f"must be one of {', '.join(allowed)}"

    @described({"enum": list(allowed)})
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, str) or value not in words:
            problems.append(FieldProblem(place, problem))

    return check


def text(longest: int, *, blank: bool = False) -> Check:
    """Text of at most ``longest`` characters; ``blank`` allows text of which nothing is seen."""
    wanted = f"{'' if blank else 'non-blank '}text of at most {longest} characters, without control characters"
    problem = f"must be {wanted}"

    @described({"type": "string", "minLength": 0 if blank else 1, "maxLength": longest, "description": wanted})
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        good = isinstance(value, str) and len(value) <= longest and is_printable(value)
        if not good or (not blank and is_blank(str(value))):
            problems.append(FieldProblem(place, problem))
        elif not keeps_its_direction(str(value)):
            problems.append(FieldProblem(place, TURNS))

    return check


@described({"type": "boolean"})
def boolean(value: object, place: str, problems: list[FieldProblem]) -> None:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        problems.append(FieldProblem(place, "must be true or false"))


def whole_number(least: int, most: int) -> Check:
    """A JSON integer; ``1.0`` and ``true`` are none."""
    problem = f"must be a whole number from {least} to {most}"

    @described({"type": "integer", "minimum": least, "maximum": most})
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            problems.append(FieldProblem(place, problem))

    return check


def real_date(value: object, *, partial: bool) -> bool:
    """Whether the value is a real day as ``YYYY-MM-DD``, or with ``partial`` also ``YYYY`` or ``YYYY-MM``."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None or not (partial or found[3]):
        return False
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return False
    return True


def real_time(value: object) -> bool:
    """Whether the value is a time with its offset (RFC 3339); leap seconds count as real."""
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value[:19].upper().removesuffix(":60") + (":59" if value[17:19] == "60" else ""))
    except ValueError:
        return False
    return True


@described({"type": "string", "format": "date"})
def full_date(value: object, place: str, problems: list[FieldProblem]) -> None:
    """A real day."""
    if not real_date(value, partial=False):
        problems.append(FieldProblem(place, "must be a real day as YYYY-MM-DD"))


@described(
    {
        "type": "string",
        "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
        "description": "a real date as YYYY, YYYY-MM or YYYY-MM-DD",
    }
)
def partial_date(value: object, place: str, problems: list[FieldProblem]) -> None:
    """A real day, month or year."""
    if not real_date(value, partial=True):
        problems.append(FieldProblem(place, "must be a real date as YYYY, YYYY-MM or YYYY-MM-DD"))


def or_null(check: Check) -> Check:
    """``null``, or what the check accepts."""

    @described({"anyOf": [check.schema, {"type": "null"}]})
    def checked(value: object, place: str, problems: list[FieldProblem]) -> None:
        if value is not None:
            check.find(value, place, problems)

    return checked


def list_of(check: Check, *, least: int = 0, most: int) -> Check:
    """A list of ``least`` to ``most`` items that each pass the check."""
    problem = f"must be a list of {least} to {most} items"
    find = check.find

    @described({"type": "array", "items": check.schema, "minItems": least, "maxItems": most})
    def checked(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            problems.append(FieldProblem(place, problem))
            return
        for index, item in enumerate(value):
            find(item, f"{place}[{index}]", problems)

    return checked


def record(fields: Mapping[str, Check], *, required: Collection[str] = ()) -> Check:
    """An object with these fields and no others."""
    unknown = f"is not known here; known are {', '.join(fields)}"
    finds = {name: field.find for name, field in fields.items()}

    @described(
        {
            "type": "object",
            "properties": {name: field.schema for name, field in fields.items()},
            "required": list(required),
            "additionalProperties": False,
        }
    )
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, dict):
            problems.append(FieldProblem(place or WHOLE_DOCUMENT, "must be an object"))
            return
        prefix = f"{place}." if place else ""
        for name in required:
            if name not in value:
                problems.append(FieldProblem(prefix + name, "is required"))
        for number, (name, part) in enumerate(value.items(), 1):
            find = finds.get(name)
            if find is None:
                problems.append(FieldProblem(place or WHOLE_DOCUMENT, f"key number {number} {unknown}"))
                return
            find(part, prefix + name, problems)

    return check
