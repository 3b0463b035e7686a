"""Rule sets and the three-valued evaluator: what the facts of a case say under a policy, and why. Pure after loading:
no clock, no files, no randomness. The rest of the product imports from here and from nowhere below.
"""

from secondlook.policy.loading import available_rulesets, choose_ruleset, load_ruleset
from secondlook.policy.located import RuleSetError
from secondlook.policy.ruleset import Criterion, CriterionKind, Direction, Parameter, RuleSet
from secondlook.policy.screening import CriterionResult, Lane, Result, Screening, screen

__all__ = [
    "Criterion",
    "CriterionKind",
    "CriterionResult",
    "Direction",
    "Lane",
    "Parameter",
    "Result",
    "RuleSet",
    "RuleSetError",
    "Screening",
    "available_rulesets",
    "choose_ruleset",
    "load_ruleset",
    "screen",
]
