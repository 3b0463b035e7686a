"""A case without what 8 USC 1367 protects, for people who may not decide it. Called before any page is built of it.

It takes away from the record itself, so nothing that is built from it can show more: facts and criteria that are
protected, what events said of them, and what would tell of them, such as the lane. A case where there is nothing of the
kind looks the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from secondlook.cases.identity import Document, Identity
from secondlook.cases.kept_facts import KeptFacts
from secondlook.policy import RuleSet, Screening
from secondlook.records.looking_back import Stood
from secondlook.records.reading import CaseRecord, HistoryEntry, Unreadable
from secondlook.web import words

_REASONS: Final = frozenset({"victim_or_witness"})


def without_protected(case: CaseRecord, rules: RuleSet | None) -> CaseRecord:
    """The case as it may be shown to whoever sees it."""
    return replace(
        case,
        identity=_identity(case),
        facts=case.facts if isinstance(case.facts, Unreadable) else _facts(case.facts),
        screening=_screening(case.screening, rules),
        history=tuple(entry_without_protected(each, rules) for each in case.history),
        acts=tuple(entry_without_protected(each, rules) for each in case.acts),
    )


def stood_without_protected(stood: Stood, rules: RuleSet | None) -> Stood:
    """The same of a case as it stood."""
    return Stood(_facts(stood.facts), _screening(stood.screening, rules))


def _identity(case: CaseRecord) -> Identity | Unreadable:
    """Without the documents that protected facts point to, since a title can tell; all, where facts are unreadable."""
    if isinstance(case.identity, Unreadable):
        return case.identity
    if isinstance(case.facts, Unreadable):
        return replace(case.identity, documents=())
    return replace(case.identity, documents=documents_without_protected(case.identity.documents, case.facts))


def documents_without_protected(documents: tuple[Document, ...], facts: KeptFacts) -> tuple[Document, ...]:
    """The documents to which no protected fact points."""
    protected = [fact for name, fact in facts.items() if name not in words.UNPROTECTED_FACTS]
    told = {saying.document for fact in protected for voice in fact.voices for saying in voice.sayings}
    return tuple(each for each in documents if each.id not in told)


def _facts(facts: KeptFacts) -> KeptFacts:
    return {name: fact for name, fact in facts.items() if name not in words.PROTECTED_FACTS}


def _screening(screening: Screening | Unreadable | None, rules: RuleSet | None) -> Screening | Unreadable | None:
    """Without its rule set nobody knows which criteria are protected: then none is shown."""
    if not isinstance(screening, Screening):
        return screening
    shown = _criteria(rules)
    return replace(
        screening,
        criteria=tuple(each for each in screening.criteria if each.id in shown),
        open_questions=tuple(each for each in screening.open_questions if not _is_protected(each)),
        findings_required=tuple(each for each in screening.findings_required if each in shown),
        possible_lanes=(),
    )


def _criteria(rules: RuleSet | None) -> frozenset[str]:
    return frozenset(each.id for each in rules.criteria if not each.protected) if rules else frozenset()


def _is_protected(fact: str) -> bool:
    return fact.partition(".")[0] in words.PROTECTED_FACTS


def entry_without_protected(entry: HistoryEntry, rules: RuleSet | None) -> HistoryEntry:
    """An entry. Which facts an event told is left out for all, so that the one with nothing else looks like any."""
    detail = {name: value for name, value in entry.detail.items() if name != "lane"}
    if isinstance(entry.content, Unreadable):
        return replace(entry, detail=detail)
    shown, content = _criteria(rules), dict(entry.content)
    if "facts" in content:
        content["facts"] = {}
        content.pop("changed", None)
    findings, reasons, ask, pointed_out = (content.get(name) for name in ("findings", "reasons", "ask", "shown"))
    if isinstance(findings, dict):
        content["findings"] = {each: how for each, how in findings.items() if each in shown}
    if isinstance(reasons, list):
        content["reasons"] = [each for each in reasons if each not in _REASONS]
    if isinstance(ask, list):
        content["ask"] = [each for each in ask if isinstance(each, dict) and not _is_protected(str(each.get("fact")))]
    if isinstance(pointed_out, list):
        content["shown"] = [each for each in pointed_out if _may_be_shown(str(each), shown)]
    return replace(entry, detail=detail, content=content)


def _may_be_shown(code: str, criteria: frozenset[str]) -> bool:
    kind, _, rest = code.partition(":")
    of = rest.partition(":")[0]
    return not _is_protected(of) if kind == "open" else kind == "rationale" or of in criteria
