"""A case's history in sentences. Called by the case's view.

An entry says who did what, and what became of it. What an event type says of itself stands in its own file; here is
what the record adds (where the case is now), and the acts in the web application that are no events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from secondlook.cases.event_type import Told, event_types
from secondlook.cases.readable import CannotRead
from secondlook.cases.why import why_of
from secondlook.records.audit import NOTED
from secondlook.records.decision_records import MADE, PRINTED
from secondlook.records.reading import HistoryEntry, Unreadable
from secondlook.web import words
from secondlook.web.decision_record.words import told_of_record
from secondlook.web.work.words import WORK_ACTS

REVEALED: Final = "a-number.revealed"
"""The kind under which the reveal of an A-number is kept."""

SHOWN: Final = "protected.shown"
"""The kind under which it is kept that protected facts were shown, and what for."""

_PEOPLE: Final = frozenset({"whose", "to"})
"""What in an entry's detail is somebody's subject."""
_TYPES: Final = {each.short: each for each in event_types()}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown: a sentence, then labelled texts (reasons, rationale, note)."""

    at: datetime
    sentence: str
    texts: tuple[tuple[str, str], ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class PageWords:
    """What event types need of the pages' words."""

    criteria: Mapping[str, str]

    def fact(self, name: str) -> str:
        return words.fact(name)

    def reason(self, code: str) -> str:
        return words.reasons().get(code, words.plain(code))

    def criterion(self, criterion: str) -> str:
        return self.criteria.get(criterion, "")

    def day(self, day: date) -> str:
        return words.day(day.isoformat())


def lines(entries: Sequence[HistoryEntry], criteria: Mapping[str, str], names: Mapping[str, str]) -> tuple[Line, ...]:
    """The entries, in their order. ``criteria`` gives the criteria's titles, for findings, ``names`` people's."""
    return tuple(_line(_named(entry, names), PageWords(criteria)) for entry in entries)


def people_in(entry: HistoryEntry) -> set[str]:
    """The subjects of all whom an entry names."""
    return {str(each) for each in (entry.actor, *(entry.detail.get(field) for field in _PEOPLE)) if each}


def _named(entry: HistoryEntry, names: Mapping[str, str]) -> HistoryEntry:
    detail = {
        field: names.get(str(entry.detail[field])) or entry.detail[field] for field in _PEOPLE & entry.detail.keys()
    }
    return replace(entry, actor=names.get(entry.actor or "", entry.actor), detail={**entry.detail, **detail})


def _line(entry: HistoryEntry, glossary: PageWords) -> Line:
    told = _told(entry, glossary)
    refused = entry.detail.get("refused")
    if refused is not None:
        return Line(entry.at, told.tried, told.texts, words.refusal(str(refused)))
    return Line(entry.at, told.sentence + _moved(entry.detail), told.texts)


def _told(entry: HistoryEntry, glossary: PageWords) -> Told:
    who = entry.actor or "Somebody"
    if entry.kind == REVEALED:
        return _sentence(f"{who} had the full A-number shown.")
    if entry.kind == NOTED:
        return _sentence("What an older release left on record was noted as it was found.")
    if entry.kind in WORK_ACTS:
        return _sentence(WORK_ACTS[entry.kind](who, entry.detail))
    if entry.kind == SHOWN:
        purpose = words.PURPOSES.get(str(entry.detail.get("reason")))
        return Told(f"{who} had the protected facts shown.", "", (("Reason", purpose),) if purpose else ())
    if entry.kind in (MADE, PRINTED):
        return told_of_record(entry.kind, who, entry.detail)
    kind = _TYPES.get(entry.kind)
    if kind is None:
        return _sentence("Something was recorded that this release does not know.")
    try:
        told = kind.tell(kind.opened(entry.event_id or "", entry.content), who, glossary)
    except CannotRead:
        why = entry.content if isinstance(entry.content, Unreadable) else Unreadable.NEWER
        sentence = f"{kind.summary} ({who})."
        return Told(sentence, sentence, (("What it holds", f"This cannot be shown: {words.UNREADABLE[why]}."),))
    if entry.detail.get("nothing_new"):
        return Told(f"{told.sentence} Nothing new came of it.", told.tried, told.texts)
    return told


def _sentence(text: str) -> Told:
    return Told(text, text)


def _moved(detail: Mapping[str, object]) -> str:
    stage = f" The case is now: {words.stage(str(detail.get('stage')))}." if "from" in detail else ""
    lane = f" Lane: {words.lane(str(detail['lane']))}." if detail.get("lane") else ""
    why = why_of(str(detail.get("why")))
    return stage + (f" {why.aside}" if why and why.aside else "") + lane
