"""What a person is shown before their review counts: the decision played back, and what speaks against it or is open.

Called by the review's route. Going on is always possible and asks for the same one press for every action. What was
shown at that moment is part of the record, as codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from secondlook.policy import Direction, RuleSet, Screening
from secondlook.records.encryption import Vault
from secondlook.web import words
from secondlook.web.asking.form import NAMES
from secondlook.web.case.counted import because
from secondlook.web.sessions import PostedForm

SHORT: Final = 40
"""Characters of a rationale below which the page says that it is short."""
_OPPOSED: Final = {"close": Direction.PRIORITY, "dismiss": Direction.PRIORITY, "continue": Direction.DISCRETION}
_HOW: Final = {"blank": "no finding", "cannot_tell": "cannot tell"}
_NOT_PLAYED_BACK: Final = frozenset({"csrf_token", "case_version", "confirmed", "change", "next", *NAMES})


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that the page points out: its code on the record, and its words."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Confirming:
    """All that the page points out, by kind."""

    opposed: tuple[Shown, ...] = ()
    findings: tuple[Shown, ...] = ()
    questions: tuple[Shown, ...] = ()
    short: tuple[Shown, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(each.code for each in (*self.opposed, *self.findings, *self.questions, *self.short))


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The confirm page."""

    case_id: str
    version: int
    name: str
    action: str
    reasons: tuple[str, ...]
    rationale: str
    findings: tuple[tuple[str, str], ...]
    asks: tuple[tuple[str, str], ...]
    asks_nobody: str
    """A sentence, where what the form asks for and its action do not fit."""
    shown: Confirming
    fields: tuple[tuple[str, str], ...]
    confirmed: str


def confirming(
    action: str,
    rationale: str,
    findings: Mapping[str, str],
    screening: Screening | None,
    rules: RuleSet | None,
) -> Confirming:
    """What there is to point out of this review, on the screening that its author saw."""
    brief = Shown("rationale:short", f"The rationale has fewer than {SHORT} characters.")
    short = (brief,) if len(rationale.strip()) < SHORT else ()
    if screening is None:
        return Confirming(short=short)
    known = {criterion.id: criterion for criterion in rules.criteria} if rules else {}
    titles = {each: f"{each} {criterion.title}" for each, criterion in known.items()}
    opposed = tuple(
        Shown(f"opposed:{each.id}", f"{titles[each.id]}: {because(each.because)}")
        for each in screening.criteria
        if each.result == "true" and each.id in known and known[each.id].direction == _OPPOSED.get(action)
    )
    open_findings = tuple(
        Shown(f"finding:{each}:{how}", f"{titles.get(each, each)}: {_HOW[how]}")
        for each in screening.findings_required
        if (how := findings.get(each) or "blank") in _HOW
    )
    questions = tuple(Shown(f"open:{each}", words.fact(each)) for each in screening.open_questions)
    return Confirming(opposed, open_findings, questions, short)


def seal_of(
    vault: Vault, subject: str, case_id: str, version: int, content: Mapping[str, object], shown: Confirming
) -> str:
    """The value that says that this person saw just this about just this review."""
    said = orjson.dumps([content, shown.codes], option=orjson.OPT_SORT_KEYS)
    return vault.lookup_hash("confirmed", subject, case_id, str(version), said).hex()


def played_back(form: PostedForm) -> tuple[tuple[str, str], ...]:
    """The fields that the confirm page sends again as they are; what is asked for it sends as it was understood."""
    return tuple((name, value) for name, value in form.fields if name not in _NOT_PLAYED_BACK)
