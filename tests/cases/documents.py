"""Documents that the tests of cases and intake start from, and where in them every value stands."""

from collections.abc import Iterator
from copy import deepcopy

CANARY = "CANARY-7fQ"
"""A value that must never be seen again once it was refused."""

Path = tuple[str | int, ...]

FULL_CASE: dict[str, object] = {
    "a_number": "A000000042",
    "respondent": {"family_name": "Sample", "given_name": "Alfa"},
    "office": "BAL",
    "court": {"base_city": "BAL", "next_hearing": {"date": "2012-03-01", "type": "master"}},
    "nta": {"filed": True, "date": "2010-05-04", "charges": ["212a06Ai"]},
    "custody": "never",
    "represented": True,
    "language": "SP",
    "nationality": "MX",
    "case_type": "RMV",
    "facts": {
        "birth_date": "1945-02",
        "first_arrival_date": {"value": "1994-08-11", "source": "a-file", "observed_at": "2011-11-20"},
        "last_entry_date": {"value": "1994", "observed_at": "2011-11-20T09:00:00Z", "coverage": "partial"},
        "last_entry_manner": "inspected",
        "status_violation_date": None,
        "lpr_since": {"value": None, "provided_by": ["agency", "abuser"]},
        "convictions": [{"grade": "misdemeanor", "offense": "dui", "date": "2003-07", "vacated": True}, {}],
        "prior_removals": {"value": 0, "coverage": "partial", "provided_by": "agency"},
        "national_security_concern": False,
        "gang_member": {"unknown": "no_source"},
        "human_rights_violator": False,
        "fraud_finding_by": "none",
        "military_service": "none",
        "relatives": [{"relation": "child", "citizenship": "usc", "military_service": "none"}, {"relation": "parent"}],
        "education": {"enrolled": False, "high_school_completed": True, "higher_education": "none"},
        "victim_of": {"unknown": "not_asked"},
        "serious_condition": "mental",
        "condition_needs_significant_resources": True,
    },
}


def full_case() -> dict[str, object]:
    """A case with every field and fact, in most of the forms that they can take."""
    return deepcopy(FULL_CASE)


def received(**changes: object) -> dict[str, object]:
    """A ``case.received`` event."""
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:example:intake",
        "type": "secondlook.case.received.v1",
        "subject": "SAMPLE-1",
        "time": "2011-12-05T13:00:00Z",
        "data": full_case(),
        **changes,
    }


def facts_updated(**changes: object) -> dict[str, object]:
    """A ``case.facts-updated`` event."""
    data = {"case": {"a_number": "42-000-000", "nta_date": "2010-05-04"}, "facts": {"prior_removals": 1}}
    return received(**{"id": "2", "type": "secondlook.case.facts-updated.v1", "data": data, **changes})


def values_in(document: object, at: Path = ()) -> Iterator[Path]:
    """The path of every value in the document, containers included."""
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in items:
        yield (*at, key)
        yield from values_in(value, (*at, key))


def changed(document: dict[str, object], at: Path, value: object) -> dict[str, object]:
    """The document with another value at the path."""
    copy = deepcopy(document)
    holder: object = copy
    for key in at[:-1]:
        holder = holder[key]  # type: ignore[index]
    holder[at[-1]] = value  # type: ignore[index]
    return copy


def place(at: Path) -> str:
    """How a problem names the path."""
    text = ""
    for key in at:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.removeprefix(".")
