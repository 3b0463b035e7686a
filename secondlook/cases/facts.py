"""A case as it is received, and its facts: the format of INTERFACES section 2, held to strictly.

Every door checks with ``CASE`` or ``FACTS`` before anything is stored; ``screen`` on the command line calls
``parse_case``. Facts are kept as they were given (wrappers, partial dates, order): what a fact means is the policy's
affair. Nothing here may guess a missing value, nor name a value in a problem.
"""

from collections.abc import Mapping

from secondlook.cases.fields import (
    Check,
    FieldProblem,
    Invalid,
    boolean,
    full_date,
    list_of,
    matching,
    one_of,
    or_null,
    partial_date,
    real_date,
    real_time,
    record,
    text,
    whole_number,
)
from secondlook.cases.identity import IdentityError, normalise_a_number

__all__ = ["CASE", "FACTS", "FieldProblem", "Invalid", "a_number", "normalised_case", "parse_case", "parse_facts"]

_PROVIDERS = one_of("agency", "respondent", "abuser", "third_party")
_PROVIDER_LIST = list_of(_PROVIDERS, least=1, most=4)
_MILITARY_SERVICE = one_of("none", "member_good_standing", "honorable_discharge", "other_discharge")
_VICTIM_OF = frozenset({"domestic_violence", "trafficking", "other_serious_crime"})


def a_number(value: object, place: str, problems: list[FieldProblem]) -> None:
    """Any accepted way of writing an A-number."""
    try:
        normalise_a_number(value if isinstance(value, str) else "")
    except IdentityError as error:
        problems.append(FieldProblem(place, str(error)))


def _provided_by(value: object, place: str, problems: list[FieldProblem]) -> None:
    (_PROVIDER_LIST if isinstance(value, list) else _PROVIDERS)(value, place, problems)


def _observed_at(value: object, place: str, problems: list[FieldProblem]) -> None:
    if not real_date(value, partial=True) and not real_time(value):
        problems.append(FieldProblem(place, "must be a date, or a time with its offset (RFC 3339)"))


def _victim_of(value: object, place: str, problems: list[FieldProblem]) -> None:
    # No index: even that the list has entries is protected (8 USC 1367) and stays out of error text.
    if (
        not isinstance(value, list)
        or len(value) > len(_VICTIM_OF)
        or not all(isinstance(item, str) and item in _VICTIM_OF for item in value)
    ):
        problems.append(FieldProblem(place, f"must be a list of any of {', '.join(sorted(_VICTIM_OF))}"))


def _fact(value_check: Check) -> Check:
    """The value itself, or a wrapper around it, or a reason why it is unknown."""
    known = record(
        {
            "value": value_check,
            "source": text(200),
            "provided_by": _provided_by,
            "observed_at": _observed_at,
            "coverage": one_of("complete", "partial"),
        },
        required=("value",),
    )
    unknown = record(
        {"unknown": one_of("not_asked", "no_source", "redacted", "conflicting", "unparseable", "source_unavailable")}
    )

    def check(value: object, place: str, problems: list[FieldProblem]) -> None:
        if not isinstance(value, dict):
            value_check(value, place, problems)
        elif "unknown" in value:
            unknown(value, place, problems)
        elif "value" in value:
            known(value, place, problems)
        else:
            value_check(value, place, problems)

    return check


_CONVICTION = record(
    {
        "grade": one_of("felony", "misdemeanor", "infraction"),
        "offense": one_of(
            "illegal_entry", "illegal_reentry", "immigration_fraud", "violence", "threats", "assault", "sexual_abuse",
            "sexual_exploitation", "dui", "hit_and_run", "drug_distribution", "drug_trafficking", "drug_possession",
            "theft", "fraud", "traffic", "other",
        ),
        "date": partial_date,
        "vacated": boolean,
    }
)  # fmt: skip

_RELATIVE = record(
    {
        "relation": one_of("spouse", "parent", "child", "sibling"),
        "citizenship": one_of("usc", "lpr", "other"),
        "military_service": _MILITARY_SERVICE,
    },
    required=("relation",),
)

_FACT_VALUES: Mapping[str, Check] = {
    "birth_date": partial_date,
    "first_arrival_date": partial_date,
    "last_entry_date": partial_date,
    "last_entry_manner": one_of("without_inspection", "inspected"),
    "status_violation_date": or_null(partial_date),
    "lpr_since": or_null(partial_date),
    "convictions": list_of(_CONVICTION, most=200),
    "prior_removals": whole_number(0, 1000),
    "national_security_concern": boolean,
    "gang_member": boolean,
    "human_rights_violator": boolean,
    "condition_needs_significant_resources": boolean,
    "fraud_finding_by": one_of("none", "immigration_officer", "immigration_judge"),
    "military_service": _MILITARY_SERVICE,
    "relatives": list_of(_RELATIVE, most=100),
    "education": record(
        {
            "enrolled": boolean,
            "high_school_completed": boolean,
            "higher_education": one_of("none", "pursuing", "completed"),
        }
    ),
    "victim_of": _victim_of,
    "serious_condition": one_of("none", "mental", "physical"),
}

FACTS: Check = record({name: _fact(check) for name, check in _FACT_VALUES.items()})

CASE: Check = record(
    {
        "a_number": a_number,
        "respondent": record({"family_name": text(100), "given_name": text(100)}),
        "office": matching("[A-Z0-9]{2,5}", "an office code of 2 to 5 capital letters or digits"),
        "court": record(
            {
                "base_city": matching("[A-Z0-9]{2,5}", "a court code of 2 to 5 capital letters or digits"),
                "next_hearing": record({"date": full_date, "type": one_of("master", "merits")}, required=("date",)),
            }
        ),
        "nta": record(
            {
                "filed": boolean,
                "date": full_date,
                "charges": list_of(
                    matching("[A-Za-z0-9(). -]{1,40}", "a charge code of at most 40 characters"), most=50
                ),
            },
            required=("date",),
        ),
        "custody": one_of("detained", "never", "released"),
        "represented": boolean,
        "language": matching("[A-Z0-9?]{1,5}", "a language code of at most 5 characters"),
        "nationality": matching("[A-Z0-9?]{1,5}", "a nationality code of at most 5 characters"),
        "case_type": matching("[A-Z0-9]{1,5}", "a case type code of at most 5 characters"),
        "facts": FACTS,
    },
    required=("a_number", "office", "nta"),
)


def normalised_case(case: Mapping[str, object]) -> dict[str, object]:
    """A case that passed CASE, with its A-number normalised and ``facts`` always there."""
    return {**case, "a_number": normalise_a_number(str(case["a_number"])), "facts": case.get("facts", {})}


def parse_case(raw: object) -> dict[str, object]:
    """The case, normalised. Raises Invalid with every problem found."""
    problems: list[FieldProblem] = []
    CASE(raw, "", problems)
    if problems or not isinstance(raw, dict):
        raise Invalid(problems)
    return normalised_case(raw)


def parse_facts(raw: object) -> dict[str, object]:
    """The facts, as they were given. Raises Invalid with every problem found."""
    problems: list[FieldProblem] = []
    FACTS(raw, "facts", problems)
    if problems or not isinstance(raw, dict):
        raise Invalid(problems)
    return dict(raw)
