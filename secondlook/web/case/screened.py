"""A screening in words: each criterion with its result, reason and citation; last, the lane. Called by the case's view.

It shows results as they were recorded and evaluates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secondlook.policy import CriterionKind, RuleSet
from secondlook.web import words

RESULTS: Final = {"true": ("Met", "●"), "false": ("Not met", "○"), "unknown": ("Unknown", "?")}


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
    missing: tuple[str, ...]
    takes_finding: bool
    finding_required: bool


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
    def findings(self) -> tuple[CriterionLine, ...]:
        """The criteria on which the form asks for a finding."""
        return tuple(line for each in self.lists for line in each.lines if line.takes_finding)


def screened_in_words(screening: dict[str, object], rules: RuleSet | None) -> Screened:
    """The screening of INTERFACES section 3; without its rule set, criteria have no title but their id."""
    required = frozenset(texts(screening.get("findings_required")))
    given = screening.get("criteria")
    results = {str(each["id"]): each for each in given if isinstance(each, dict)} if isinstance(given, list) else {}
    lists = []
    for list_id, each in rules.lists.items() if rules else ():
        lines = tuple(
            _criterion(criterion_id, result, rules, required)
            for criterion_id, result in results.items()
            if rules and any(c.id == criterion_id and c.list == list_id for c in rules.criteria)
        )
        lists.append(CriteriaList(f"List {list_id}: {each.title}", lines))
    if not rules:
        lines = tuple(_criterion(criterion_id, result, None, required) for criterion_id, result in results.items())
        lists.append(CriteriaList("Criteria", lines))
    lane = str(screening["lane"])
    return Screened(
        lists=tuple(lists),
        lane=words.lane(lane),
        possible_lanes=tuple(words.lane(each) for each in texts(screening.get("possible_lanes")) if each != lane),
        as_of=words.day(str(screening["as_of"])),
        ruleset=rules.title if rules else str(screening["ruleset"]),
        questions=tuple(words.fact(name) for name in texts(screening.get("open_questions"))),
        outdated_rules=rules is None or rules.digest != screening["ruleset_digest"],
    )


def _criterion(
    criterion_id: str, result: dict[str, object], rules: RuleSet | None, required: frozenset[str]
) -> CriterionLine:
    criterion = next((each for each in rules.criteria if each.id == criterion_id), None) if rules else None
    answer = str(result["result"])
    word, symbol = RESULTS[answer]
    asks = criterion is not None and criterion.kind is not CriterionKind.AUTO and answer != "false"
    return CriterionLine(
        id=criterion_id,
        title=criterion.title if criterion else criterion_id,
        text=criterion.text if criterion else "",
        citation=criterion.citation if criterion else "",
        confirmed=criterion.confirmed if criterion else False,
        protected=criterion.protected if criterion else False,
        result=answer,
        word=word,
        symbol=symbol,
        because=str(result["because"]),
        missing=tuple(words.fact(name) for name in texts(result.get("missing"))),
        takes_finding=asks,
        finding_required=criterion_id in required,
    )


def texts(value: object) -> list[str]:
    """A list of codes from the record."""
    return [str(each) for each in value] if isinstance(value, list) else []
