"""The facts of a case, one row each: INTERFACES section 2, in the order in which pages show them.

The doors check by this table (``facts``), rule sets may name what is in it and their explanations take its words
(``secondlook.policy``), pages take their titles from it, and the synthetic docket begins with its ordinary values. It
must never hold a rule.
"""

from collections.abc import Mapping

from secondlook.cases.fact_kinds import Fact, Kind, Phrase, Shape, Value, words

_FLAG = Value(Kind.FLAG)
_DATE = Value(Kind.DATE)
_DATE_OR_NEVER = Value(Kind.DATE, nullable=True)
_SERVICE = words("none", "member_good_standing", "honorable_discharge", "other_discharge")

_ROWS = (
    Fact("birth_date", "Date of birth", "the birth date", Shape.SINGLE, _DATE),
    Fact("first_arrival_date", "First arrival", "the first arrival date", Shape.SINGLE, _DATE),
    Fact("last_entry_date", "Last entry", "the last entry date", Shape.SINGLE, _DATE),
    Fact(
        "last_entry_manner",
        "Manner of last entry",
        "the manner of the last entry",
        Shape.SINGLE,
        words("without_inspection", "inspected"),
    ),
    Fact(
        "status_violation_date",
        "Violation of status",
        "the date of a status violation",
        Shape.SINGLE,
        _DATE_OR_NEVER,
        never="it is known that status was never violated",
    ),
    Fact(
        "lpr_since",
        "Lawful permanent resident since",
        "the start of lawful permanent residence",
        Shape.SINGLE,
        _DATE_OR_NEVER,
        never="it is known that there was never lawful permanent residence",
    ),
    Fact(
        "convictions",
        "Convictions",
        "convictions",
        Shape.LIST,
        parts={
            "grade": words("felony", "misdemeanor", "infraction"),
            "offense": words(
                *("illegal_entry", "illegal_reentry", "immigration_fraud", "violence", "threats", "assault"),
                *("sexual_abuse", "sexual_exploitation", "dui", "hit_and_run", "drug_distribution"),
                *("drug_trafficking", "drug_possession", "theft", "fraud", "traffic", "other"),
            ),
            "date": _DATE,
            "vacated": _FLAG,
        },
        most=200,
        ordinary=[],
        plural=True,
        noun="conviction",
        nouns="convictions",
        phrases=(
            Phrase("grade", "{} conviction", "conviction of unknown grade", "of grade {}"),
            Phrase("offense", " for {}", " for an unknown offense", "for {}"),
            Phrase("date", " ({})", "", "dated {}"),
        ),
    ),
    Fact(
        "prior_removals",
        "Previous removals",
        "the number of prior removals",
        Shape.SINGLE,
        Value(Kind.WHOLE),
        most=1000,
        ordinary=0,
    ),
    Fact(
        "national_security_concern",
        "National security concern",
        "the answer on a national security concern",
        Shape.SINGLE,
        _FLAG,
        ordinary=False,
        yes="a national security concern is on record",
        no="it is known that there is no national security concern",
    ),
    Fact(
        "gang_member",
        "Gang member",
        "the answer on gang membership",
        Shape.SINGLE,
        _FLAG,
        ordinary=False,
        yes="gang membership is on record",
        no="it is known that there is no gang membership",
    ),
    Fact(
        "human_rights_violator",
        "Human rights violator",
        "the answer on human rights violations",
        Shape.SINGLE,
        _FLAG,
        ordinary=False,
        yes="human rights violations are on record",
        no="it is known that there are no human rights violations",
    ),
    Fact(
        "condition_needs_significant_resources",
        "Condition needs significant resources",
        "the answer on significant medical or detention resources",
        Shape.SINGLE,
        _FLAG,
        ordinary=False,
        yes="the condition needs significant resources",
        no="it is known that no condition needs significant resources",
    ),
    Fact(
        "fraud_finding_by",
        "Immigration fraud found by",
        "the maker of a fraud finding",
        Shape.SINGLE,
        words("none", "immigration_officer", "immigration_judge"),
        ordinary="none",
    ),
    Fact("military_service", "Military service", "military service", Shape.SINGLE, _SERVICE, ordinary="none"),
    Fact(
        "relatives",
        "Relatives",
        "relatives",
        Shape.LIST,
        parts={
            "relation": words("spouse", "parent", "child", "sibling"),
            "citizenship": words("usc", "lpr", "other"),
            "military_service": _SERVICE,
        },
        required=("relation",),
        most=100,
        ordinary=[],
        plural=True,
        noun="relative",
        nouns="relatives",
        phrases=(
            Phrase("relation", "{}", "relative of unknown relation", "who is a {}"),
            Phrase("citizenship", " with citizenship {}", " of unknown citizenship", "with citizenship {}"),
            Phrase(
                "military_service",
                " and military service {}",
                " and unknown military service",
                "with military service {}",
            ),
        ),
    ),
    Fact(
        "education",
        "Education",
        "education",
        Shape.RECORD,
        parts={
            "enrolled": _FLAG,
            "high_school_completed": _FLAG,
            "higher_education": words("none", "pursuing", "completed"),
        },
    ),
    Fact(
        "victim_of",
        "Victim of",
        "the answer on having been a victim",
        Shape.LIST,
        parts={"word": words("domestic_violence", "trafficking", "other_serious_crime")},
        most=3,
        ordinary=[],
        protected=True,
        noun="experience as a victim",
        nouns="experiences as a victim",
        phrases=(
            Phrase("word", "experience as a victim of {}", "experience as a victim of something unlisted", "of {}"),
        ),
        bare=True,
    ),
    Fact(
        "serious_condition",
        "Serious condition",
        "the serious condition",
        Shape.SINGLE,
        words("none", "mental", "physical"),
        ordinary="none",
    ),
)
FACTS: Mapping[str, Fact] = {fact.name: fact for fact in _ROWS}

REASONS = ("not_asked", "no_source", "redacted", "conflicting", "unparseable", "source_unavailable", "retracted")
"""Why a fact is not known."""
COVERAGES = ("complete", "partial")
PROVIDERS = ("agency", "respondent", "abuser", "third_party")
