"""A screening in words: each criterion with its result, reason and citation; last, the lane. Called by the case's view.

It shows results as they were recorded and evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from secondlook.policy import Criterion, CriterionKind, CriterionResult, RuleSet, Screening
from secondlook.web import words
from secondlook.web.case.counted import because

RESULTS: Final = {"true": ("Met", "●"), "false": ("Not met", "○"), "unknown": ("Unknown", "?")}
NEWER_RESULT: Final = ("A result that this release does not know", "?")


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion with its result in words and as a symbol, and what a finding on it would be called."""

    id: str
    title: str
    text: str
    citation: str
    confirmed: bool
    protected: bool
    result: str
    word: str
    symbol: str
    because: str
    facts: tuple[str, ...]
    """The codes of the facts that it reads."""
    missing: tuple[str, ...]
    """The codes of those behind its unknown parts."""
    matters: bool
    """Whether something that is missing here could change the lane."""
    takes_finding: bool
    finding_required: bool


@dataclass(frozen=True, slots=True)
class Open:
    """Criteria that are open for want of the same facts; of none, where an attorney alone can find them."""

    missing: tuple[str, ...]
    lines: tuple[CriterionLine, ...]

    @property
    def shares(self) -> bool:
        """Whether what is missing is said once, for several criteria."""
        return bool(self.missing) and len(self.lines) > 1

    @property
    def matters(self) -> bool:
        return any(line.matters for line in self.lines)


@dataclass(frozen=True, slots=True)
class CriteriaList:
    title: str
    lines: tuple[CriterionLine, ...]


@dataclass(frozen=True, slots=True)
class Screened:
    """The screening: its lists, and last its lane."""

    lists: tuple[CriteriaList, ...]
    lane: str
    possible_lanes: tuple[str, ...]
    as_of: str
    ruleset: str
    questions: tuple[str, ...]
    outdated_rules: bool

    @property
    def found(self) -> tuple[CriterionLine, ...]:
        return tuple(line for line in self.lines if line.result == "true")

    @property
    def open(self) -> tuple[Open, ...]:
        """What is neither met nor ruled out, by the facts that are missing: first what could change the lane, then what
        no fact settles.
        """
        by_missing: dict[tuple[str, ...], list[CriterionLine]] = {}
        for line in self.lines:
            if line.result not in ("true", "false"):
                by_missing.setdefault(line.missing, []).append(line)
        groups = [Open(missing, tuple(lines)) for missing, lines in by_missing.items()]
        return tuple(sorted(groups, key=lambda group: (not group.matters, bool(group.missing))))

    @property
    def ruled_out(self) -> tuple[CriterionLine, ...]:
        return tuple(line for line in self.lines if line.result == "false")

    @property
    def lines(self) -> tuple[CriterionLine, ...]:
        return tuple(line for each in self.lists for line in each.lines)

    @property
    def findings(self) -> tuple[CriterionLine, ...]:
        """The criteria on which the form asks for a finding."""
        return tuple(line for each in self.lists for line in each.lines if line.takes_finding)


def screened_in_words(screening: Screening, rules: RuleSet | None) -> Screened:
    """The screening in words; without its rule set, criteria have no title but their id."""
    known = {criterion.id: criterion for criterion in rules.criteria} if rules else {}
    lists = []
    for list_id, each in rules.lists.items() if rules else ():
        here = [result for result in screening.criteria if result.id in known and known[result.id].list == list_id]
        lists.append(CriteriaList(f"List {list_id}: {each.title}", _lines(here, known, screening)))
    others = [result for result in screening.criteria if result.id not in known]
    if others:
        title = "Criteria that this release's rule set does not have" if rules else "Criteria"
        lists.append(CriteriaList(title, _lines(others, known, screening)))
    return Screened(
        lists=tuple(lists),
        lane=words.lane(screening.lane),
        possible_lanes=tuple(words.lane(each) for each in screening.possible_lanes if each != screening.lane),
        as_of=words.day(screening.as_of.isoformat()),
        ruleset=rules.title if rules else screening.ruleset,
        questions=tuple(words.fact(name) for name in screening.open_questions),
        outdated_rules=rules is None or rules.digest != screening.ruleset_digest,
    )


def _lines(
    results: Sequence[CriterionResult], known: Mapping[str, Criterion], screening: Screening
) -> tuple[CriterionLine, ...]:
    questions = {_root(name) for name in screening.open_questions}
    return tuple(
        _line(result, known.get(result.id), questions, required=result.id in screening.findings_required)
        for result in results
    )


def _root(fact: str) -> str:
    return fact.partition(".")[0]


def _line(
    result: CriterionResult, criterion: Criterion | None, questions: Set[str], *, required: bool
) -> CriterionLine:
    word, symbol = RESULTS.get(result.result, NEWER_RESULT)
    return CriterionLine(
        id=result.id,
        title=criterion.title if criterion else result.id,
        text=criterion.text if criterion else "",
        citation=criterion.citation if criterion else "",
        confirmed=criterion.confirmed if criterion else False,
        protected=criterion.protected if criterion else False,
        result=result.result,
        word=word,
        symbol=symbol,
        because=because(result.because),
        facts=tuple(dict.fromkeys(map(_root, criterion.facts))) if criterion else (),
        missing=tuple(dict.fromkeys(map(_root, result.missing))),
        matters=result.result != "true" and bool(questions & {_root(name) for name in result.missing}),
        takes_finding=criterion is not None and criterion.kind is not CriterionKind.AUTO and result.result != "false",
        finding_required=required,
    )
