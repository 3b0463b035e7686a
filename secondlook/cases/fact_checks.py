"""The format of facts, held to strictly: each fact of the table as a plain value, in a wrapper, or unknown with a
reason (INTERFACES section 2). The doors' checks (``facts``, ``contents``) are made of ``FACTS``.

Facts are kept as they were given: what a fact means is the policy's affair.
"""

from collections.abc import Mapping

from secondlook.cases import fact_table
from secondlook.cases.documents import LONGEST_ID, MOST_PAGES
from secondlook.cases.fact_kinds import Fact, Kind, Shape, Value
from secondlook.cases.fields import (
    Check,
    FieldProblem,
    boolean,
    described,
    list_of,
    one_of,
    or_null,
    partial_date,
    real_date,
    real_time,
    record,
    text,
    whole_number,
)

_PROVIDERS = one_of(*fact_table.PROVIDERS)
_PROVIDER_LIST = list_of(_PROVIDERS, least=1, most=len(fact_table.PROVIDERS))


@described({"anyOf": [_PROVIDERS.schema, _PROVIDER_LIST.schema]})
def _provided_by(value: object, place: str, problems: list[FieldProblem]) -> None:
    (_PROVIDER_LIST if isinstance(value, list) else _PROVIDERS).find(value, place, problems)


@described({"anyOf": [partial_date.schema, {"type": "string", "format": "date-time"}]})
def _observed_at(value: object, place: str, problems: list[FieldProblem]) -> None:
    if not real_date(value, partial=True) and not real_time(value):
        problems.append(FieldProblem(place, "must be a date, or a time with its offset (RFC 3339)"))


_WHO_AND_WHEN: Mapping[str, Check] = {"source": text(200), "provided_by": _provided_by, "observed_at": _observed_at}
_UNKNOWN = record({"unknown": one_of(*fact_table.REASONS), **_WHO_AND_WHEN}, required=("unknown",))


def _wrapped(value_check: Check) -> Check:
    """The value itself, or a wrapper around it, or a reason why it is unknown."""
    known = record(
        {
            "value": value_check,
            **_WHO_AND_WHEN,
            "coverage": one_of(*fact_table.COVERAGES),
            "document": text(LONGEST_ID),
            "page": whole_number(1, MOST_PAGES),
        },
        required=("value",),
    )

    find = value_check.find

    @described({"anyOf": [value_check.schema, known.schema, _UNKNOWN.schema]})
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, dict):
            find(value, place, problems)
        elif "unknown" in value:
            _UNKNOWN.find(value, place, problems)
        elif "value" in value:
            known.find(value, place, problems)
        else:
            find(value, place, problems)

    return check


def _value(value: Value, most: int = 0) -> Check:
    match value.kind:
        case Kind.DATE:
            check = partial_date
        case Kind.FLAG:
            check = boolean
        case Kind.WHOLE:
            check = whole_number(0, most)
        case Kind.WORD:
            check = one_of(*value.words)
    return or_null(check) if value.nullable else check


def _list_of_words(fact: Fact) -> Check:
    (word,) = fact.parts.values()

    @described({"type": "array", "items": {"enum": list(word.words)}, "maxItems": fact.most})
    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        # No index: of a protected fact even that the list has entries (8 USC 1367) stays out of error text.
        if (
            not isinstance(value, list)
            or len(value) > fact.most
            or not all(isinstance(item, str) and item in word.words for item in value)
        ):
            problems.append(FieldProblem(place, f"must be a list of any of {', '.join(sorted(word.words))}"))

    return check


def _of(fact: Fact) -> Check:
    if fact.value is not None:
        return _value(fact.value, fact.most)
    if fact.bare:
        return _list_of_words(fact)
    parts = record({name: _value(part) for name, part in fact.parts.items()}, required=fact.required)
    return parts if fact.shape is Shape.RECORD else list_of(parts, most=fact.most)


FACTS: Check = record({name: _wrapped(_of(fact)) for name, fact in fact_table.FACTS.items()})
