"""What changed since somebody last looked: facts from old to new with their sources, criteria and lane before and
after, who and when. Called by the case's page wherever a person must see news before they act.

One component for all of these: a form that is stale, a decision that waits or came back, facts of an ended case.
It shows what was recorded, and for facts of an ended case what screening would say; that is on no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from secondlook.cases.event_type import event_types
from secondlook.cases.event_types.reviewed import REVIEWED
from secondlook.cases.facts_told import FactsTold
from secondlook.cases.kept_facts import KeptFacts, is_same, kept_facts
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import ENDED
from secondlook.policy import RuleSet, Screening
from secondlook.records.looking_back import Stood
from secondlook.records.reading import CaseRecord, HistoryEntry, Unreadable
from secondlook.web import words
from secondlook.web.case import history
from secondlook.web.case.facts import lines_of, said
from secondlook.web.case.screened import NEWER_RESULT, RESULTS
from secondlook.web.documents.view import Cite
from secondlook.web.forms import SentForm, version_in
from secondlook.web.record import Record

_FACTS: Final = {each.short: each for each in event_types() if each.carries_facts}


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared with what the page shows: the case ``at`` a version, ``since`` something in words."""

    at: int
    since: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What stood before and after, of a fact or a criterion; ``source`` is the newer one's. Of a late fact ``after`` is
    what was told; ``outweighed`` says that something else would still stand.
    """

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    source: str = ""
    observed: str = ""
    outweighed: bool = False
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True, slots=True)
class Since:
    """All that changed. ``criteria`` and ``lane`` say what screening would say where ``late``."""

    since: str
    late: bool
    facts: tuple[Change, ...]
    criteria: tuple[Change, ...]
    lane: Change | None
    entries: tuple[HistoryEntry, ...]

    @property
    def nothing(self) -> bool:
        return not (self.facts or self.criteria or self.lane)


@dataclass(frozen=True, slots=True)
class SinceInWords:
    """The same with what brought it, as the history tells it."""

    changes: Since
    lines: tuple[history.Line, ...]


def looking_back(case: CaseRecord, sent: SentForm | None) -> Look | None:
    """What this page should be compared with, if there is anything."""
    if isinstance(case.state, Unreadable):
        return None
    version = case.state.version
    stale = version_in(sent.fields) if sent else 0
    if 0 < stale < version:
        return Look(stale, "you opened the form")
    if case.state.final:
        return Look(version + 1, "the case ended", late=True) if case.state.late_facts else None
    reviewed = _reviewed_at(case)
    return Look(reviewed, "the decision was made") if reviewed and reviewed < version else None


def _reviewed_at(case: CaseRecord) -> int | None:
    """The version that the newest review made."""
    made = next((act.detail.get("version") for act in case.acts if act.kind == REVIEWED.short), None)
    return made if isinstance(made, int) else None


def changed(look: Look, case: CaseRecord, seen: Stood, record: Record, *, whole: bool) -> Since | None:
    """The differences; None where one side cannot be shown here. Not ``whole``: without what lanes would tell."""
    facts = case.facts
    if isinstance(facts, Unreadable):
        return None
    now = case.screening
    then = (record.screened_now(seen.facts) if whole else None) if look.late else seen.screening
    entries = tuple(each for each in case.history if _brought(each, look, case))
    old, new = (facts, seen.facts) if look.late else (seen.facts, facts)
    before, after = (now, then) if look.late else (then, now)
    rules = record.rules(now.ruleset) if isinstance(now, Screening) else None
    facts_changed = _late_facts(entries, old, new) if look.late else changed_facts(old, new)
    if not isinstance(before, Screening) or not isinstance(after, Screening):
        return Since(look.since, look.late, facts_changed, (), None, entries)
    moved = whole and before.lane != after.lane
    lane = Change("Lane", (words.lane(before.lane),), (words.lane(after.lane),)) if moved else None
    return Since(look.since, look.late, facts_changed, _criteria(before, after, rules), lane, entries)


def _brought(entry: HistoryEntry, look: Look, case: CaseRecord) -> bool:
    """Whether an entry is among what happened since."""
    version, refused = entry.detail.get("version"), entry.detail.get("refused")
    late = refused == str(ENDED) and entry.kind in _FACTS
    if look.late:
        state = case.state
        return late and not isinstance(state, Unreadable) and version == state.version
    return isinstance(version, int) and (version >= look.at if late else not refused and version > look.at)


def changed_facts(old: KeptFacts, new: KeptFacts) -> tuple[Change, ...]:
    """The facts that are not what they were."""
    return tuple(_change(name, old, new) for name in words.FACTS if not is_same(old.get(name), new.get(name)))


def _late_facts(entries: Sequence[HistoryEntry], old: KeptFacts, new: KeptFacts) -> tuple[Change, ...]:
    """Everything that was told, oldest first, also what is outweighed by what is known already."""
    told = [facts for each in reversed(entries) if (facts := _told(each)) is not None]
    return tuple(
        replace(_change(name, old, facts), outweighed=is_same(old.get(name), new.get(name)))
        for facts in told
        for name in words.FACTS
        if name in facts
    )


def _told(entry: HistoryEntry) -> KeptFacts | None:
    try:
        told: FactsTold = _FACTS[entry.kind].opened(entry.event_id or "", entry.content)
    except CannotRead:
        return None
    return kept_facts(told.facts)


def _change(name: str, old: KeptFacts, new: KeptFacts) -> Change:
    after = lines_of(name, new)
    return Change(
        words.FACTS[name],
        said(name, old),
        said(name, new),
        "; ".join(dict.fromkeys(line.source for line in after if line.source)),
        "; ".join(dict.fromkeys(line.observed for line in after if line.observed)),
        cites=tuple(cite for line in after for cite in line.cites),
    )


def _criteria(before: Screening, after: Screening, rules: RuleSet | None) -> tuple[Change, ...]:
    titles = {criterion.id: criterion.title for criterion in rules.criteria} if rules else {}
    was = {each.id: each.result for each in before.criteria}
    now = {each.id: each.result for each in after.criteria}
    return tuple(
        Change(f"{each} {titles.get(each, '')}".strip(), (_result(was.get(each)),), (_result(now.get(each)),))
        for each in dict.fromkeys([*was, *now])
        if was.get(each) != now.get(each)
    )


def _result(code: str | None) -> str:
    return "Not among the criteria" if code is None else RESULTS.get(code, NEWER_RESULT)[0]


def in_words(since: Since, titles: Mapping[str, str], names: Mapping[str, str]) -> SinceInWords:
    """With the history's sentences. ``titles`` are the criteria's, ``names`` people's."""
    return SinceInWords(since, history.lines(since.entries, titles, names))
