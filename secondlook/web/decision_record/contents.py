"""What a decision record says of a round, in words. Called by ``rendering``; templates get ``Contents`` alone.

All of it follows from what is on record, so the same round gives the same words: no clock, no reader, no setting. What
8 USC 1367 protects, and what would tell of it, is in the annex alone: each thing is in one of the two, never in both
and never in neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from secondlook.cases.event_types.concurred import CONCURRED, Concurred
from secondlook.cases.event_types.reviewed import REVIEWED, Reviewed, pointed_out
from secondlook.cases.readable import CannotRead
from secondlook.policy import RuleSet, Screening
from secondlook.records.ended_rounds import Ended
from secondlook.records.looking_back import Stood
from secondlook.records.reading import HistoryEntry
from secondlook.web import words
from secondlook.web.case.facts import FactLine, known, unknown
from secondlook.web.case.history import PageWords
from secondlook.web.case.protected import (
    documents_without_protected,
    entry_without_protected,
    stood_without_protected,
)
from secondlook.web.case.screened import CriterionLine, screened_in_words
from secondlook.web.case.since import Change, changed_facts
from secondlook.web.case.view import identity_in_words, name_of
from secondlook.web.documents.view import Cited, documents_view

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FactRow:
    """One known fact, and the documents of the file in which it stands."""

    line: FactLine
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion: what screening said, and what the attorney found."""

    line: CriterionLine
    finding: str


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in the record or in its annex."""

    facts: tuple[FactRow, ...]
    unknown: tuple[str, ...]
    criteria: tuple[CriterionRow, ...]
    reasons: tuple[str, ...]
    pointed_out: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something and when; ``subject`` is how the sign-in provider knows them."""

    did: str
    name: str
    subject: str
    roles: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """All that the template shows. ``lane`` and ``possible_lanes`` are the annex's."""

    annex: bool
    case_id: str
    round: int
    disposition: str
    ended_at: datetime
    name: str
    a_number: str
    office: str
    proceeding: tuple[tuple[str, str], ...]
    ruleset: str
    ruleset_id: str
    ruleset_digest: str
    source: str
    outdated_rules: bool
    as_of: str
    action: str
    rationale: str
    said: Said
    lane: str
    possible_lanes: tuple[str, ...]
    decided: Signature
    concurred: Signature | None
    checked: tuple[str, ...]
    note: str
    head_seq: int
    head_hash: str

    @property
    def title(self) -> str:
        return "Annex to the decision record: protected facts" if self.annex else "Decision record"

    @property
    def met(self) -> tuple[CriterionRow, ...]:
        return tuple(each for each in self.said.criteria if each.line.result == "true")

    @property
    def open(self) -> tuple[CriterionRow, ...]:
        """What is neither met nor ruled out, and that an attorney can find."""
        return tuple(each for each in self._open if each.finding)

    @property
    def open_facts(self) -> tuple[CriterionRow, ...]:
        """What is neither met nor ruled out for want of facts."""
        return tuple(each for each in self._open if not each.finding)

    @property
    def _open(self) -> tuple[CriterionRow, ...]:
        return tuple(each for each in self.said.criteria if each.line.result not in ("true", "false"))

    @property
    def ruled_out(self) -> tuple[CriterionRow, ...]:
        return tuple(each for each in self.said.criteria if each.line.result == "false")


def contents(ended: Ended, rules: RuleSet, names: Mapping[str, str], *, annex: bool) -> Contents:
    """The record of a round, or its annex. Raises CannotRead where this release does not know all of it."""
    identity = ended.identity
    review = _review(ended.review)
    screening = _screening(ended.decided_on)
    if (ended.decided_on.facts.keys() | ended.ended_on.facts.keys()) - words.FACTS.keys():
        raise CannotRead("unknown_fact")
    screened = screened_in_words(screening, rules)
    everything = _said(ended, rules, whole=True)
    shown = _said(_without_protected(ended, rules), rules, whole=False)
    answer: Concurred | None = None
    if ended.concurrence is not None:
        answer = CONCURRED.opened(ended.concurrence.event_id or "", ended.concurrence.content)
    return Contents(
        annex=annex,
        case_id=ended.case_id,
        round=ended.round.number,
        disposition=words.stage(ended.round.disposition),
        ended_at=ended.round.at,
        name=name_of(identity),
        a_number=identity.a_number,
        office=identity.office,
        proceeding=identity_in_words(identity, None),
        ruleset=rules.title,
        ruleset_id=screening.ruleset,
        ruleset_digest=screening.ruleset_digest,
        source=rules.source,
        outdated_rules=screened.outdated_rules,
        as_of=screened.as_of,
        action=words.ACTIONS.get(review.action, words.plain(review.action)),
        rationale=review.rationale,
        said=_rest(everything, shown) if annex else shown,
        lane=screened.lane,
        possible_lanes=screened.possible_lanes,
        decided=_signature("Decided", ended.review, review.actor.roles, names),
        concurred=_signature("Concurred", ended.concurrence, answer.actor.roles, names)
        if ended.concurrence and answer
        else None,
        checked=tuple(words.CHECKS.get(each, words.plain(each)) for each in answer.checked) if answer else (),
        note=answer.note if answer else "",
        head_seq=ended.head.seq,
        head_hash=ended.head.hash.hex(),
    )


def _said(ended: Ended, rules: RuleSet, *, whole: bool) -> Said:
    review, screening = _review(ended.review), _screening(ended.decided_on)
    findings = dict(review.findings)
    facts = ended.decided_on.facts
    lines = [line for each in screened_in_words(screening, rules).lists for line in each.lines]
    names = words.FACTS if whole else words.UNPROTECTED_FACTS
    documents = documents_view(ended.identity.documents, facts, whole=whole)
    glossary = PageWords({each.id: each.title for each in rules.criteria})
    return Said(
        facts=tuple(FactRow(line, tuple(map(_cited, documents.cited(line.cites)))) for line in known(facts)),
        unknown=tuple(f"{each.name} ({each.because})" for each in unknown(facts, frozenset(), names)),
        criteria=tuple(CriterionRow(line, _finding(line, findings)) for line in lines),
        reasons=tuple(map(glossary.reason, review.reasons)),
        pointed_out=tuple(pointed_out(each, glossary) for each in review.shown),
        changes=changed_facts(facts, ended.ended_on.facts),
    )


def _cited(cited: Cited) -> str:
    return f"{cited.title}, page {cited.page}" if cited.page else cited.title


def _finding(line: CriterionLine, findings: Mapping[str, str]) -> str:
    how = findings.get(line.id)
    if how is not None:
        return words.finding(how)
    if not line.takes_finding:
        return ""
    return "None, though one was asked for" if line.finding_required else "None"


def _rest(everything: Said, shown: Said) -> Said:
    """What is not shown of everything."""
    criteria = {each.line.id for each in shown.criteria}
    return Said(
        facts=_without(everything.facts, shown.facts),
        unknown=_without(everything.unknown, shown.unknown),
        criteria=tuple(each for each in everything.criteria if each.line.id not in criteria),
        reasons=_without(everything.reasons, shown.reasons),
        pointed_out=_without(everything.pointed_out, shown.pointed_out),
        changes=_without(everything.changes, shown.changes),
    )


def _without(everything: Iterable[T], shown: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(each for each in everything if each not in shown)


def _without_protected(ended: Ended, rules: RuleSet) -> Ended:
    documents = documents_without_protected(ended.identity.documents, ended.decided_on.facts)
    return replace(
        ended,
        identity=replace(ended.identity, documents=documents),
        decided_on=stood_without_protected(ended.decided_on, rules),
        ended_on=stood_without_protected(ended.ended_on, rules),
        review=entry_without_protected(ended.review, rules),
    )


def _signature(did: str, entry: HistoryEntry, roles: tuple[str, ...], names: Mapping[str, str]) -> Signature:
    subject = entry.actor or ""
    return Signature(did, names.get(subject, subject), subject, ", ".join(roles), entry.at)


def _review(entry: HistoryEntry) -> Reviewed:
    review: Reviewed = REVIEWED.opened(entry.event_id or "", entry.content)
    return review


def _screening(stood: Stood) -> Screening:
    if not isinstance(stood.screening, Screening):
        raise CannotRead("unknown_content")
    return stood.screening
