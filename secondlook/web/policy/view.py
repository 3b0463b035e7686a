"""What the policy page shows. Templates get ``PolicyView`` alone."""

from __future__ import annotations

from dataclasses import dataclass

from secondlook.policy import Criterion, RuleSet
from secondlook.policy.changes import CONFIRMED, DIRECTIONS, KINDS, Change, changes, span, value_of
from secondlook.web import words


@dataclass(frozen=True, slots=True)
class Version:
    """One rule set in the history; ``changes`` is the address of what changed from the one before it."""

    id: str
    title: str
    in_force: str
    suspended: str
    digest: str
    used: bool
    shown: bool
    changes: str | None
    before: str


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion in words."""

    id: str
    title: str
    text: str
    found_by: str
    rule: str
    written: str
    facts: str
    citation: str
    confirmed: bool
    protected: bool


@dataclass(frozen=True, slots=True)
class ListPart:
    """One list with its criteria."""

    id: str
    title: str
    direction: str
    criteria: tuple[CriterionLine, ...]


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """A value that the guidance leaves open."""

    name: str
    value: str
    text: str
    wording: str


@dataclass(frozen=True, slots=True)
class PolicyView:
    id: str
    title: str
    source: str
    since: str | None
    changes: tuple[Change, ...]
    versions: tuple[Version, ...]
    lists: tuple[ListPart, ...]
    parameters: tuple[ParameterLine, ...]


def policy_view(shown: RuleSet, since: RuleSet | None, known: tuple[RuleSet, ...], used: RuleSet | None) -> PolicyView:
    """A rule set in words, with its history."""
    versions = [
        Version(
            id=each.id,
            title=each.title,
            in_force=_spans(each, suspended=False),
            suspended=_spans(each, suspended=True),
            digest=each.digest,
            used=used is not None and each.id == used.id,
            shown=each.id == shown.id,
            changes=f"/policy?ruleset={each.id}&since={known[place - 1].id}" if place else None,
            before=known[place - 1].id if place else "",
        )
        for place, each in enumerate(known)
    ]
    return PolicyView(
        id=shown.id,
        title=shown.title,
        source=shown.source,
        since=since.id if since else None,
        changes=changes(since, shown) if since else (),
        versions=tuple(reversed(versions)),
        lists=tuple(
            ListPart(
                each.id,
                each.title,
                DIRECTIONS[each.direction],
                tuple(_criterion(criterion) for criterion in shown.criteria if criterion.list == each.id),
            )
            for each in shown.lists.values()
        ),
        parameters=tuple(
            ParameterLine(words.plain(each.name), value_of(each), each.text, CONFIRMED[each.confirmed])
            for each in shown.parameters.values()
        ),
    )


def _criterion(each: Criterion) -> CriterionLine:
    return CriterionLine(
        id=each.id,
        title=each.title,
        text=each.text,
        found_by=KINDS[each.kind],
        rule=words.with_days(each.rule),
        written=each.written,
        facts=", ".join(words.fact(fact) for fact in dict.fromkeys(name.partition(".")[0] for name in each.facts)),
        citation=each.citation,
        confirmed=each.confirmed,
        protected=each.protected,
    )


def _spans(ruleset: RuleSet, *, suspended: bool) -> str:
    intervals = ruleset.suspended if suspended else ruleset.in_force
    return "; ".join(f"{words.with_days(span(each))}: {each.because}" for each in intervals)
