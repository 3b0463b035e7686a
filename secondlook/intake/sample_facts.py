"""What the files of the synthetic docket say: facts that put a case into a lane, or leave it unclear.

Called by ``sample`` alone. The lanes are never written into a case: they come out when it is screened.
"""

from collections.abc import Callable
from random import Random

from secondlook.cases.fact_table import FACTS
from secondlook.intake.drawing import Shares, day, pick

Facts = dict[str, object]

_OFTEN_TOLD = frozenset({"relatives", "education", "serious_condition", "victim_of"})
"""What people tell of themselves; the rest stands in files."""
_RECORDS = {
    "convictions": ("court-record", "index-search"),
    "national_security_concern": ("index-search",),
    "gang_member": ("index-search",),
    "fraud_finding_by": ("a-file", "court-record"),
    "lpr_since": ("a-file", "status-system"),
    "military_service": ("a-file", "service-record"),
}
_SOURCES = {name: _RECORDS.get(name, ("a-file", "intake-form")) for name in FACTS}
# The lanes of a case that is not amenable. The unclear ones lack facts that could decide.
_standing = Shares({"neither": 0.36, "priority": 0.26, "mixed": 0.02, "unclear": 0.36})


def facts_of_a_case(random: Random, *, amenable: bool) -> Facts:
    """The facts of one respondent, plain; ``amenable`` puts them on list B alone."""
    standing = "discretion" if amenable else _standing(random)
    facts = _on_neither_list(random)
    if standing in ("discretion", "mixed"):
        pick(random, _ON_LIST_B)(random, facts)
    if standing in ("priority", "mixed"):
        pick(random, _ON_LIST_A)(random, facts)
    if standing == "unclear":
        if random.random() < 0.3:
            pick(random, _ON_LIST_A + _ON_LIST_B)(random, facts)
        for _ in range(1 + int(random.random() * 4)):
            pick(random, _UNCLEAR)(random, facts)
    return facts


def _on_neither_list(random: Random) -> Facts:
    """Everything known: of working age, came as an adult, long here, no ground of either list."""
    born = day(random, 1952, 1983)
    arrived = day(random, int(born[:4]) + 18, 2005)
    inspected = random.random() < 0.45
    relatives = [_relative(random) for _ in range(int(random.random() * 4))]
    return _ORDINARY | {
        "birth_date": born,
        "first_arrival_date": arrived,
        "last_entry_date": arrived,
        "last_entry_manner": "inspected" if inspected else "without_inspection",
        "status_violation_date": day(random, int(arrived[:4]) + 1, 2008) if inspected else arrived,
        "convictions": [_MINOR] if random.random() < 0.12 else [],
        "relatives": relatives,
        "education": {"enrolled": False, "high_school_completed": random.random() < 0.4, "higher_education": "none"},
    }


_ORDINARY: Facts = {name: fact.ordinary for name, fact in FACTS.items()}
_MINOR: dict[str, object] = {"grade": "misdemeanor", "offense": "traffic", "date": "2006"}


def _relative(random: Random) -> dict[str, object]:
    citizenship = "usc" if random.random() < 0.45 else "other"
    relation = pick(random, ("spouse", "child", "child", "sibling"))
    return {"relation": relation, "citizenship": citizenship, "military_service": "none"}


def _serves(random: Random, facts: Facts) -> None:
    facts["military_service"] = pick(random, ("member_good_standing", "honorable_discharge"))


def _spouse_serves(random: Random, facts: Facts) -> None:
    service = pick(random, ("member_good_standing", "honorable_discharge"))
    facts["relatives"] = [{"relation": "spouse", "citizenship": "usc", "military_service": service}]


def _came_as_a_child(random: Random, facts: Facts) -> None:
    born = day(random, 1992, 1998)
    facts["birth_date"] = born
    _arrive(facts, day(random, int(born[:4]) + 1, 2005))
    facts["education"] = {"enrolled": True, "high_school_completed": False, "higher_education": "none"}


def _went_to_college(random: Random, facts: Facts) -> None:
    born = day(random, 1981, 1989)
    facts["birth_date"] = born
    _arrive(facts, day(random, int(born[:4]) + 3, int(born[:4]) + 14))
    degree = pick(random, ("pursuing", "completed"))
    facts["education"] = {"enrolled": degree == "pursuing", "high_school_completed": True, "higher_education": degree}


def _grew_old_here(random: Random, facts: Facts) -> None:
    facts["birth_date"] = day(random, 1925, 1945)
    _arrive(facts, day(random, 1975, 2000))


def _victim(random: Random, facts: Facts) -> None:
    facts["victim_of"] = [pick(random, ("domestic_violence", "trafficking", "other_serious_crime"))]


def _long_resident(random: Random, facts: Facts) -> None:
    arrived = day(random, 1985, 1998)
    facts["birth_date"] = day(random, 1950, 1966)
    _arrive(facts, arrived)
    facts["last_entry_manner"] = "inspected"
    facts["lpr_since"] = day(random, int(arrived[:4]) + 1, 2000)
    facts["status_violation_date"] = None
    facts["convictions"] = [{"grade": "misdemeanor", "offense": pick(random, ("theft", "drug_possession"))}]


def _seriously_ill(random: Random, facts: Facts) -> None:
    facts["serious_condition"] = pick(random, ("mental", "physical"))
    facts["condition_needs_significant_resources"] = True


def _felony(random: Random, facts: Facts) -> None:
    offense = pick(random, ("drug_trafficking", "assault", "theft", "fraud", "sexual_abuse"))
    facts["convictions"] = [{"grade": "felony", "offense": offense, "date": day(random, 2006, 2010)}]


def _misdemeanors(random: Random, facts: Facts) -> None:
    second = pick(random, ("dui", "theft", "drug_possession", "hit_and_run"))
    facts["convictions"] = [_MINOR, {"grade": "misdemeanor", "offense": second, "date": day(random, 2006, 2010)}]


def _drunk_driving(random: Random, facts: Facts) -> None:
    facts["convictions"] = [{"grade": "misdemeanor", "offense": "dui", "date": day(random, 2006, 2010)}]


def _entered_lately(random: Random, facts: Facts) -> None:
    facts["last_entry_date"] = day(random, 2009, 2010)
    facts["last_entry_manner"] = "without_inspection"


def _overstayed_lately(random: Random, facts: Facts) -> None:
    facts["last_entry_manner"] = "inspected"
    facts["status_violation_date"] = day(random, 2009, 2010)


def _removed_before(random: Random, facts: Facts) -> None:
    facts["prior_removals"] = 1 + int(random.random() * 2)


def _found_in_fraud(random: Random, facts: Facts) -> None:
    facts["fraud_finding_by"] = pick(random, ("immigration_officer", "immigration_judge"))


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
    facts.pop(pick(random, ("military_service", "relatives", "education", "victim_of", "serious_condition")), None)


def _not_known(random: Random, facts: Facts) -> None:
    fact = pick(
        random, ("convictions", "prior_removals", "fraud_finding_by", "status_violation_date", "last_entry_date")
    )
    facts[fact] = {"unknown": pick(random, ("not_asked", "no_source", "redacted", "unparseable", "source_unavailable"))}


def _searched_in_part(random: Random, facts: Facts) -> None:
    source = pick(random, ("index-search", "court-record"))
    facts["convictions"] = {"value": [], "source": source, "provided_by": "agency", "coverage": "partial"}


def _birthday_unknown(random: Random, facts: Facts) -> None:
    facts["birth_date"] = pick(random, ("1946", "1946-12"))


def _concern_not_checked(random: Random, facts: Facts) -> None:
    facts[pick(random, ("national_security_concern", "gang_member"))] = {"unknown": "no_source"}


def _told_by_the_abuser(random: Random, facts: Facts) -> None:
    facts[pick(random, ("gang_member", "human_rights_violator"))] = {
        "value": True,
        "source": "telephone",
        "provided_by": "abuser",
    }


def _sources_conflict(random: Random, facts: Facts) -> None:
    facts[pick(random, ("last_entry_manner", "relatives", "gang_member", "military_service"))] = {
        "unknown": "conflicting"
    }


_UNCLEAR: tuple[_Shape, ...] = (
    _not_asked, _not_asked, _not_asked, _not_known, _not_known, _searched_in_part, _searched_in_part,
    _birthday_unknown, _concern_not_checked, _told_by_the_abuser, _sources_conflict,
)  # fmt: skip


def recorded(random: Random, facts: Facts) -> Facts:
    """As a file holds them: most with their source, who told it and when, some dates to the month where that decides
    nothing.
    """
    arrived = facts["first_arrival_date"]
    if isinstance(arrived, str) and random.random() < 0.15:
        facts["first_arrival_date"] = arrived[:7]
    for fact, value in facts.items():
        if random.random() < 0.85 and not (isinstance(value, dict) and ("value" in value or "unknown" in value)):
            told = "respondent" if fact in _OFTEN_TOLD and random.random() < 0.5 else "agency"
            source = "interview" if told == "respondent" else pick(random, _SOURCES[fact])
            observed = day(random, 2009, 2011)
            facts[fact] = {"value": value, "source": source, "provided_by": told, "observed_at": observed}
    return facts
