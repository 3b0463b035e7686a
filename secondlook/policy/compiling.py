"""Turns a predicate written in YAML into an expression, and refuses what it does not understand with file and line. The
loader calls it once for each criterion. It must never evaluate anything.

The language: `all`, `any`, `not`; `fact` (`education.enrolled` for a part) with `is`, `in` or `at_least`; `some` or
`count` (`at_least`, `exactly`) of a list, with `where` over each `part`; `before`, `after`, `on_or_before`,
`on_or_after` of two dates, each `as_of`, a fact, a day or `{anniversary: [date, years]}`. `$name` is a parameter.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from secondlook.cases.fact_kinds import Fact, Kind, Shape, Value, readable
from secondlook.cases.fact_table import FACTS
from secondlook.policy.comparisons import DateComparison, DateOperand, Relation
from secondlook.policy.dates import full_date
from secondlook.policy.elements import ElementTest, every_test, negated_test, part_compared, part_in
from secondlook.policy.evidence import Scalar
from secondlook.policy.expressions import (
    Expression,
    all_of,
    any_of,
    at_least,
    compared,
    count_at_least,
    count_exactly,
    either,
    negation,
    some,
    value_in,
)
from secondlook.policy.located import Located

ParameterValue = int | date | tuple[str, ...]
_RELATIONS = frozenset(Relation)
_OPERATORS = ("all", "any", "not", "fact", "some", "count", *Relation)


class Compiler:
    """Compiles the predicates of one rule set; `used` gathers the parameters that they name."""

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        self._parameters = parameters
        self.used: set[str] = set()

    def expression(self, written: Located) -> Expression:
        """The predicate over a case's facts. Raises RuleSetError."""
        operator = _operator(written, _OPERATORS)
        if operator in ("all", "any"):
            parts = tuple(self.expression(part) for part in written.mapping((operator,))[operator].items())
            return all_of(parts) if operator == "all" else any_of(parts)
        if operator == "not":
            return negation(self.expression(written.mapping(("not",))["not"]))
        if operator == "fact":
            return self._fact(written)
        if operator in _RELATIONS:
            return compared(self._comparison(written, operator, _fact_date))
        return self._list(written, operator)

    def _fact(self, written: Located) -> Expression:
        entries = written.mapping(("fact",), ("is", "in", "at_least"))
        key = entries["fact"].text()
        fact, subject, value = _single_value(entries["fact"])
        if "at_least" in entries and len(entries) == 2:
            if value.kind is not Kind.WHOLE:
                raise entries["at_least"].error("'at_least' needs a fact that is a whole number")
            return at_least(fact, key, subject, self._whole(entries["at_least"]))
        yes, no = fact.yes or f"{subject} is true", fact.no or f"{subject} is false"
        return value_in(fact, key, subject, yes, no, self._allowed(written, entries, value))

    def _list(self, written: Located, operator: str) -> Expression:
        entries = written.mapping((operator,), ("where",) if operator == "some" else ("where", "at_least", "exactly"))
        fact = _known_fact(entries[operator].text(), entries[operator])
        if fact.shape is not Shape.LIST:
            raise entries[operator].error(f"'{operator}' needs a fact that is a list")
        test, which = self._where(entries["where"], fact) if "where" in entries else (_any_element, "")
        if operator == "some":
            return some(fact, test, which)
        if ("at_least" in entries) == ("exactly" in entries):
            raise written.error("'count' needs either 'at_least' or 'exactly'")
        if "exactly" in entries:
            return count_exactly(fact, test, which, self._whole(entries["exactly"]))
        return count_at_least(fact, test, which, self._whole(entries["at_least"]))

    def _where(self, written: Located, fact: Fact) -> tuple[ElementTest, str]:
        operator = _operator(written, ("all", "any", "not", "part", *Relation))
        if operator in ("all", "any"):
            parts = [self._where(part, fact) for part in written.mapping((operator,))[operator].items()]
            said = ("" if operator == "all" else " or").join(which for _, which in parts)
            return every_test(tuple(test for test, _ in parts), deciding=operator == "any"), said
        if operator == "not":
            test, which = self._where(written.mapping(("not",))["not"], fact)
            return negated_test(test), f" that is not one{which}"
        if operator in _RELATIONS:
            comparison = self._comparison(written, operator, lambda name: _part_date(name, fact))
            said = f" where {comparison.said()}"
            return part_compared(comparison), said
        entries = written.mapping(("part",), ("is", "in"))
        part = entries["part"].text()
        value = fact.parts.get(part)
        if value is None:
            raise entries["part"].error(f"{fact.name!r} has no part {part!r}; it has {', '.join(fact.parts)}")
        allowed = self._allowed(written, entries, value)
        asked = next((phrase.asked for phrase in fact.phrases if phrase.part == part), f"with {readable(part)} {{}}")
        return part_in(part, allowed), f" {asked.format(either(allowed))}"

    def _allowed(self, written: Located, entries: Mapping[str, Located], value: Value) -> tuple[Scalar, ...]:
        """The values after `is` or `in`, each of which the fact can have."""
        if ("is" in entries) == ("in" in entries) or "at_least" in entries:
            raise written.error("needs exactly one of 'is', 'in', 'at_least'")
        if value.kind not in (Kind.WORD, Kind.FLAG):
            raise written.error(f"'is' and 'in' need a word or a true/false, not a {value.kind}")
        place = entries["is"] if "is" in entries else entries["in"]
        if value.kind is Kind.FLAG:
            return (place.flag(),)
        words = self._words(place) if "in" in entries else (place.text(),)
        for word in words:
            if word not in value.words:
                raise place.error(f"{word!r} is not among the listed words: {', '.join(sorted(value.words))}")
        return words

    def _words(self, place: Located) -> tuple[str, ...]:
        if place.is_list():
            return tuple(item.text() for item in place.items())
        named = self._parameter(place)
        if not isinstance(named, tuple):
            raise place.error("expected a list of words, or a parameter that is one")
        return named

    def _whole(self, place: Located) -> int:
        given = place.scalar()
        number = self._parameter(place) if isinstance(given, str) else given
        if type(number) is not int or number < 1:
            raise place.error("expected a whole number of 1 or more, or a parameter that is one")
        return number

    def _parameter(self, place: Located) -> ParameterValue:
        name = place.text()
        if not name.startswith("$") or name[1:] not in self._parameters:
            raise place.error(f"{name!r} is not a parameter of this rule set (written $name)")
        self.used.add(name[1:])
        return self._parameters[name[1:]]

    def _comparison(self, written: Located, operator: str, named: Callable[[Located], DateOperand]) -> DateComparison:
        dates = written.mapping((operator,))[operator].items()
        if len(dates) != 2:
            raise written.error(f"'{operator}' compares exactly two dates")
        return DateComparison(self._date(dates[0], named), Relation(operator), self._date(dates[1], named))

    def _date(self, place: Located, named: Callable[[Located], DateOperand]) -> DateOperand:
        if place.is_mapping():
            parts = place.mapping(("anniversary",))["anniversary"].items()
            if len(parts) != 2:
                raise place.error("'anniversary' takes a date and a number of years")
            operand = self._date(parts[0], named)
            return replace(operand, years=operand.years + self._whole(parts[1]))
        given = place.scalar()
        if given == "as_of":
            return DateOperand("the as-of date")
        if isinstance(given, str) and not given.startswith("$"):
            return named(place)
        fixed = self._parameter(place) if isinstance(given, str) else given
        if not isinstance(fixed, date):
            raise place.error("expected a date, a fact that is one, or a parameter that is one")
        label = f"the day of the rule's {readable(given[1:])}" if isinstance(given, str) else "the day of the rule"
        return DateOperand(label, fixed=full_date(fixed))


def _any_element(_element: object, _evidence: object) -> bool:
    return True


def _operator(written: Located, operators: tuple[str, ...]) -> str:
    given = [key for key in written.entries() if key in operators]
    if len(given) != 1:
        raise written.error(f"needs exactly one operator of: {', '.join(operators)}")
    return given[0]


def _known_fact(name: str, place: Located) -> Fact:
    if name not in FACTS:
        raise place.error(f"unknown fact {name!r}; known: {', '.join(FACTS)}")
    return FACTS[name]


def _single_value(place: Located) -> tuple[Fact, str, Value]:
    """The fact, the words for its value and that value's kind, from `name` or `name.part`."""
    key = place.text()
    name, _, part = key.partition(".")
    fact = _known_fact(name, place)
    if fact.shape is Shape.RECORD and part in fact.parts:
        return fact, f"{fact.label} ({readable(part)})", fact.parts[part]
    if fact.shape is Shape.SINGLE and fact.value is not None and not part:
        return fact, fact.label, fact.value
    raise place.error(f"{key!r} is not a single value; a record needs one of its parts, a list 'some' or 'count'")


def _fact_date(place: Located) -> DateOperand:
    fact, label, value = _single_value(place)
    if value.kind is not Kind.DATE:
        raise place.error(f"{fact.name!r} is not a date")
    return DateOperand(label, fact.never, name=place.text())


def _part_date(place: Located, fact: Fact) -> DateOperand:
    part = place.text()
    if part not in fact.parts or fact.parts[part].kind is not Kind.DATE:
        raise place.error(f"{part!r} is not a date among the parts of {fact.name!r}")
    return DateOperand(f"the {readable(part)}", name=part)
