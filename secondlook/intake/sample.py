"""A synthetic docket: ``case.received`` events as an office's systems would have sent them on 5 December 2011.

Called by ``secondlook sample`` and ``secondlook up``. Shares follow the programme's published numbers
(about 8 % amenable in all, 9.7 % in Baltimore, 16.4 % in Denver; nearly half pro se). Nobody in it is real: A-numbers
are from an unassigned range, names say that they are samples. The same count and seed give the same docket.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate
from random import Random
from typing import TypeVar

AS_OF = date(2011, 12, 5)
SOURCE = "urn:secondlook:sample"

_T = TypeVar("_T")
Facts = dict[str, object]

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
_SOURCES = ("a-file", "intake-form", "court-record", "index-search")


class _Draw:
    """Weighted choice over a fixed table."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        self._words = tuple(shares)
        self._bounds = tuple(accumulate(shares.values()))

    def __call__(self, random: Random) -> str:
        drawn = random.random() * self._bounds[-1]
        return next(word for word, bound in zip(self._words, self._bounds, strict=True) if drawn < bound)


_office = _Draw({office: share for office, (share, _) in _OFFICES.items()})
_nationality = _Draw(_NATIONALITIES)
_custody = _Draw({"never": 0.72, "released": 0.19, "detained": 0.09})
_case_type = _Draw({"RMV": 0.96, "DEP": 0.02, "WHO": 0.01, "AOC": 0.01})
# The lanes of a case that is not amenable. The unclear ones lack facts that could decide.
_standing = _Draw({"neither": 0.36, "priority": 0.26, "mixed": 0.02, "unclear": 0.36})


def sample_events(count: int, seed: int) -> Iterator[dict[str, object]]:
    """``count`` events, each of another respondent, as JSON values."""
    random = Random(seed)  # noqa: S311 - a docket that can be made again, no secret
    for number in range(1, count + 1):
        yield {
            "specversion": "1.0",
            "id": f"sample-{seed}-{number}",
            "source": SOURCE,
            "type": "secondlook.case.received.v1",
            "subject": f"SAMPLE-{number:07d}",
            "time": "2011-12-05T13:00:00Z",
            "datacontenttype": "application/json",
            "data": _case(random, number),
        }


def _case(random: Random, number: int) -> dict[str, object]:
    office = _office(random)
    nationality = _nationality(random)
    custody = _custody(random)
    filed = random.random() < 0.93
    facts = _facts(random, amenable=random.random() < _OFFICES[office][1])
    court: dict[str, object] = {"base_city": office}
    if filed:
        days = 3 + int(random.random() * (40 if custody == "detained" else 700))
        hearing = date.fromordinal(AS_OF.toordinal() + days).isoformat()
        court["next_hearing"] = {"date": hearing, "type": "master" if random.random() < 0.6 else "merits"}
    return {
        "a_number": f"A{number:09d}",
        "respondent": {
            "family_name": f"{_one(random, _FAMILY_NAMES)}-{number}",
            "given_name": _one(random, _GIVEN_NAMES),
        },
        "office": office,
        "court": court,
        "nta": {"filed": filed, "date": _after_entry(random, facts), "charges": _charges(facts)},
        "custody": custody,
        "represented": random.random() < 0.52,
        "language": _LANGUAGES.get(nationality, "SP"),
        "nationality": nationality,
        "case_type": _case_type(random),
        "facts": _recorded(random, facts),
    }


def _after_entry(random: Random, facts: Facts) -> str:
    entered = facts["last_entry_date"]
    return _day(random, max(2007, int(entered[:4]) + 1) if isinstance(entered, str) else 2011, 2011)


def _facts(random: Random, *, amenable: bool) -> Facts:
    standing = "discretion" if amenable else _standing(random)
    facts = _on_neither_list(random)
    if standing in ("discretion", "mixed"):
        _one(random, _ON_LIST_B)(random, facts)
    if standing in ("priority", "mixed"):
        _one(random, _ON_LIST_A)(random, facts)
    if standing == "unclear":
        if random.random() < 0.3:
            _one(random, _ON_LIST_A + _ON_LIST_B)(random, facts)
        for _ in range(1 + int(random.random() * 4)):
            _one(random, _UNCLEAR)(random, facts)
    return facts


def _on_neither_list(random: Random) -> Facts:
    """Everything known: of working age, came as an adult, long here, no ground of either list."""
    born = _day(random, 1952, 1983)
    arrived = _day(random, int(born[:4]) + 18, 2005)
    inspected = random.random() < 0.45
    relatives = [_relative(random) for _ in range(int(random.random() * 4))]
    return {
        "birth_date": born,
        "first_arrival_date": arrived,
        "last_entry_date": arrived,
        "last_entry_manner": "inspected" if inspected else "without_inspection",
        "status_violation_date": _day(random, int(arrived[:4]) + 1, 2008) if inspected else arrived,
        "lpr_since": None,
        "convictions": [_MINOR] if random.random() < 0.12 else [],
        "prior_removals": 0,
        "national_security_concern": False,
        "gang_member": False,
        "human_rights_violator": False,
        "fraud_finding_by": "none",
        "military_service": "none",
        "relatives": relatives,
        "education": {"enrolled": False, "high_school_completed": random.random() < 0.4, "higher_education": "none"},
        "victim_of": [],
        "serious_condition": "none",
        "condition_needs_significant_resources": False,
    }


_MINOR: dict[str, object] = {"grade": "misdemeanor", "offense": "traffic", "date": "2006"}


def _relative(random: Random) -> dict[str, object]:
    citizenship = "usc" if random.random() < 0.45 else "other"
    relation = _one(random, ("spouse", "child", "child", "sibling"))
    return {"relation": relation, "citizenship": citizenship, "military_service": "none"}


def _serves(random: Random, facts: Facts) -> None:
    facts["military_service"] = _one(random, ("member_good_standing", "honorable_discharge"))


def _spouse_serves(random: Random, facts: Facts) -> None:
    service = _one(random, ("member_good_standing", "honorable_discharge"))
    facts["relatives"] = [{"relation": "spouse", "citizenship": "usc", "military_service": service}]


def _came_as_a_child(random: Random, facts: Facts) -> None:
    born = _day(random, 1992, 1998)
    facts["birth_date"] = born
    _arrive(facts, _day(random, int(born[:4]) + 1, 2005))
    facts["education"] = {"enrolled": True, "high_school_completed": False, "higher_education": "none"}


def _went_to_college(random: Random, facts: Facts) -> None:
    born = _day(random, 1981, 1989)
    facts["birth_date"] = born
    _arrive(facts, _day(random, int(born[:4]) + 3, int(born[:4]) + 14))
    degree = _one(random, ("pursuing", "completed"))
    facts["education"] = {"enrolled": degree == "pursuing", "high_school_completed": True, "higher_education": degree}


def _grew_old_here(random: Random, facts: Facts) -> None:
    facts["birth_date"] = _day(random, 1925, 1945)
    _arrive(facts, _day(random, 1975, 2000))


def _victim(random: Random, facts: Facts) -> None:
    facts["victim_of"] = [_one(random, ("domestic_violence", "trafficking", "other_serious_crime"))]


def _long_resident(random: Random, facts: Facts) -> None:
    arrived = _day(random, 1985, 1998)
    facts["birth_date"] = _day(random, 1950, 1966)
    _arrive(facts, arrived)
    facts["last_entry_manner"] = "inspected"
    facts["lpr_since"] = _day(random, int(arrived[:4]) + 1, 2000)
    facts["status_violation_date"] = None
    facts["convictions"] = [{"grade": "misdemeanor", "offense": _one(random, ("theft", "drug_possession"))}]


def _seriously_ill(random: Random, facts: Facts) -> None:
    facts["serious_condition"] = _one(random, ("mental", "physical"))
    facts["condition_needs_significant_resources"] = True


def _felony(random: Random, facts: Facts) -> None:
    offense = _one(random, ("drug_trafficking", "assault", "theft", "fraud", "sexual_abuse"))
    facts["convictions"] = [{"grade": "felony", "offense": offense, "date": _day(random, 2006, 2010)}]


def _misdemeanors(random: Random, facts: Facts) -> None:
    second = _one(random, ("dui", "theft", "drug_possession", "hit_and_run"))
    facts["convictions"] = [_MINOR, {"grade": "misdemeanor", "offense": second, "date": _day(random, 2006, 2010)}]


def _drunk_driving(random: Random, facts: Facts) -> None:
    facts["convictions"] = [{"grade": "misdemeanor", "offense": "dui", "date": _day(random, 2006, 2010)}]


def _entered_lately(random: Random, facts: Facts) -> None:
    facts["last_entry_date"] = _day(random, 2009, 2010)
    facts["last_entry_manner"] = "without_inspection"


def _overstayed_lately(random: Random, facts: Facts) -> None:
    facts["last_entry_manner"] = "inspected"
    facts["status_violation_date"] = _day(random, 2009, 2010)


def _removed_before(random: Random, facts: Facts) -> None:
    facts["prior_removals"] = 1 + int(random.random() * 2)


def _found_in_fraud(random: Random, facts: Facts) -> None:
    facts["fraud_finding_by"] = _one(random, ("immigration_officer", "immigration_judge"))


def _arrive(facts: Facts, day: str) -> None:
    for fact in ("first_arrival_date", "last_entry_date", "status_violation_date"):
        facts[fact] = day


_Shape = Callable[[Random, Facts], None]
_ON_LIST_B: tuple[_Shape, ...] = (
    _serves, _spouse_serves, _came_as_a_child, _came_as_a_child, _went_to_college, _grew_old_here, _victim,
    _long_resident, _seriously_ill,
)  # fmt: skip
_ON_LIST_A: tuple[_Shape, ...] = (
    _felony, _misdemeanors, _drunk_driving, _entered_lately, _entered_lately, _overstayed_lately, _removed_before,
    _removed_before, _found_in_fraud,
)  # fmt: skip


def _not_asked(random: Random, facts: Facts) -> None:
    facts.pop(_one(random, ("military_service", "relatives", "education", "victim_of", "serious_condition")), None)


def _not_known(random: Random, facts: Facts) -> None:
    fact = _one(
        random, ("convictions", "prior_removals", "fraud_finding_by", "status_violation_date", "last_entry_date")
    )
    facts[fact] = {"unknown": _one(random, ("not_asked", "no_source", "redacted", "unparseable", "source_unavailable"))}


def _searched_in_part(random: Random, facts: Facts) -> None:
    source = _one(random, ("index-search", "court-record"))
    facts["convictions"] = {"value": [], "source": source, "provided_by": "agency", "coverage": "partial"}


def _birthday_unknown(random: Random, facts: Facts) -> None:
    facts["birth_date"] = _one(random, ("1946", "1946-12"))


def _concern_not_checked(random: Random, facts: Facts) -> None:
    facts[_one(random, ("national_security_concern", "gang_member"))] = {"unknown": "no_source"}


def _told_by_the_abuser(random: Random, facts: Facts) -> None:
    facts[_one(random, ("gang_member", "human_rights_violator"))] = {
        "value": True,
        "source": "telephone",
        "provided_by": "abuser",
    }


_UNCLEAR: tuple[_Shape, ...] = (
    _not_asked, _not_asked, _not_asked, _not_known, _not_known, _searched_in_part, _searched_in_part,
    _birthday_unknown, _concern_not_checked, _told_by_the_abuser,
)  # fmt: skip


def _charges(facts: Facts) -> list[str]:
    charges = ["237a01B" if facts.get("last_entry_manner") == "inspected" else "212a06Ai"]
    convictions = facts.get("convictions")
    if isinstance(convictions, list) and any(each["grade"] == "felony" for each in convictions):
        charges.append("237a02Aiii")
    return charges


def _recorded(random: Random, facts: Facts) -> Facts:
    """As a file holds them: some dates to the month where that decides nothing, some facts with their source."""
    for fact in ("birth_date", "convictions", "prior_removals", "last_entry_date"):
        value = facts.get(fact)
        if random.random() < 0.25 and not isinstance(value, dict):
            observed = _day(random, 2011, 2011)
            facts[fact] = {"value": value, "source": _one(random, _SOURCES), "observed_at": observed}
    arrived = facts["first_arrival_date"]
    if isinstance(arrived, str) and random.random() < 0.15:
        facts["first_arrival_date"] = arrived[:7]
    return facts


def _one(random: Random, values: Sequence[_T]) -> _T:
    return values[int(random.random() * len(values))]


def _day(random: Random, first_year: int, last_year: int) -> str:
    """A day of these years, none later than 30 November 2011."""
    first = date(first_year, 1, 1).toordinal()
    last = date(last_year, 11, 30).toordinal()
    return date.fromordinal(first + int(random.random() * (last - first))).isoformat()
