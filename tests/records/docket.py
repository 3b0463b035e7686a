"""A docket on a real record: events come in at a time of the test's choosing and are judged when the test says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Table, select

from secondlook.cases.events import (
    Acceptance,
    Actor,
    IncomingEvent,
    concurrence_event,
    parse_event,
    review_event,
    withdrawal_event,
)
from secondlook.cases.state import CaseState
from secondlook.head import Head, Step
from secondlook.records import inbox
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.replay import Break
from secondlook.records.schema import audit as audit_table
from secondlook.records.schema import cases, dispositions, screenings
from secondlook.records.schema import inbox as inbox_table
from secondlook.records.verifying import verify

NOON = datetime(2011, 12, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ATTORNEY = Actor("attorney1", ("attorney",), ("BAL",))
COLLEAGUE = Actor("attorney2", ("attorney",), ("BAL",))
SUPERVISOR = Actor("supervisor1", ("supervisor",), ("BAL", "DEN"))
BOTH = Actor("attorney1", ("attorney", "supervisor"), ("BAL",))

AnyRow = Row[*tuple[Any, ...]]


def case_event(
    number: int = 1, sender: str | None = None, facts: dict[str, object] | None = None, **changed: object
) -> IncomingEvent:
    """A received case; ``number`` tells cases apart, ``sender`` is the sender's event id."""
    data = {
        "a_number": f"A000{number:06}",
        "respondent": {"family_name": "Quillfeather", "given_name": "Ottoline"},
        "office": "BAL",
        "nta": {"date": "2010-05-04"},
        "facts": facts or {},
        **changed,
    }
    return _from_outside(sender or f"case-{number}", "secondlook.case.received.v1", data)


def facts_event(case: object, sender: str, **facts: object) -> IncomingEvent:
    """New facts of a case."""
    return _from_outside(sender, "secondlook.case.facts-updated.v1", {"case": case, "facts": facts})


def _from_outside(sender: str, kind: str, data: dict[str, object]) -> IncomingEvent:
    return parse_event({"specversion": "1.0", "source": "urn:test", "id": sender, "type": kind, "data": data})


class Docket:
    """Events in, judgements out; ``now`` is the clock of both."""

    def __init__(self, database: Database, vault: Vault, bench: Bench) -> None:
        self.database, self.vault, self.bench = database, vault, bench
        self.now = NOON
        self.epoch = 1
        self._forms = iter(range(1_000_000))

    def accept(self, *events: IncomingEvent) -> list[Acceptance]:
        return self.database.write_now(lambda connection: inbox.accept(connection, self.vault, events, self.now))

    def take(self, event: IncomingEvent) -> str:
        """Have one event accepted; the inbox's id of it."""
        (answer,) = self.accept(event)
        assert answer.outcome == "accepted"
        assert answer.event_id
        return answer.event_id

    def receive(self, number: int = 1, **changed: object) -> str:
        """Have a case received; its id."""
        (answer,) = self.accept(case_event(number, **changed))  # type: ignore[arg-type]
        assert answer.case_id
        return answer.case_id

    def in_review(self, number: int = 1, **changed: object) -> str:
        """A case that waits for an attorney, at version 1."""
        case_id = self.receive(number, **changed)
        self.judge(case_id)
        return case_id

    def review(
        self,
        case_id: str,
        action: str = "close",
        by: Actor = ATTORNEY,
        version: int = 1,
        ask: Sequence[Mapping[str, str]] = (),
    ) -> str:
        form = f"form-{next(self._forms)}"
        return self.take(
            review_event(
                form,
                case_id,
                by,
                action=action,
                reasons=["family"],
                rationale="Because.",
                findings={},
                case_version=version,
                ask=ask,
            )
        )

    def concur(self, case_id: str, answer: str = "concur", by: Actor = SUPERVISOR, version: int = 3) -> str:
        form = f"form-{next(self._forms)}"
        return self.take(concurrence_event(form, case_id, by, answer=answer, note="Seen.", case_version=version))

    def withdraw(self, case_id: str, by: Actor = ATTORNEY, version: int = 2) -> str:
        form = f"form-{next(self._forms)}"
        return self.take(withdrawal_event(form, case_id, by, reason="A mistake.", case_version=version))

    def screen(self, case_id: str) -> Head:
        return self.database.write_now(lambda c: self.bench.screen(c, case_id, self.epoch, self.now))

    def apply(self, case_id: str) -> Head:
        return self.database.write_now(lambda c: self.bench.apply(c, case_id, self.epoch, self.now))

    def judge(self, case_id: str) -> list[str]:
        """Judge all that waits, as the case's run does; the outcomes in order."""
        head = self.screen(case_id)
        outcomes = list(head.outcomes)
        while head.step in (Step.SCREEN, Step.APPLY):
            head = self.screen(case_id) if head.step is Step.SCREEN else self.apply(case_id)
            outcomes += head.outcomes
        return outcomes

    def held(self, case_id: str, action: str = "close") -> None:
        """Lead a case in review into its withdraw window."""
        self.review(case_id, action)
        self.judge(case_id)

    def before_supervisor(self, case_id: str, action: str = "close") -> None:
        """Lead a case in review to the supervisor: version 3."""
        self.held(case_id, action)
        self.pass_window(case_id)

    def pass_window(self, case_id: str) -> list[str]:
        self.now += 10 * MINUTE
        return self.judge(case_id)

    def close(self, case_id: str) -> None:
        """Lead a case in review to its end: version 4."""
        self.before_supervisor(case_id)
        self.concur(case_id)
        self.judge(case_id)

    def rows(self, table: Table, case_id: str | None = None) -> list[AnyRow]:
        query = select(table).order_by(*table.primary_key)
        if case_id is not None:
            query = query.where((table.c.id if table is cases else table.c.case_id) == case_id)
        return self.database.read_now(lambda connection: list(connection.execute(query)))

    def case(self, case_id: str) -> AnyRow:
        (row,) = self.rows(cases, case_id)
        return row

    def state(self, case_id: str) -> CaseState:
        return CaseState.model_validate_json(self.case(case_id).state)

    def facts(self, case_id: str) -> object:
        return self.vault.open(self.case(case_id).facts, f"cases.facts/{case_id}")

    def events(self, case_id: str) -> list[AnyRow]:
        return self.rows(inbox_table, case_id)

    def event(self, event_id: str) -> AnyRow:
        (found,) = (row for row in self.rows(inbox_table) if row.event_id == event_id)
        return found

    def outcome(self, event_id: str) -> tuple[str, str | None]:
        row = self.event(event_id)
        return row.state, row.reason

    def entries(self, case_id: str) -> list[AnyRow]:
        return self.rows(audit_table, case_id)

    def details(self, case_id: str) -> Iterator[dict[str, object]]:
        return (orjson.loads(row.detail) for row in self.entries(case_id))

    def screenings(self, case_id: str) -> list[AnyRow]:
        return self.rows(screenings, case_id)

    def dispositions(self, case_id: str) -> list[AnyRow]:
        return self.rows(dispositions, case_id)

    def breaks(self) -> list[Break]:
        """What is wrong with the audit chains."""
        return self.database.read_now(lambda connection: verify(connection, self.vault)).broken

    def write(self, statement: Any) -> None:
        """Somebody's own statement against the record."""

        def unit(connection: Connection) -> None:
            connection.execute(statement)

        self.database.write_now(unit)
