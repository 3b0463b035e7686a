"""The compiled parts of a predicate: Kleene logic over a case's evidence, each result with the clauses that explain
it. The compiler builds them once for a rule set; `screen` evaluates them. They must never know a criterion or a lane.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from secondlook.cases.fact_kinds import Fact, readable
from secondlook.policy.comparisons import DateComparison
from secondlook.policy.elements import ElementTest
from secondlook.policy.evidence import Element, Evidence, ListEvidence, Scalar, describe

Truth = bool | frozenset[str]
"""True, False, or unknown: then the facts missing behind it (never an empty set)."""

Outcome = tuple[Truth, tuple[str, ...]]
"""A truth and the clauses that explain it."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A predicate over the evidence, the facts it reads, and what it asks for in words; ``joined`` ones have parts."""

    judge: Callable[[Evidence], Outcome]
    reads: frozenset[str]
    said: str
    joined: bool = False

    @property
    def said_whole(self) -> str:
        """The words as one part among others."""
        return f"({self.said})" if self.joined else self.said


def all_of(parts: tuple[Expression, ...]) -> Expression:
    """False if any part is false, true if all are true, else unknown."""
    return _combine(parts, deciding=False)


def any_of(parts: tuple[Expression, ...]) -> Expression:
    """True if any part is true, false if all are false, else unknown."""
    return _combine(parts, deciding=True)


def _combine(parts: tuple[Expression, ...], *, deciding: bool) -> Expression:
    judges = tuple(part.judge for part in parts)

    def judge(evidence: Evidence) -> Outcome:
        is_decided = False
        decided: tuple[str, ...] = ()
        agreed: tuple[str, ...] = ()
        open_clauses: tuple[str, ...] = ()
        missing: frozenset[str] = frozenset()
        for part in judges:
            truth, clauses = part(evidence)
            if truth is deciding:
                is_decided = True
                decided += clauses
            elif truth is True or truth is False:
                agreed += clauses
            else:
                missing |= truth
                open_clauses += clauses
        if is_decided:
            return deciding, decided
        if missing:
            return missing, open_clauses
        return not deciding, agreed

    said = ("; or " if deciding else "; and ").join(part.said_whole for part in parts)
    return Expression(judge, frozenset().union(*(part.reads for part in parts)), said, joined=len(parts) > 1)


def negation(part: Expression) -> Expression:
    """True if the part is false, false if it is true."""

    def judge(evidence: Evidence) -> Outcome:
        truth, clauses = part.judge(evidence)
        if truth is True:
            return False, tuple(f"{clause}, which rules this out" for clause in clauses)
        return (True if truth is False else truth), clauses

    return Expression(judge, part.reads, f"it is not so that {part.said_whole}", joined=True)


def value_in(fact: Fact, key: str, subject: str, yes: str, no: str, allowed: tuple[Scalar, ...]) -> Expression:
    """The listed word or flag `key` is one of `allowed`."""
    wanted = either(allowed)

    @cache
    def known(value: Scalar) -> Outcome:
        if isinstance(value, bool):
            return value in allowed, (yes if value else no,)
        said = f"{subject} is {readable(str(value))}"
        return value in allowed, (said if value in allowed else f"{said}, not {wanted}",)

    flag = next((yes if value else no for value in allowed if isinstance(value, bool)), None)
    return _over_word(fact, key, known, flag or f"{subject} is {wanted}")


def at_least(fact: Fact, key: str, subject: str, least: int) -> Expression:
    """The whole number `key` is `least` or more."""

    def known(value: Scalar) -> Outcome:
        enough = int(value) >= least
        return enough, (f"{subject} is {value}, {'at least' if enough else 'less than'} {least}",)

    return _over_word(fact, key, known, f"{subject} is at least {least}")


def _over_word(fact: Fact, key: str, known: Callable[[Scalar], Outcome], asked: str) -> Expression:
    name = fact.name
    missing = frozenset({name})

    def judge(evidence: Evidence) -> Outcome:
        value = evidence.words.get(key)
        return (missing, (evidence.why_unknown(key, name),)) if value is None else known(value)

    return Expression(judge, missing, asked)


def compared(comparison: DateComparison) -> Expression:
    """A comparison of dates among the case's facts."""
    names = [operand.name for operand in (comparison.left, comparison.right) if operand.name is not None]

    def judge(evidence: Evidence) -> Outcome:
        truth, said = comparison.judge(evidence.dates, evidence.as_of)
        if said:
            return truth, (said,)
        return truth, tuple(evidence.why_unknown(name, name) for name in names if name not in evidence.dates)

    return Expression(judge, frozenset(names), comparison.said())


def some(fact: Fact, test: ElementTest, which: str) -> Expression:
    """At least one element of the list passes the test."""
    none = (f"no {fact.noun}{which} is on record",)
    article = "an" if fact.noun[0] in "aeiou" else "a"

    def judge_elements(found: list[Element], unsure: list[Element], listed: ListEvidence) -> tuple[bool | None, str]:
        if found:
            return True, f"{_listing(fact, found)} {'is' if len(found) == 1 else 'are'} on record"
        return (None, "") if unsure or listed.more else (False, none[0])

    return _over_list(fact, test, which, judge_elements, f"{article} {fact.noun}{which} is on record", (False, none))


def count_at_least(fact: Fact, test: ElementTest, which: str, least: int) -> Expression:
    """At least `least` elements pass: true once so many are known, false once all unknowns could not reach it."""

    def judge_elements(found: list[Element], unsure: list[Element], listed: ListEvidence) -> tuple[bool | None, str]:
        if len(found) >= least:
            return True, f"{len(found)} {fact.nouns}{which} are on record, at least {least}: {_listing(fact, found)}"
        if len(found) + len(unsure) >= least or listed.more:
            return None, ""
        return False, f"fewer than {least} {fact.nouns}{which} are on record"

    return _over_list(fact, test, which, judge_elements, f"at least {least} {fact.nouns}{which} are on record")


def count_exactly(fact: Fact, test: ElementTest, which: str, number: int) -> Expression:
    """Exactly `number` elements pass: false once more are known or so many can no longer be."""

    def judge_elements(found: list[Element], unsure: list[Element], listed: ListEvidence) -> tuple[bool | None, str]:
        known = len(found)
        if known > number or (known + len(unsure) < number and not listed.more):
            return False, f"{known} {fact.nouns}{which} are on record, not exactly {number}"
        if unsure or listed.more:
            return None, ""
        return True, f"exactly {number} {fact.noun if number == 1 else fact.nouns}{which}: {_listing(fact, found)}"

    asked = f"exactly {number} {fact.noun if number == 1 else fact.nouns}{which}"
    return _over_list(fact, test, which, judge_elements, f"{asked} {'is' if number == 1 else 'are'} on record")


def _over_list(
    fact: Fact,
    test: ElementTest,
    which: str,
    judge_elements: Callable[[list[Element], list[Element], ListEvidence], tuple[bool | None, str]],
    asked: str,
    known_none: Outcome | None = None,
) -> Expression:
    name = fact.name
    missing = frozenset({name})

    def judge(evidence: Evidence) -> Outcome:
        listed = evidence.lists.get(name)
        if listed is None:
            return missing, (evidence.why_unknown(name, name),)
        if known_none is not None and not listed.elements and not listed.more:
            return known_none
        found: list[Element] = []
        unsure: list[Element] = []
        for element in listed.elements:
            passes = test(element, evidence)
            if passes is None or (passes and not element.certain):
                unsure.append(element)
            elif passes:
                found.append(element)
        truth, said = judge_elements(found, unsure, listed)
        if truth is not None:
            return truth, (said,)
        clauses = tuple(f"the {describe(fact, element)} may be a {fact.noun}{which}" for element in unsure)
        if listed.more:
            clauses += (f"the search for {fact.nouns} was partial, so that there may be more{which}",)
        return missing, clauses

    return Expression(judge, missing, asked)


def _listing(fact: Fact, elements: list[Element]) -> str:
    if len(elements) == 1:
        return f"one {describe(fact, elements[0])}"
    return ", ".join(describe(fact, element) for element in elements)


def either(words: tuple[Scalar, ...]) -> str:
    """The words in a row, as one reads them: a, b or c."""
    *first, last = [readable(str(word)) for word in words]
    return f"{', '.join(first)} or {last}" if first else last
