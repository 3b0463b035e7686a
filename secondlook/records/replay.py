"""One case, told again from its audit entries: whether all that stands on record of it follows from them.

Called with a case's rows by ``records.verifying`` (and, for an export, by ``records.exported``). It reads no database
and changes nothing. The entries of a release that bound nothing are taken for what they say themselves: order, time,
version, stage and refusal of each judgement; what else stands after them is bound from the next entry on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row

from secondlook.cases.event_type import short_of
from secondlook.cases.event_types.operators import REQUEUED
from secondlook.cases.identity import Identity
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import SET_ASIDE
from secondlook.cases.state import CaseState
from secondlook.records import after
from secondlook.records.audit import AFTER, AS_FOUND, GENESIS, Entry, Head, by_others, hash_of
from secondlook.records.case_row import calendar, where_it_stands
from secondlook.records.decision_records import DIGEST, MADE, WHICH, document_of
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.lookups import a_number_key, case_key

AnyRow = Row[*tuple[Any, ...]]

_TIMER = "timer."
_CHANGED = "the entry was changed, or does not follow the one before it"


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that is wrong with a case, and the entry that it does not agree with; 0 where none speaks of
    it."""

    case_id: str
    seq: int
    problem: str


class Broken(Exception):
    """Something on record does not follow from the entries."""

    def __init__(self, seq: int, problem: str) -> None:
        super().__init__(problem)
        self.seq, self.problem = seq, problem


@dataclass(frozen=True, slots=True)
class Recorded:
    """All rows of one case, each table's in the order of its key."""

    case_id: str
    case: AnyRow | None
    entries: Sequence[AnyRow]
    events: Sequence[AnyRow]
    screenings: Sequence[AnyRow]
    dispositions: Sequence[AnyRow]
    documents: Sequence[AnyRow]


@dataclass(frozen=True, slots=True)
class Digest:
    """What an entry says of something, by a digest; the entry's number and root."""

    seq: int
    root: str | None
    value: str


@dataclass(slots=True)
class _Judged:
    """An event's newest judgement, by its entry; ``again`` where an operator has it judged once more."""

    seq: int
    order: int
    entry: AnyRow
    detail: dict[str, Any]
    again: bool = False


@dataclass(slots=True)
class Told:
    """What a case's entries say, in the end."""

    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    judged: int = 0
    last: dict[str, Any] | None = None
    unbound: bool = False
    """An older release judged and nothing bound what it left since."""
    row: Digest | None = None
    facts: Digest | None = None
    identity: Digest | None = None
    judgements: dict[str, _Judged] = field(default_factory=dict)
    events: dict[str, Digest] = field(default_factory=dict)
    screenings: dict[str, Digest] = field(default_factory=dict)
    dispositions: dict[str, Digest] = field(default_factory=dict)
    documents: dict[tuple[object, ...], Digest] = field(default_factory=dict)


def replay(vault: Vault, case: Recorded) -> Told:
    """Check a case. Raises Broken."""
    told = _told(vault, case)
    row = case.case
    if row is None:
        raise Broken(told.head.seq, "the case is missing")
    if Head(row.audit_seq, row.audit_head) != told.head:
        raise Broken(row.audit_seq, "the newest entries are missing")
    _check_events(vault, case, told)
    _check_screenings(vault, case, told)
    _check_dispositions(vault, case, told)
    _check_documents(vault, case, told)
    _check_row(vault, row, told)
    _check_known(vault, row, told, case.events[0].received_at if case.events else None)
    return told


def _told(vault: Vault, case: Recorded) -> Told:
    """What the entries say, each checked. Raises Broken."""
    told = Told()
    others: dict[str, str] = {}
    for row in case.entries:
        hashed = _hash(vault, told.head, row)
        detail = _detail(row)
        if row.seq != told.head.seq + 1:
            raise Broken(row.seq, "an entry before this one is missing")
        if row.hash != hashed:
            if hashed is None or not by_others(detail):
                raise Broken(row.seq, _CHANGED)
            others[str(row.seq)] = hashed.hex()
        told.head = Head(row.seq, row.hash)
        if row.event_id is not None:
            _take_judgement(told, row, detail)
        if AFTER in detail:
            _take_after(told, row, detail)
        if row.kind == MADE:
            told.documents[tuple(detail[name] for name in WHICH)] = Digest(row.seq, row.root, detail[DIGEST])
        for seq, each in detail.get(AS_FOUND, {}).items():
            if others.get(seq) == each:
                del others[seq]
    for seq in others:
        raise Broken(int(seq), _CHANGED)
    return told


def _detail(row: AnyRow) -> dict[str, Any]:
    try:
        detail = orjson.loads(row.detail)
    except orjson.JSONDecodeError:
        detail = None
    if not isinstance(detail, dict):
        raise Broken(row.seq, _CHANGED)
    return detail


def _hash(vault: Vault, head: Head, row: AnyRow) -> bytes | None:
    """The hash that an entry should have; None where the root that it names is none."""
    entry = Entry(row.case_id, row.at, row.kind, row.actor, row.event_id, row.content_digest, {})
    try:
        return hash_of(vault, head.hash, row.seq, entry, row.detail, row.root)
    except KeyError:
        return None


def _take_judgement(told: Told, row: AnyRow, detail: dict[str, Any]) -> None:
    before = told.judgements.get(row.event_id)
    if before is not None and not before.again:
        raise Broken(row.seq, "the event was recorded twice")
    told.judged += 1
    told.last = detail
    told.judgements[row.event_id] = _Judged(row.seq, told.judged, row, detail)
    if row.kind == REQUEUED.short and (named := told.judgements.get(str(detail["event"]))) is not None:
        named.again = True
    if AFTER not in detail:
        told.unbound = True
        told.row = told.facts = told.identity = None
        told.events.pop(row.event_id, None)


def _take_after(told: Told, row: AnyRow, detail: dict[str, Any]) -> None:
    leaves: dict[str, Any] = detail[AFTER]

    def digest(value: str) -> Digest:
        return Digest(row.seq, row.root, value)

    told.row = digest(leaves["row"])
    if "facts" in leaves:
        told.facts = digest(leaves["facts"])
    if "identity" in leaves:
        told.identity = digest(leaves["identity"])
    if "event" in leaves:
        told.events[row.event_id] = digest(leaves["event"])
    if "events" in leaves:  # As found: all that was there before is bound now.
        told.unbound = False
    for name, kept in (("events", told.events), ("screenings", told.screenings), ("dispositions", told.dispositions)):
        for each, value in leaves.get(name, {}).items():
            kept[each] = digest(value)


def _check_events(vault: Vault, case: Recorded, told: Told) -> None:
    missing = dict(told.judgements)
    for event in case.events:
        judged = missing.pop(event.event_id, None)
        waits = judged is None or judged.again
        if waits and _outcome(event) != ("pending", None, None, None, None):
            raise Broken(0, "a judged event has no entry")
        if judged is not None:
            _check_judged(event, judged)
        digest = told.events.get(event.event_id)
        if digest is not None and after.event(vault, event._mapping, digest.root) != digest.value:
            raise Broken(digest.seq, "the event's row was changed")
        if (event.content is None) != event.type.startswith(_TIMER):
            raise Broken(judged.seq if judged else 0, "the event's content was taken away or added")
        if event.content is not None and event.reason != str(SET_ASIDE):  # Which says that nobody could read it.
            _opened(vault, event.content, f"inbox/{case.case_id}/{event.event_id}", "the event's content")
    for judged in missing.values():
        raise Broken(judged.seq, "the event is missing from the inbox")


def _check_judged(event: AnyRow, judged: _Judged) -> None:
    entry, detail = judged.entry, judged.detail
    if event.digest != entry.content_digest:
        raise Broken(judged.seq, "the event's content was changed")
    if short_of(event.type) != entry.kind:
        raise Broken(judged.seq, "the event's type is not the entry's")
    refused = detail.get("refused")
    outcome = ("refused" if refused else "applied", refused, judged.order, entry.at, detail["version"])
    if not judged.again and _outcome(event) != outcome:
        raise Broken(judged.seq, "the event's outcome is not what the entry says")


def _outcome(event: AnyRow) -> tuple[object, ...]:
    return event.state, event.reason, event.judged_order, event.judged_at, event.version


def _check_screenings(vault: Vault, case: Recorded, told: Told) -> None:
    missing = dict(told.screenings)
    for row in case.screenings:
        result = _opened(vault, row.result, f"screenings/{case.case_id}/{row.version}", "a screening")
        digest = missing.pop(str(row.version), None)
        if digest is None and not told.unbound:
            raise Broken(0, "no entry speaks of a screening")
        if digest is not None and after.screening(vault, row._mapping, result, digest.root) != digest.value:
            raise Broken(digest.seq, "the screening was changed")
    for digest in missing.values():
        raise Broken(digest.seq, "the screening is missing")


def _check_dispositions(vault: Vault, case: Recorded, told: Told) -> None:
    missing = dict(told.dispositions)
    for row in case.dispositions:
        digest = missing.pop(str(row.round), None)
        if digest is None and not told.unbound:
            raise Broken(0, "no entry speaks of a disposition")
        if digest is not None and after.disposition(vault, row._mapping, digest.root) != digest.value:
            raise Broken(digest.seq, "the disposition was changed")
    for digest in missing.values():
        raise Broken(digest.seq, "the disposition is missing")


def _check_documents(vault: Vault, case: Recorded, told: Told) -> None:
    missing = dict(told.documents)
    for row in case.documents:
        content = _opened(vault, row.content, document_of(row).row, "a decision record")
        digest = missing.pop(tuple(row._mapping[name] for name in WHICH), None)
        if digest is None:
            raise Broken(0, "no entry speaks of a decision record")
        if after.document(vault, row._mapping, content, digest.root) != digest.value:
            raise Broken(digest.seq, "the decision record was changed")
    for digest in missing.values():
        raise Broken(digest.seq, "the decision record is missing")


def _check_row(vault: Vault, row: AnyRow, told: Told) -> None:
    """Where the case stands: what its newest entry left."""
    if told.row is not None:
        if after.row(vault, row._mapping, row.judged, told.row.root) != told.row.value:
            raise Broken(told.row.seq, f"the case's row is not what the entry left: {_differing(row, told)}")
        return
    differing = [] if told.judged == row.judged else ["judged"]
    if told.last is not None:
        differing += [name for name in ("stage", "version") if row._mapping[name] != told.last[name]]
    differing += _not_of_state(row)
    if differing:
        raise Broken(told.head.seq, f"the case's row is not what the entries left: {', '.join(differing)}")


def _differing(row: AnyRow, told: Told) -> str:
    """The columns that are certainly not what they were."""
    found = _not_of_state(row)
    if row.judged != told.judged:
        found.append("judged")
    return ", ".join(found or ["state"])


def _not_of_state(row: AnyRow) -> list[str]:
    """The columns that do not follow from the state beside them."""
    try:
        follows = where_it_stands(CaseState.read(row.state))
    except CannotRead:
        return []
    return [name for name in after.ROW if name != "state" and row._mapping[name] != follows[name]]


def _check_known(vault: Vault, row: AnyRow, told: Told, opened_at: datetime | None) -> None:
    """Who it is about and what is known: as an entry left it, and the columns that follow from it."""
    text = _opened(vault, row.identity, f"cases.identity/{row.id}", "the identity")
    if told.identity is not None and after.known(vault, "identity", text, told.identity.root) != told.identity.value:
        raise Broken(told.identity.seq, "the identity is not what the entry left")
    if row.facts is None:
        if told.facts is not None:
            raise Broken(told.facts.seq, "the facts are missing")
    else:
        facts = _opened(vault, row.facts, f"cases.facts/{row.id}", "the facts")
        if told.facts is None and not told.unbound:
            raise Broken(0, "no entry speaks of the facts")
        if told.facts is not None and after.known(vault, "facts", facts, told.facts.root) != told.facts.value:
            raise Broken(told.facts.seq, "the facts are not what the entry left")
    identity = _identity(text)
    differing = [name for name, value in calendar(identity).items() if row._mapping[name] != value]
    key = identity.key
    if (row.key, row.a_number_key) not in [
        (case_key(vault, key, root), a_number_key(vault, key.a_number, root)) for root in vault.roots
    ]:
        differing.append("key or a_number_key")
    if opened_at != row.received_at:
        differing.append("received_at")
    if told.last is None and not _as_received(row, identity.office):
        differing.append("state")
    if differing:
        raise Broken(told.head.seq, f"the case's row does not follow from what it holds: {', '.join(differing)}")


def _identity(text: bytes) -> Identity:
    try:
        return Identity.of(orjson.loads(text))
    except CannotRead:
        raise Broken(0, "the identity does not say whose case it is") from None


def _as_received(row: AnyRow, office: str) -> bool:
    try:
        return CaseState.read(row.state) == CaseState(office=office)
    except CannotRead:
        return False


def _opened(vault: Vault, sealed: bytes, row: str, what: str) -> bytes:
    try:
        return vault.open_text(sealed, row)
    except UnsealError as problem:
        raise Broken(0, f"{what} cannot be opened: {problem.code}") from None
