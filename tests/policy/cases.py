"""A case in which everything is known and neither list is met, for tests to vary one fact at a time."""

from datetime import date

from secondlook.policy import Screening, load_ruleset, screen

OPLA = load_ruleset("opla-2011-11-17")
AS_OF = date(2011, 12, 5)
KNOWN: dict[str, object] = {
    "birth_date": "1970-05-05",
    "first_arrival_date": "1990-01-01",
    "last_entry_date": "1990-01-01",
    "last_entry_manner": "inspected",
    "status_violation_date": None,
    "lpr_since": None,
    "convictions": [],
    "prior_removals": 0,
    "national_security_concern": False,
    "gang_member": False,
    "human_rights_violator": False,
    "condition_needs_significant_resources": False,
    "fraud_finding_by": "none",
    "military_service": "none",
    "relatives": [],
    "education": {"enrolled": False, "high_school_completed": False, "higher_education": "none"},
    "victim_of": [],
    "serious_condition": "none",
}


def screened(**changed: object) -> Screening:
    """The known case with some facts changed."""
    return screen({**KNOWN, **changed}, OPLA, AS_OF)


def result(criterion: str, **changed: object) -> str:
    """What the known case with some facts changed answers to one criterion."""
    return next(c.result for c in screened(**changed).criteria if c.id == criterion)


def because(criterion: str, **changed: object) -> str:
    """How the known case with some facts changed explains one criterion."""
    return next(c.because for c in screened(**changed).criteria if c.id == criterion)
