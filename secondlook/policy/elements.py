"""Tests of one list element (a conviction, a relative) by Kleene logic. The compiler builds them from the `where` of a
rule set; the list expressions apply them. They read the element's own parts and the as-of date, never other facts.
"""

from collections.abc import Callable

from secondlook.policy.comparisons import DateComparison
from secondlook.policy.evidence import Element, Evidence, Scalar

ElementTest = Callable[[Element, Evidence], bool | None]
"""What holds of one list element; None: unknown."""


def part_in(part: str, allowed: tuple[Scalar, ...]) -> ElementTest:
    """The part of a list element is one of `allowed`."""

    def test(element: Element, _: Evidence) -> bool | None:
        value = element.words.get(part)
        return None if value is None else value in allowed

    return test


def part_compared(comparison: DateComparison) -> ElementTest:
    """A comparison of dates among the parts of a list element."""

    def test(element: Element, evidence: Evidence) -> bool | None:
        truth, _ = comparison.judge(element.dates, evidence.as_of)
        return truth if isinstance(truth, bool) else None

    return test


def every_test(tests: tuple[ElementTest, ...], *, deciding: bool) -> ElementTest:
    """Kleene's all (`deciding` False) or any (`deciding` True) of the tests of one element."""

    def test(element: Element, evidence: Evidence) -> bool | None:
        result: bool | None = not deciding
        for one in tests:
            passes = one(element, evidence)
            if passes is deciding:
                return deciding
            if passes is None:
                result = None
        return result

    return test


def negated_test(test: ElementTest) -> ElementTest:
    """True of an element where the test is false, false where it is true."""

    def negated(element: Element, evidence: Evidence) -> bool | None:
        passes = test(element, evidence)
        return None if passes is None else not passes

    return negated
