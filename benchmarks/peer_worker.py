"""The same case review as users of DBOS Transact would write it: a worker process of it. ``peer`` starts it.

One workflow: screen and record, wait for the decision, record it. Each step is one transaction that writes the tables
which the product's steps write, sealed with the same vault, judged by the same rules. What DBOS keeps of its own
(inputs, messages) stays unsealed, which costs it less than it would in earnest.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from dbos import DBOS, SQLAlchemyDatasource
from sqlalchemy import Engine, event, insert, select, update
from sqlalchemy.orm import Session

from benchmarks.bare_worker import LOOK_SECONDS
from secondlook.cases import lifecycle
from secondlook.cases.event_types.received import CASE_RECEIVED
from secondlook.cases.event_types.reviewed import REVIEWED, Reviewed
from secondlook.cases.events import Actor, EventType
from secondlook.cases.facts_life import FactsScreened
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.state import CaseState
from secondlook.intake.sample import AS_OF
from secondlook.policy import Screening, load_ruleset, screen
from secondlook.records import audit
from secondlook.records.encryption import Vault
from secondlook.records.inbox import calendar_of, identity_of
from secondlook.records.schema import cases, dispositions, inbox, screenings

APPLICATION: Final = "case-reviews"
QUEUE: Final = "cases"
REVIEW: Final = "review_case"
VERSION: Final = "1"

IsolationLevel = Literal["SERIALIZABLE", "READ COMMITTED"]

_OFFICE = OfficeSettings(concurrence=frozenset({"dismiss", "continue"}), withdraw_window=timedelta(0))
_RULESET = load_ruleset("opla-2011-11-17")
_OTHER_THREADS = 16
_YEAR_SECONDS = 365 * 24 * 3600.0


def relax_sqlite() -> None:
    """Commits as the product's workers make them: its write-ahead log is set by whoever makes the files."""

    @event.listens_for(Engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=NORMAL")


def register(datasource: SQLAlchemyDatasource, vault: Vault, *, serializable: bool) -> None:
    """Make the workflow known to DBOS."""
    isolation: IsolationLevel = "SERIALIZABLE" if serializable else "READ COMMITTED"

    @datasource.transaction(name="receive", isolation_level=isolation)
    def receive(case_id: str, data: dict[str, object]) -> str:
        facts = data.get("facts", {})
        assert isinstance(facts, dict)
        screening = screen(facts, _RULESET, AS_OF)
        _record_received(datasource, vault, case_id, data, screening)
        return screening.lane

    @datasource.transaction(name="decide", isolation_level=isolation)
    def decide(case_id: str, decision: dict[str, object]) -> str:
        return _record_decision(datasource, vault, case_id, decision)

    @DBOS.workflow(name=REVIEW)
    def review_case(data: dict[str, object]) -> str:
        case_id = DBOS.workflow_id
        assert case_id is not None
        receive(case_id, data)
        decision = DBOS.recv(timeout_seconds=_YEAR_SECONDS)
        return decide(case_id, decision)


def _record_received(
    datasource: SQLAlchemyDatasource, vault: Vault, case_id: str, data: dict[str, object], screening: Screening
) -> None:
    """Case, outcome, screening and audit entry."""
    now = datetime.now(UTC)
    office = str(data["office"])
    received = FactsScreened(screening.lane, office, screening.ruleset)
    state = lifecycle.judge(CaseState(office=office), received, now, _OFFICE).state
    detained, hearing, urgency = calendar_of(data)
    session = datasource.sql_session()
    session.execute(
        insert(cases).values(
            id=case_id,
            key=vault.lookup_hash("case", case_id),
            a_number_key=vault.lookup_hash("a-number", str(data["a_number"])),
            identity=vault.seal(identity_of(data), f"cases.identity/{case_id}"),
            facts=vault.seal(data.get("facts", {}), f"cases.facts/{case_id}"),
            detained=detained,
            hearing_date=hearing,
            urgency=urgency,
            received_at=now,
            ring_at=now,
            rings=0,
            rung_seq=0,
            audit_seq=0,
            audit_head=audit.GENESIS,
            **_shown(state, now, judged=1),
        )
    )
    result = vault.seal(screening.to_json(), f"screenings/{case_id}/{state.version}")
    session.execute(
        insert(screenings).values(
            case_id=case_id,
            version=state.version,
            ruleset=screening.ruleset,
            ruleset_digest=screening.ruleset_digest,
            as_of=screening.as_of.isoformat(),
            lane=screening.lane,
            result=result,
        )
    )
    digest = vault.lookup_hash("content", repr(data))
    _record_outcome(session, vault, case_id, CASE_RECEIVED, None, digest, state, now, audit.Head(0, audit.GENESIS))


def _record_decision(datasource: SQLAlchemyDatasource, vault: Vault, case_id: str, decision: dict[str, object]) -> str:
    """The case judged under its lock, its outcome, its disposition and the audit entry."""
    now = datetime.now(UTC)
    session = datasource.sql_session()
    row = session.execute(
        select(cases.c.state, cases.c.audit_seq, cases.c.audit_head).where(cases.c.id == case_id).with_for_update()
    ).one()
    before = CaseState.model_validate_json(row.state)
    subject, version = str(decision["by"]), decision["case_version"]
    assert isinstance(version, int)
    reviewed = Reviewed(secrets.token_hex(12), "close", Actor(subject, ("attorney",), (before.office,)), version)
    judgement = lifecycle.judge(before, reviewed, now, _OFFICE)
    if judgement.refused is not None:
        raise RuntimeError(f"a decision was refused: {judgement.refused}")
    state = judgement.state
    session.execute(update(cases).where(cases.c.id == case_id).values(**_shown(state, now, judged=2)))
    session.execute(
        insert(dispositions).values(
            case_id=case_id,
            round=state.round,
            disposition=state.disposition,
            decided_by=subject,
            concurred_by=None,
            decided_event=reviewed.event_id,
            at=now,
        )
    )
    digest = vault.lookup_hash("content", repr(decision))
    head = audit.Head(row.audit_seq, row.audit_head)
    _record_outcome(session, vault, case_id, REVIEWED, subject, digest, state, now, head)
    return state.stage.value


def _record_outcome(
    session: Session,
    vault: Vault,
    case_id: str,
    kind: EventType,
    actor: str | None,
    digest: bytes,
    state: CaseState,
    now: datetime,
    head: audit.Head,
) -> None:
    event_id = f"e_{secrets.token_hex(12)}"
    session.execute(
        insert(inbox).values(
            event_id=event_id,
            case_id=case_id,
            digest=digest,
            type=kind.value,
            received_at=now,
            state="applied",
            judged_order=state.version,
            judged_at=now,
            version=state.version,
        )
    )
    detail: dict[str, object] = {"version": state.version, "stage": state.stage.value}
    entry = audit.Entry(case_id, now, kind.short, actor, event_id, digest, detail)
    after = audit.append(session.connection(), vault, head, entry)
    session.execute(update(cases).where(cases.c.id == case_id).values(audit_seq=after.seq, audit_head=after.hash))


def _shown(state: CaseState, now: datetime, *, judged: int) -> dict[str, object]:
    """The columns of a case that a judgement moves."""
    return {
        "office": state.office,
        "stage": state.stage.value,
        "round": state.round,
        "version": state.version,
        "lane": state.lane,
        "next_actor": state.next_actor.value,
        "decided_by": state.decision.by if state.decision else None,
        "escalated": state.escalated,
        "late_facts": state.late_facts,
        "state": state.model_dump_json(exclude_defaults=True),
        "wake_at": state.wake_at,
        "judged": judged,
        "changed_at": now,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system_url")
    parser.add_argument("record_url")
    parser.add_argument("keys", type=Path)
    parser.add_argument("number")
    parser.add_argument("limit", type=int, help="cases that it works on at once")
    given = parser.parse_args()
    relax_sqlite()
    vault = Vault.from_file(given.keys)
    sqlite = str(given.record_url).startswith("sqlite")
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": given.system_url,
            "executor_id": given.number,
            "application_version": VERSION,
            "log_level": "WARNING",
            "max_executor_threads": given.limit + _OTHER_THREADS,
            "notification_listener_polling_interval_sec": LOOK_SECONDS,
        }
    )
    register(SQLAlchemyDatasource.create(given.record_url), vault, serializable=sqlite)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=given.limit, polling_interval_sec=LOOK_SECONDS)
    print("ready", flush=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    os._exit(0)  # Threads that wait for a decision would hold the process.


if __name__ == "__main__":
    main()
