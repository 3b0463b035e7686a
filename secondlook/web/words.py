"""Codes in plain words, for every page. Data and look-ups only: what a code means is said where it is defined."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from secondlook.cases import fact_table
from secondlook.cases.event_types.concurred import CHECKED
from secondlook.cases.event_types.reviewed import ACTION_WORDS, FINDING_WORDS
from secondlook.cases.lifecycle import stages
from secondlook.cases.refusal import refusals
from secondlook.policy import Lane
from secondlook.records.reading import Sort, Unreadable

STAGES: Final = {str(stage): stage.words for stage in stages()}
LANES: Final = {
    Lane.PRIORITY.value: "Priority criteria met",
    Lane.DISCRETION.value: "Discretion criteria met",
    Lane.MIXED.value: "Both lists met",
    Lane.NEITHER.value: "Neither list met",
    Lane.INSUFFICIENT_FACTS.value: "Facts missing",
}
NO_LANE: Final = "Not screened yet"
UNKNOWN_STAGE: Final = "In a stage that this release does not know"
UNKNOWN_LANE: Final = "In a lane that this release does not know"
UNKNOWN_REFUSAL: Final = (
    "The record refused this for a reason that this release does not know. Tell the operators; a newer one says why."
)
UNREADABLE: Final = {
    Unreadable.UNOPENED: "it is damaged, or sealed under a key that is not here",
    Unreadable.NEWER: "a newer release wrote it",
}
"""Why something on record is not shown."""
SORTS: Final = {
    Sort.URGENCY: "Detained first, then nearest hearing",
    Sort.HEARING: "Nearest hearing",
    Sort.AGE: "Longest here",
    Sort.DECIDED: "Last decided first",
}
ACTIONS: Final = ACTION_WORDS
FINDINGS: Final = FINDING_WORDS
CUSTODY: Final = {"detained": "Detained", "never": "Never detained", "released": "Released"}
HEARINGS: Final = {"master": "master calendar", "merits": "merits"}
CAME_BACK: Final = {
    "returned": "returned",
    "withdrawn": "withdrawn",
    "lane_changed": "set aside",
    "criteria_changed": "set aside",
    "office_changed": "set aside",
    "reopened": "reopened",
    "facts_arrived": "facts arrived",
}
"""Why a case is with the attorney again, as lists mark it."""
ANSWERS: Final = {"concur": "Concur", "return": "Return to the attorney"}
CHECKS: Final = {each: each.capitalize() for each in CHECKED}
LATE_ANSWERS: Final = {"no_change": "Looked at them: no change", "reopen": "Reopen the case: a new round of review"}
UNKNOWN_BECAUSE: Final = {
    "not_asked": "not asked",
    "no_source": "no source",
    "redacted": "redacted",
    "conflicting": "sources conflict",
    "unparseable": "could not be read",
    "source_unavailable": "source not available",
    "retracted": "taken back by its source",
}
FACTS: Final = {name: fact.title for name, fact in fact_table.FACTS.items()}
PROTECTED_FACTS: Final = frozenset(name for name, fact in fact_table.FACTS.items() if fact.protected)
"""8 USC 1367: shown on the case's own page alone, to who may decide it, and marked there."""
UNPROTECTED_FACTS: Final = tuple(name for name in FACTS if name not in PROTECTED_FACTS)
PURPOSES: Final = {
    "audit": "An audit of the office's decisions",
    "complaint": "A complaint or an inquiry about this case",
    "authority": "A court or another authority asks",
    "correction": "A correction of the record",
}
"""Why somebody who may not decide a case has protected facts shown: codes, since they stand in the audit chain."""

_DAY: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d\d))?(?!\d)", re.ASCII)

_DAY_WITHIN: Final = re.compile(r"(?<![\w-])\d{4}-\d\d(?:-\d\d)?(?![\w-])", re.ASCII)


@cache
def reasons() -> dict[str, str]:
    """The reason codes of ``reasons.yaml`` with their words, in the file's order."""
    listed = yaml.safe_load((Path(__file__).parent / "reasons.yaml").read_text(encoding="utf-8"))
    return {str(each["code"]): str(each["words"]) for each in listed}


def lane(code: str | None) -> str:
    """A lane in words, also where there is none yet."""
    return NO_LANE if code is None else LANES.get(code, UNKNOWN_LANE)


def fact(path: str) -> str:
    """A fact's name, also of a part such as ``education.enrolled``."""
    name, _, part = path.partition(".")
    return FACTS.get(name, plain(name)) + (f": {plain(part).lower()}" if part else "")


def finding(code: str) -> str:
    """What somebody found on a criterion, in words."""
    return FINDINGS.get(code, "A finding that this release does not know")


def refusal(code: str) -> str:
    """What to do after a refusal."""
    known = refusals().get(code)
    return known.words if known else UNKNOWN_REFUSAL


def stage(code: str) -> str:
    """A stage in words, also one of a newer release."""
    return STAGES.get(code, UNKNOWN_STAGE)


def plain(code: str) -> str:
    """A code that has no words of its own."""
    return code.replace("_", " ").replace("-", " ").capitalize()


def day(text: str) -> str:
    """A date that may be partial (``1950``, ``1950-06``), as people write it; anything else as it is."""
    found = _DAY.match(text)
    if found is None:
        return text
    year, month, day_of_month = found.groups()
    name = date(2000, int(month), 1).strftime("%b")
    return f"{int(day_of_month)} {name} {year}" if day_of_month else f"{name} {year}"


def with_days(sentence: str) -> str:
    """A sentence of a screening with its dates as people write them."""
    return _DAY_WITHIN.sub(lambda found: day(found.group()), sentence)


def clock(at: datetime, zone: tzinfo) -> str:
    """A time as people write it, to the minute, with its zone."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%b %Y, %H:%M %Z}"


def age(since: datetime, now: datetime) -> str:
    """How long ago, in whole days."""
    days = max(0, (now - since).days)
    return "today" if days == 0 else f"{days} day{'' if days == 1 else 's'}"
