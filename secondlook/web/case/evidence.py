"""The evidence that a page shows, facts and criteria linked to each other. The case's page and the second reading's are
each one of these; ``_criteria.html`` and ``_facts.html`` show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secondlook.web import words
from secondlook.web.case.facts import FactLine, UnknownFact
from secondlook.web.case.screened import CriterionLine, Screened


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    facts: tuple[FactLine, ...]
    unknown: tuple[UnknownFact, ...]
    missing: Mapping[str, str]
    """Why each fact leaves criteria open that does."""
    screened: Screened | None

    def facts_of(self, line: CriterionLine) -> tuple[FactLine, ...]:
        """What is known of the facts that a criterion reads."""
        return tuple(fact for fact in self.facts if fact.code in line.facts)

    @property
    def listed_facts(self) -> frozenset[str]:
        """The facts that stand on the page, known or not."""
        return frozenset({fact.code for fact in self.facts} | {fact.code for fact in self.unknown})

    def touched_by(self, fact: str) -> tuple[CriterionLine, ...]:
        """The criteria that read a fact."""
        return tuple(line for line in self.screened.lines if fact in line.facts) if self.screened else ()

    def fact_name(self, code: str) -> str:
        """A fact's name."""
        return words.fact(code)
