"""The case's row: locked, loaded, written back. The only place that knows which columns a case has.

Called by the inbox, which opens cases, by the judging transaction, and by whatever appends to a case's audit chain. It
judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, exists, insert, or_, select, update

from secondlook.cases.event_type import Urgency
from secondlook.cases.identity import Identity
from secondlook.cases.merging import Merged
from secondlook.cases.readable import CannotRead
from secondlook.cases.state import CaseState
from secondlook.records import after, audit
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.schema import assignments, cases, claims, drafts, failing, holds
from secondlook.records.search import rows as search

_FAR = 99_999_999
_DETAINED_FIRST = 10**8

# Statements are built once: building one with a dozen columns costs more than running it.
_LOCK = (
    select(
        cases.c.id,
        cases.c.state,
        cases.c.identity,
        cases.c.facts,
        cases.c.judged,
        cases.c.audit_seq,
        cases.c.audit_head,
        select(failing.c.case_id).where(failing.c.case_id == cases.c.id).scalar_subquery().label("failing"),
        or_(*(exists().where(table.c.case_id == cases.c.id) for table in (claims, holds, assignments, drafts))).label(
            "worked_on"
        ),
    )
    .where(cases.c.id == bindparam("case"))
    .with_for_update(of=cases, key_share=True)
)
_WRITE = update(cases).where(cases.c.id == bindparam("case"))
_OPEN = insert(cases)


@dataclass(slots=True)
class LockedCase:
    """A case under its lock: where it stands, and what a call changes of it."""

    id: str
    state: CaseState
    chain: audit.Head
    judged: int
    failing: bool
    worked_on: bool
    """Somebody has claimed, held or been given it, or has a draft of its review."""
    _identity: bytes
    _facts: bytes | None
    merged: Merged | None = None
    stands: dict[str, object] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    _learned: dict[str, object] = field(default_factory=dict)
    _found_by: list[dict[str, object]] | None = None
    """By what the case is found from now on, where that may have changed."""

    def known(self, vault: Vault) -> Merged:
        """What is known of the case, opened. Raises CannotRead."""
        if self.merged is None:
            facts = opened(vault, self._facts, f"cases.facts/{self.id}") if self._facts else {}
            self.merged = Merged(facts, opened(vault, self._identity, f"cases.identity/{self.id}"))
        return self.merged

    @property
    def has_facts(self) -> bool:
        """Whether facts were merged before."""
        return self._facts is not None or self.merged is not None

    def learn(self, vault: Vault, merged: Merged) -> None:
        """Keep what is now known: sealed, with the calendar that follows from it. The next entry covers it."""
        facts = orjson.dumps(merged.facts)
        self.values["facts"] = vault.seal_text(facts, f"cases.facts/{self.id}")
        self._learned = {"facts": after.known(vault, "facts", facts, vault.root)}
        if self.has_facts:  # Else it is still the one with which the case was opened, and there is no other.
            identity = orjson.dumps(merged.identity)
            self.values["identity"] = vault.seal_text(identity, f"cases.identity/{self.id}")
            stands = Identity.of(merged.identity)
            self.values |= calendar(stands)
            if self.merged is None or self.merged.identity != merged.identity:
                self._found_by = search.rows_of(vault, self.id, stands, self.values["urgency"])
            self._learned["identity"] = after.known(vault, "identity", identity, vault.root)
        self.merged = merged

    def note(self, connection: Connection, vault: Vault, entry: audit.Entry, **written: object) -> None:
        """Append to the case's chain: what happened, where the case stands now, and what is ``written`` with it."""
        self.stands = where_it_stands(self.state)
        leaves = {"row": after.row(vault, self.stands, self.judged, vault.root), **self._learned, **written}
        self._learned = {}
        self.chain = audit.append(connection, vault, self.chain, entry, leaves)

    def write(self, connection: Connection, ring: Mapping[str, object]) -> None:
        """Write back what changed, and how the case is to be rung."""
        values = {"case": self.id, "rings": 0, **ring, **self.values}
        if self.stands:
            values |= {
                **self.stands,
                "judged": self.judged,
                "audit_seq": self.chain.seq,
                "audit_head": self.chain.hash,
            }
        connection.execute(_WRITE, values)
        if self._found_by is not None:
            search.rewrite(connection, self.id, self._found_by)


def lock(connection: Connection, case_id: str) -> LockedCase | None:
    """Lock a case and load it; None where it is not on record. Raises CannotRead."""
    row = connection.execute(_LOCK, {"case": case_id}).one_or_none()
    if row is None:
        return None
    state = CaseState.read(row.state)
    return LockedCase(
        id=row.id,
        state=state,
        chain=audit.Head(row.audit_seq, row.audit_head),
        judged=row.judged,
        failing=row.failing is not None,
        worked_on=bool(row.worked_on),
        _identity=row.identity,
        _facts=row.facts,
    )


def opened(vault: Vault, sealed: bytes, row: str) -> dict[str, object]:
    """A sealed document of the record. Raises CannotRead."""
    try:
        document = vault.open(sealed, row)
    except UnsealError as problem:
        raise CannotRead(problem.code) from None
    if not isinstance(document, dict):
        raise CannotRead("damaged")
    return document


def new_rows(
    vault: Vault, case_id: str, key: bytes, a_number_key: bytes, document: dict[str, object], now: datetime
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """The row of a case that comes in, before its facts are judged, and those by which it is found."""
    state = CaseState(office=str(document["office"]))
    identity = {name: value for name, value in document.items() if name != "facts"}
    stands = Identity.of(identity)
    row = {
        "id": case_id,
        "key": key,
        "a_number_key": a_number_key,
        "identity": vault.seal(identity, f"cases.identity/{case_id}"),
        "facts": None,
        **where_it_stands(state),
        **calendar(stands),
        "received_at": now,
        "changed_at": now,
        "audit_seq": 0,
        "audit_head": audit.GENESIS,
        "judged": 0,
        "ring_class": Urgency.NEW_CASE,
        "ring_at": now,
        "rings": 0,
        "rung_seq": 0,
    }
    return row, search.rows_of(vault, case_id, stands, row["urgency"])


def insert_rows(connection: Connection, rows: list[dict[str, object]], found_by: list[dict[str, object]]) -> None:
    """Write the rows of new cases, and those by which they are found."""
    connection.execute(_OPEN, rows)
    search.insert_rows(connection, found_by)


def where_it_stands(state: CaseState) -> dict[str, object]:
    """The columns that follow from the state (``after.ROW``)."""
    return {
        "office": state.office,
        "stage": state.stage,
        "round": state.round,
        "version": state.version,
        "lane": state.lane,
        "next_actor": state.next_actor.value,
        "escalated": state.escalated,
        "late_facts": state.late_facts,
        "state": state.written(),
        "wake_at": state.wake_at,
    }


def calendar(identity: Identity) -> dict[str, object]:
    """Whether detained, the next hearing's date, and the urgency: detained first, then the nearest hearing."""
    hearing_date = identity.next_hearing.date if identity.next_hearing else None
    urgency = int(hearing_date.replace("-", "")) if hearing_date else _FAR
    return {
        "detained": identity.detained,
        "hearing_date": hearing_date,
        "urgency": urgency if identity.detained else urgency + _DETAINED_FIRST,
    }
