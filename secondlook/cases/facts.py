"""A case as it is received: the format of INTERFACES section 2, held to strictly.

Every door checks with ``CASE`` or ``FACTS`` before anything is stored; ``screen`` on the command line calls
``parse_case``. Nothing here may guess a missing value, nor name a value in a problem.
"""

from collections.abc import Mapping

from secondlook.cases.documents import DOCUMENTS
from secondlook.cases.fact_checks import FACTS
from secondlook.cases.fields import (
    Check,
    FieldProblem,
    Invalid,
    boolean,
    described,
    full_date,
    list_of,
    matching,
    one_of,
    or_null,
    record,
    text,
)
from secondlook.cases.identity import LONGEST_A_NUMBER, IdentityError, normalise_a_number

__all__ = ["CASE", "FACTS", "FieldProblem", "Invalid", "a_number", "normalised_case", "parse_case", "parse_facts"]


@described({"type": "string", "maxLength": LONGEST_A_NUMBER, "description": "an optional A and 7 to 9 digits"})
def a_number(value: object, place: str, problems: list[FieldProblem]) -> None:
    """Any accepted way of writing an A-number."""
    try:
        normalise_a_number(value if isinstance(value, str) else "")
    except IdentityError as error:
        problems.append(FieldProblem(place, str(error)))


_HEARING = record({"date": full_date, "type": one_of("master", "merits")}, required=("date",))
_IDENTIFIER = record(
    {
        "scheme": matching("[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", "a scheme's name of at most 40 letters, digits or _.-"),
        "value": text(100),
    },
    required=("scheme", "value"),
)

CASE: Check = record(
    {
        "a_number": a_number,
        "respondent": record({"family_name": text(100), "given_name": text(100)}),
        "office": matching("[A-Z0-9]{2,5}", "an office code of 2 to 5 capital letters or digits"),
        "court": record(
            {
                "base_city": matching("[A-Z0-9]{2,5}", "a court code of 2 to 5 capital letters or digits"),
                "next_hearing": or_null(_HEARING),
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
        "documents": DOCUMENTS,
        "identifiers": list_of(_IDENTIFIER, most=50),
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
