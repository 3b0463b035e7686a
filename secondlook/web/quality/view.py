"""What the pages of second readings show: who may read what, how often readers agree, a case to be read blind, and a
reading beside the decision. Built by the routes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from secondlook.policy import RuleSet, Screening
from secondlook.records.looking_back import Stood
from secondlook.records.reading import CaseRecord, Unreadable
from secondlook.records.work.second_reads import Agreement, SecondRead, ToRead
from secondlook.web import words
from secondlook.web.case.evidence import Evidence
from secondlook.web.case.facts import known, unknown, why_missing
from secondlook.web.case.screened import screened_in_words
from secondlook.web.case.view import identity_in_words
from secondlook.web.documents.view import DocumentsView, documents_view
from secondlook.web.forms import SentForm

FEWEST: Final = 10
"""Readings from which on a rate is shown: fewer would tell of single people."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often readers would have done the same; ``office`` and ``decided`` say of which decisions, in words."""

    office: str
    decided: str
    read: str
    agreed: str


@dataclass(frozen=True, slots=True)
class QualityView:
    """What waits to be read by this person (None: they read none), and the rates (None: not theirs to see)."""

    to_read: tuple[ToRead, ...] | None
    waiting: int
    rates: tuple[Rate, ...] | None
    fewest: int = FEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindView(Evidence):
    """The evidence as it stood when the case was decided, and the reading's form. No lane, no name, no history."""

    case_id: str
    round: int
    office: str
    as_of: str
    identity: tuple[tuple[str, str], ...]
    documents: DocumentsView
    review_form: SentForm
    sent: SentForm | None
    actions: Mapping[str, str]
    finding_words: Mapping[str, str]
    decision: None = None
    lane_hidden: bool = True
    may_correct: bool = False


@dataclass(frozen=True, slots=True)
class TakenView:
    """A reading that came too late, to copy."""

    action: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Side:
    """What one of the two said."""

    title: str
    who: str
    action: str
    rationale: str


@dataclass(frozen=True, slots=True)
class BesideView:
    """The decision and the reading, side by side; ``findings`` are criterion, what the one found, what the other."""

    case_id: str
    round: int
    agree: bool
    read_at: datetime
    sides: tuple[Side, Side]
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, str, str], ...]


def rates(counted: Sequence[Agreement]) -> tuple[Rate, ...]:
    """By office, and by what was decided where no cell of the office is small: else the small one could be reckoned."""
    found: list[Rate] = []
    for office in dict.fromkeys(each.office for each in counted):
        cells = [each for each in counted if each.office == office]
        found.append(_rate(office, "All decisions", sum(c.read for c in cells), sum(c.agreed for c in cells)))
        if len(cells) > 1 and all(each.read >= FEWEST for each in cells):
            found += [_rate(office, words.ACTIONS.get(c.decided, c.decided), c.read, c.agreed) for c in cells]
    return tuple(found)


def _rate(office: str, decided: str, read: int, agreed: int) -> Rate:
    if read < FEWEST:
        return Rate(office, decided, f"Fewer than {FEWEST}", "Not shown")
    return Rate(office, decided, str(read), f"{agreed} of {read} ({100 * agreed / read:.0f} %)")


def blind_view(
    case: CaseRecord, seen: Stood, round_: ToRead, rules: RuleSet | None, today: date, sent: SentForm
) -> BlindView:
    """The evidence of a round."""
    screening = seen.screening if isinstance(seen.screening, Screening) else None
    screened = screened_in_words(screening, rules) if screening else None
    identity = None if isinstance(case.identity, Unreadable) else case.identity
    return BlindView(
        case_id=case.case_id,
        round=round_.round,
        office=round_.office,
        as_of=words.day(screening.as_of.isoformat()) if screening else "",
        identity=identity_in_words(identity, today) if identity else (),
        facts=known(seen.facts),
        unknown=unknown(seen.facts, frozenset(), words.FACTS),
        missing={
            name: why_missing(name, seen.facts)
            for group in (screened.open if screened else ())
            for name in group.missing
        },
        screened=screened,
        documents=documents_view(identity.documents if identity else (), seen.facts, whole=True),
        review_form=sent,
        sent=sent if sent.errors or sent.refused else None,
        actions=words.ACTIONS,
        finding_words=words.FINDINGS,
    )


def beside_view(case_id: str, round_: int, read: SecondRead, names: Mapping[str, str]) -> BesideView:
    """The two, once the reading is on record."""
    decision = read.decision
    found = dict(decision.findings) if decision else {}
    by = names.get(read.decided_by, read.decided_by)
    if read.concurred_by:
        by += f"; {names.get(read.concurred_by, read.concurred_by)} concurred"
    return BesideView(
        case_id=case_id,
        round=round_,
        agree=read.action == read.decided,
        read_at=read.read_at,
        sides=(
            Side(
                "The decision",
                by,
                words.ACTIONS.get(read.decided, read.decided),
                _told(decision.rationale if decision else None),
            ),
            Side(
                "The second reading",
                names.get(read.reader, read.reader),
                words.ACTIONS.get(read.action, read.action),
                _told(read.rationale),
            ),
        ),
        reasons=tuple(words.reasons().get(each, words.plain(each)) for each in (decision.reasons if decision else ())),
        findings=tuple(
            (criterion, _finding(found.get(criterion)), _finding(read.findings.get(criterion)))
            for criterion in sorted({*found, *read.findings})
        ),
    )


def _told(text: str | None) -> str:
    return "This cannot be shown here." if text is None else text


def _finding(code: str | None) -> str:
    return "None given" if code is None else words.finding(code)
