"""What the audit page shows. Templates get ``AuditView`` alone.

Entries say what happened in codes' words, by whom and to which case; never what a case holds, nor its lane, which
is not shown to who may not decide it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from secondlook.records.trail import LOOKED_AT, Leg, TrailEntry
from secondlook.records.work.people import Known
from secondlook.web import words
from secondlook.web.audit.asked import Asked
from secondlook.web.audit.chain import Chain
from secondlook.web.audit.kinds import KINDS, kind


@dataclass(frozen=True, slots=True)
class Line:
    """One entry."""

    at: datetime
    what: str
    who: str
    case_id: str
    number: int
    office: str
    became: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AuditView:
    """``cut`` says that older entries were not looked at yet for this filter, though the page is not full."""

    asked: Asked
    problem: str | None
    people: tuple[Choice, ...]
    offices: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    lines: tuple[Line, ...]
    older: str | None
    newer: str | None
    newest: str
    cut: bool
    chain: Chain
    looked_at: int = LOOKED_AT


def audit_view(
    asked: Asked,
    leg: Leg,
    known: list[Known],
    names: Mapping[str, str],
    offices: tuple[str, ...],
    limit: int,
    chain: Chain,
) -> AuditView:
    """The page for what was asked and found. ``known`` can be chosen from; ``names`` are everybody's."""
    entries = leg.entries
    full = len(entries) >= limit
    first = entries[0].place if entries else asked.place
    last = entries[-1].place if entries else asked.place
    # Going back, what lies beyond is newer, and older entries are where one came from.
    newer = leg.beyond if asked.back else (first if asked.place else None)
    older = last if asked.back else leg.beyond
    return AuditView(
        asked=asked,
        problem=asked.problem,
        people=_choices(asked.person, {each.subject: f"{each.name} ({each.subject})" for each in known}),
        offices=_choices(asked.office, {each: each for each in offices}),
        kinds=_choices(asked.kind, dict(sorted(KINDS.items(), key=lambda pair: pair[1]))),
        lines=tuple(line(each, names) for each in entries),
        older=asked.older_than(older) if older else None,
        newer=asked.newer_than(newer) if newer else None,
        newest=asked.newest.address,
        cut=not full and leg.beyond is not None,
        chain=chain,
    )


def line(entry: TrailEntry, names: Mapping[str, str]) -> Line:
    """An entry in words."""
    return Line(
        at=entry.place.at,
        what=kind(entry.kind),
        who=names.get(entry.actor, entry.actor) if entry.actor else "",
        case_id=entry.place.case_id,
        number=entry.place.seq,
        office=entry.office,
        became=_became(entry, names),
        refused=entry.refused is not None,
    )


def _became(entry: TrailEntry, names: Mapping[str, str]) -> str:
    if entry.refused is not None:
        return f"Refused: {words.plain(entry.refused).lower()}"
    if entry.before is not None:
        return f"{words.stage(entry.before)} → {words.stage(entry.stage or '')}"
    return names.get(entry.about, entry.about) if entry.about else ""


def _choices(chosen: str, offered: Mapping[str, str]) -> tuple[Choice, ...]:
    """What can be chosen, with what was chosen even where it is not offered."""
    every = {**offered, **({chosen: chosen} if chosen and chosen not in offered else {})}
    return tuple(Choice(value, text, value == chosen) for value, text in every.items())
