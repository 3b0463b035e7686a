"""A case's history in sentences: one small function a kind of entry. Called by the case's view.

An entry says who did what, and what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.records.reading import HistoryEntry, Unreadable
from secondlook.web import words

REVEALED: Final = "a-number.revealed"
"""The kind under which the reveal of an A-number is kept."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown: a sentence, then labelled texts (reasons, rationale, note)."""

    at: datetime
    sentence: str
    texts: tuple[tuple[str, str], ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    sentence: str
    texts: tuple[tuple[str, str], ...] = ()


def lines(entries: Sequence[HistoryEntry], criteria: Mapping[str, str]) -> tuple[Line, ...]:
    """The entries, in their order. ``criteria`` gives the criteria's titles, for findings."""
    return tuple(_line(entry, criteria) for entry in entries)


def _line(entry: HistoryEntry, criteria: Mapping[str, str]) -> Line:
    told = KINDS.get(entry.kind, _other)(entry, criteria)
    texts = told.texts
    if isinstance(entry.content, Unreadable):
        texts = (("What it holds", f"This cannot be shown: {words.UNREADABLE[entry.content]}."),)
    refused = entry.detail.get("refused")
    sentence = told.sentence
    if refused is None:
        sentence += _moved(entry.detail)
    return Line(entry.at, sentence, texts, words.refusal(str(refused)) if refused else None)


def _moved(detail: Mapping[str, object]) -> str:
    stage = f" The case is now: {words.stage(str(detail.get('stage')))}." if "from" in detail else ""
    lane = f" Lane: {words.lane(str(detail['lane']))}." if detail.get("lane") else ""
    aside = " The decision was set aside, because the lane changed." if detail.get("why") == "lane_changed" else ""
    return stage + aside + lane


def _received(entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    return _Told("The case was received and screened." if "refused" not in entry.detail else "The case came again.")


def _facts_updated(entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    facts = _content(entry).get("facts")
    names = ", ".join(words.fact(name) for name in facts) if isinstance(facts, dict) else ""
    return _Told("New facts came in.", (("Facts", names),) if names else ())


def _reviewed(entry: HistoryEntry, criteria: Mapping[str, str]) -> _Told:
    action = words.ACTIONS.get(str(_content(entry).get("action")), "unknown action")
    texts = [("Action", action)]
    given = _content(entry).get("reasons")
    if isinstance(given, list):
        texts.append(("Reasons", ", ".join(words.reasons().get(code, words.plain(code)) for code in given)))
    texts.append(("Rationale", str(_content(entry).get("rationale", ""))))
    findings = _content(entry).get("findings")
    if isinstance(findings, dict):
        texts += [(f"{one} {criteria.get(one, '')}".strip(), words.finding(str(how))) for one, how in findings.items()]
    return _Told(f"{entry.actor or 'Somebody'} reviewed the case.", tuple(texts))


def _concurred(entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    returned = _content(entry).get("answer") == "return"
    did = "returned the case to the attorney" if returned else "concurred"
    note = str(_content(entry).get("note", ""))
    return _Told(f"{entry.actor or 'Somebody'} {did}.", (("Note", note),) if note.strip() else ())


def _withdrawn(entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    reason = str(_content(entry).get("reason", ""))
    return _Told(f"{entry.actor or 'Somebody'} withdrew the decision.", (("Reason", reason),))


def _window(_entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    return _Told("The time for withdrawing the decision is over.")


def _overdue(_entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    return _Told("The case is overdue and on the supervisors' list. Nothing else follows from that.")


def _reminder(_entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    return _Told("Reminder: the facts that were asked for are not there yet.")


def _revealed(entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    return _Told(f"{entry.actor or 'Somebody'} had the full A-number shown.")


def _other(_entry: HistoryEntry, _criteria: Mapping[str, str]) -> _Told:
    return _Told("Something was recorded that this release does not know.")


def _content(entry: HistoryEntry) -> dict[str, object]:
    return {} if isinstance(entry.content, Unreadable) else entry.content


KINDS: Final[Mapping[str, Callable[[HistoryEntry, Mapping[str, str]], _Told]]] = {
    "received": _received,
    "facts-updated": _facts_updated,
    "reviewed": _reviewed,
    "concurred": _concurred,
    "withdrawn": _withdrawn,
    "timer.window": _window,
    "timer.overdue": _overdue,
    "timer.reminder": _reminder,
    REVEALED: _revealed,
}
