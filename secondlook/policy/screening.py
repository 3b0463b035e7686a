"""One case's facts through one rule set at one date: every criterion's result with its explanation, and the lane. The
screening activity, the web application and the command call it. It is pure and decides nothing: every lane ends at an
attorney.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from secondlook.policy.evidence import Evidence
from secondlook.policy.expressions import Outcome, Truth
from secondlook.policy.ruleset import Criterion, CriterionKind, Direction, RuleSet
from secondlook.policy.weighing import Weighed


class Result(StrEnum):
    """What is known of a criterion."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Lane(StrEnum):
    """Where the two lists point (criteria.md, "Lane")."""

    PRIORITY = "priority"
    DISCRETION = "discretion"
    MIXED = "mixed"
    NEITHER = "neither"
    INSUFFICIENT_FACTS = "insufficient_facts"


class CriterionResult(NamedTuple):
    """One criterion of a screening. `missing` are facts, sorted; `because` is one sentence."""

    id: str
    result: str
    missing: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class Screening:
    """A screening as in INTERFACES section 3."""

    ruleset: str
    ruleset_digest: str
    as_of: date
    lane: str
    possible_lanes: tuple[str, ...]
    criteria: tuple[CriterionResult, ...]
    open_questions: tuple[str, ...]
    findings_required: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The JSON object of INTERFACES section 3."""
        return {
            "ruleset": self.ruleset,
            "ruleset_digest": self.ruleset_digest,
            "as_of": self.as_of.isoformat(),
            "lane": self.lane,
            "possible_lanes": list(self.possible_lanes),
            "criteria": [
                {"id": c.id, "result": c.result, "missing": list(c.missing), "because": c.because}
                for c in self.criteria
            ],
            "open_questions": list(self.open_questions),
            "findings_required": list(self.findings_required),
        }


_LANES = {
    (True, True): Lane.MIXED.value,
    (True, False): Lane.PRIORITY.value,
    (False, True): Lane.DISCRETION.value,
    (False, False): Lane.NEITHER.value,
}
_TRUE, _FALSE, _UNKNOWN = Result.TRUE.value, Result.FALSE.value, Result.UNKNOWN.value
# Named here because looking a member up on its enum costs more than the comparison.
_JUDGE, _DISCRETION = CriterionKind.JUDGE, Direction.DISCRETION
_ONLY_AN_ATTORNEY = "Only an attorney can find this."


def screen(facts: Mapping[str, object], ruleset: RuleSet, as_of: date) -> Screening:
    """Screens `facts` (JSON values, INTERFACES section 2; also as they were merged) under `ruleset` at `as_of`."""
    weighed = Weighed(facts, as_of)
    results: list[CriterionResult] = []
    required: list[str] = []
    met: set[Direction] = set()
    still_open: dict[Direction, set[str]] = {}
    for criterion in ruleset.criteria:
        truth, because = _judge(criterion, weighed)
        if truth is True:
            met.add(criterion.direction)
            results.append(CriterionResult(criterion.id, _TRUE, (), because))
        elif truth is False:
            results.append(CriterionResult(criterion.id, _FALSE, (), because))
        elif criterion.kind is _JUDGE:
            required.append(criterion.id)
            results.append(CriterionResult(criterion.id, _UNKNOWN, (), because))
        else:
            still_open.setdefault(criterion.direction, set()).update(truth)
            results.append(CriterionResult(criterion.id, _UNKNOWN, tuple(sorted(truth)), because))
    lanes, questions = _lanes(met, still_open)
    return Screening(
        ruleset=ruleset.id,
        ruleset_digest=ruleset.digest,
        as_of=as_of,
        lane=lanes[0] if len(lanes) == 1 else Lane.INSUFFICIENT_FACTS.value,
        possible_lanes=lanes,
        criteria=tuple(results),
        open_questions=questions,
        findings_required=tuple(sorted(required)),
    )


def _lanes(met: set[Direction], still_open: Mapping[Direction, set[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The possible lanes and the facts that could still narrow them: an open list stands for both of its values."""
    questions: set[str] = set()
    values: list[tuple[bool, ...]] = []
    for direction in (Direction.PRIORITY, Direction.DISCRETION):
        if direction in met:
            values.append((True,))
        elif direction in still_open:
            values.append((True, False))
            questions |= still_open[direction]
        else:
            values.append((False,))
    lanes = sorted(_LANES[priority, discretion] for priority in values[0] for discretion in values[1])
    return tuple(lanes), tuple(sorted(questions))


def _judge(criterion: Criterion, weighed: Weighed) -> tuple[Truth, str]:
    """What the facts say of the criterion. What an abuser alone says may help the person and never hurt."""
    if criterion.when is None:
        return frozenset(), _ONLY_AN_ATTORNEY
    outcome = criterion.when.judge(weighed.proven)
    if criterion.kind is _JUDGE:
        if outcome[0] is False:
            return False, _sentence(criterion, outcome, weighed.proven)
        return frozenset(), f"Only an attorney can find this; {'; '.join(dict.fromkeys(outcome[1]))}."
    if criterion.direction is _DISCRETION and outcome[0] is not True:
        for evidence in weighed.favourable(criterion.when.reads):
            favourable = criterion.when.judge(evidence)
            if favourable[0] is True:
                return True, _sentence(criterion, favourable, evidence)
    return outcome[0], _sentence(criterion, outcome, weighed.proven)


def _sentence(criterion: Criterion, outcome: Outcome, weighed: Evidence) -> str:
    truth, clauses = outcome
    if weighed.remarks and criterion.when is not None:
        for fact in criterion.facts:
            clauses += weighed.remarks.get(fact, ())
    said = "; ".join(dict.fromkeys(clauses)) if len(clauses) > 1 else clauses[0]
    if truth is True or truth is False:
        return f"{said[0].upper()}{said[1:]}."
    return f"Unknown: {said}."
