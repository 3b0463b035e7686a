"""A synthetic docket: ``case.received`` events as an office's systems would have sent them on 5 December 2011.

Called by ``secondlook sample`` and ``secondlook up``. Shares follow the programme's published numbers
(about 8 % amenable in all, 9.7 % in Baltimore, 16.4 % in Denver; nearly half pro se). Nobody in it is real: A-numbers
are from an unassigned range, names say that they are samples. The same count and seed give the same docket.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import NamedTuple

from secondlook.intake.drawing import Shares, day, pick
from secondlook.intake.sample_facts import Facts, facts_of_a_case, recorded

AS_OF = date(2011, 12, 5)
SOURCE = "urn:secondlook:sample"

# Office and court share their code: share of the docket, and of it the share amenable to discretion. Baltimore and
# Denver are the pilots' figures; the others follow the offices' shares of discretion among completions (TRAC 339),
# scaled to about 8 % over all offices.
_OFFICES: Mapping[str, tuple[float, float]] = {
    "BAL": (0.12, 0.097),
    "DEN": (0.08, 0.164),
    "LOS": (0.18, 0.11),
    "NYC": (0.16, 0.03),
    "MIA": (0.14, 0.05),
    "HOU": (0.10, 0.02),
    "CHI": (0.08, 0.04),
    "SEA": (0.05, 0.14),
    "PHO": (0.04, 0.10),
    "TUC": (0.03, 0.12),
    "OMA": (0.02, 0.11),
}
_NATIONALITIES = {
    "MX": 0.40, "GT": 0.13, "ES": 0.13, "HO": 0.10, "CH": 0.06, "HA": 0.03, "EC": 0.03, "CO": 0.03, "IN": 0.03,
    "CU": 0.03, "BR": 0.03,
}  # fmt: skip
_LANGUAGES = {"CH": "MAN", "HA": "CRE", "IN": "ENG", "BR": "POR"}
_FAMILY_NAMES = ("Sample", "Specimen", "Example", "Placeholder", "Testcase")
_GIVEN_NAMES = ("Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo")

_WITH_THE_ONE_BEFORE = 0.08
"""Of the respondents, those who came with the one before: the same name, court and nationality."""

_office = Shares({office: share for office, (share, _) in _OFFICES.items()})
_nationality = Shares(_NATIONALITIES)
_custody = Shares({"never": 0.72, "released": 0.19, "detained": 0.09})
_case_type = Shares({"RMV": 0.96, "DEP": 0.02, "WHO": 0.01, "AOC": 0.01})


class _Family(NamedTuple):
    name: str
    office: str
    nationality: str


def sample_events(count: int, seed: int) -> Iterator[dict[str, object]]:
    """``count`` events, each of another respondent, as JSON values."""
    random = Random(seed)  # noqa: S311 - a docket that can be made again, no secret
    family = _Family("", "", "")
    for number in range(1, count + 1):
        if random.random() >= _WITH_THE_ONE_BEFORE or number == 1:
            family = _Family(f"{pick(random, _FAMILY_NAMES)}-{number}", _office(random), _nationality(random))
        yield {
            "specversion": "1.0",
            "id": f"sample-{seed}-{number}",
            "source": SOURCE,
            "type": "secondlook.case.received.v1",
            "subject": f"SAMPLE-{number:07d}",
            "time": "2011-12-05T13:00:00Z",
            "datacontenttype": "application/json",
            "data": _case(random, number, family),
        }


def _case(random: Random, number: int, family: _Family) -> dict[str, object]:
    office, nationality = family.office, family.nationality
    custody = _custody(random)
    filed = random.random() < 0.93
    facts = facts_of_a_case(random, amenable=random.random() < _OFFICES[office][1])
    court: dict[str, object] = {"base_city": office}
    if filed:
        days = 3 + int(random.random() * (40 if custody == "detained" else 700))
        hearing = date.fromordinal(AS_OF.toordinal() + days).isoformat()
        court["next_hearing"] = {"date": hearing, "type": "master" if random.random() < 0.6 else "merits"}
    return {
        "a_number": f"A{number:09d}",
        "respondent": {
            "family_name": family.name,
            "given_name": pick(random, _GIVEN_NAMES),
        },
        "office": office,
        "court": court,
        "nta": {"filed": filed, "date": _after_entry(random, facts), "charges": _charges(facts)},
        "custody": custody,
        "represented": random.random() < 0.52,
        "language": _LANGUAGES.get(nationality, "SP"),
        "nationality": nationality,
        "case_type": _case_type(random),
        "identifiers": [{"scheme": "docket", "value": f"SAMPLE-{office}-{number:07d}"}],
        "facts": recorded(random, facts),
    }


def _after_entry(random: Random, facts: Facts) -> str:
    entered = facts["last_entry_date"]
    return day(random, max(2007, int(entered[:4]) + 1) if isinstance(entered, str) else 2011, 2011)


def _charges(facts: Facts) -> list[str]:
    charges = ["237a01B" if facts.get("last_entry_manner") == "inspected" else "212a06Ai"]
    convictions = facts.get("convictions")
    if isinstance(convictions, list) and any(each["grade"] == "felony" for each in convictions):
        charges.append("237a02Aiii")
    return charges
