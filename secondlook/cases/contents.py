"""What the ``data`` of each event must hold, apart from a received case (``facts.CASE``): INTERFACES section 1.

Read by ``events.parse_event`` alone. The form of an act is checked here; whether it may be done is the lifecycle's.
"""

from collections.abc import Mapping

from secondlook.cases.facts import FACTS, a_number
from secondlook.cases.fields import (
    Check,
    FieldProblem,
    described,
    full_date,
    list_of,
    matching,
    one_of,
    record,
    text,
    whole_number,
)

_CASE_ID = matching("[A-Za-z0-9_-]{1,64}", "a case id, or an object with a_number and nta_date")
_CASE_KEY = record({"a_number": a_number, "nta_date": full_date}, required=("a_number", "nta_date"))
_VERSION = whole_number(1, 2**31 - 1)
_LONGEST_TEXT = 20_000
_ACTOR = record(
    {
        "subject": text(255),
        "roles": list_of(text(64), most=20),
        "offices": list_of(matching("[A-Z0-9]{2,5}", "an office code"), most=200),
    },
    required=("subject", "roles", "offices"),
)


@described({"anyOf": [_CASE_ID.schema, _CASE_KEY.schema]})
def _case(value: object, place: str, problems: list[FieldProblem]) -> None:
    (_CASE_KEY if isinstance(value, dict) else _CASE_ID).find(value, place, problems)


_CRITERION_ID = matching("[A-Z]+-[0-9]{2}[a-z]?", "a criterion's id")
_FINDING = one_of("true", "false", "cannot_tell")
_MOST_FINDINGS = 100


@described({"type": "object", "additionalProperties": _FINDING.schema, "maxProperties": _MOST_FINDINGS})
def _findings(value: object, place: str, problems: list[FieldProblem]) -> None:
    if not isinstance(value, dict) or len(value) > _MOST_FINDINGS:
        problems.append(FieldProblem(place, f"must be an object of at most {_MOST_FINDINGS} findings"))
        return
    for number, (criterion, finding) in enumerate(value.items(), 1):
        _CRITERION_ID(criterion, f"{place} (key number {number})", problems)
        _FINDING(finding, f"{place} (value number {number})", problems)


REVIEWED = record(
    {
        "case": _CASE_ID,
        "actor": _ACTOR,
        "action": one_of("close", "dismiss", "continue", "need_facts"),
        "reasons": list_of(
            matching("[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", "a reason code of at most 40 characters"), least=1, most=20
        ),
        "rationale": text(_LONGEST_TEXT),
        "findings": _findings,
        "case_version": _VERSION,
    },
    required=("case", "actor", "action", "reasons", "rationale", "findings", "case_version"),
)
_CONCURRED_FIELDS: Mapping[str, Check] = {
    "case": _CASE_ID,
    "actor": _ACTOR,
    "answer": one_of("concur", "return"),
    "note": text(_LONGEST_TEXT, blank=True),
    "case_version": _VERSION,
}
_CONCURRED = record(_CONCURRED_FIELDS, required=("case", "actor", "answer", "note", "case_version"))
_RETURNED = record({**_CONCURRED_FIELDS, "note": text(_LONGEST_TEXT)}, required=tuple(_CONCURRED_FIELDS))


@described(_CONCURRED.schema)
def concurred(value: object, place: str, problems: list[FieldProblem]) -> None:
    """A supervisor's answer; who returns a case says why."""
    returned = isinstance(value, dict) and value.get("answer") == "return"
    (_RETURNED if returned else _CONCURRED).find(value, place, problems)


FACTS_UPDATED = record({"case": _case, "facts": FACTS}, required=("case", "facts"))
WITHDRAWN = record(
    {"case": _CASE_ID, "actor": _ACTOR, "reason": text(_LONGEST_TEXT), "case_version": _VERSION},
    required=("case", "actor", "reason", "case_version"),
)
