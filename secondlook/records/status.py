"""What the record counts, for ``secondlook status`` and for the gauges; and one case without personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, func, literal, select

from secondlook.cases.lifecycle import stages
from secondlook.records import failing
from secondlook.records.audit import AFTER
from secondlook.records.schema import UNMOVED, audit, cases, dispositions, inbox

_LATELY = timedelta(seconds=10)
_TIMER_LATE = timedelta(minutes=10)
_RUNG_IN_VAIN = 5
_AT_MOST = 100
_FAILING = timedelta(minutes=1)
_CANNOT_JUDGE = "its next event or timer cannot be judged here: docs/upgrading.md says what each code asks for"
_CANNOT_SHOW = "part of it cannot be opened or read, so nobody is shown it whole and nobody decides it"

# Values stand in the statements, so that databases see which of their partial indexes answer them.
_PENDING = inbox.c.state == literal("pending", literal_execute=True)
_REFUSED = inbox.c.state == literal("refused", literal_execute=True)
_RUNG = cases.c.rings > literal(0, literal_execute=True)


@dataclass(frozen=True, slots=True)
class Stuck:
    """A case that nothing moves, by its opaque id, and why it is thought so: a code, a sentence, since when if that is
    known, and the event that waits first where one does."""

    case_id: str
    code: str
    reason: str
    event_id: str | None = None
    since_seconds: float | None = None

    def to_json(self) -> dict[str, object]:
        """As ``secondlook status --json`` shows it."""
        return {
            "case": self.case_id,
            "event": self.event_id,
            "code": self.code,
            "reason": self.reason,
            "since_seconds": self.since_seconds,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """The record in numbers. ``seconds_to_empty`` is None while nothing is drained."""

    cases: dict[str, int]
    events: dict[str, int]
    oldest_seconds: float
    drained_per_second: float
    escalated: int
    stuck: list[Stuck]

    @property
    def backlog(self) -> int:
        return self.events["pending"] + self.events["in_flight"]

    @property
    def seconds_to_empty(self) -> float | None:
        if not self.backlog:
            return 0.0
        return round(self.backlog / self.drained_per_second, 1) if self.drained_per_second else None


def count(connection: Connection, now: datetime) -> Counts:
    """Count cases, events and what is stuck, as of ``now``."""
    by_stage = connection.execute(select(cases.c.stage, func.count()).group_by(cases.c.stage))
    counted: dict[str, int] = {stage: number for stage, number in by_stage}
    waiting = connection.execute(select(func.count(), func.min(inbox.c.received_at)).where(_PENDING)).one()
    rung = select(cases.c.id).where(_RUNG, cases.c.ring_at > now)
    in_flight = connection.execute(select(func.count()).where(_PENDING, inbox.c.case_id.in_(rung))).scalar_one()
    refused = connection.execute(select(func.count()).where(_REFUSED)).scalar_one()
    total = connection.execute(select(func.count()).where(inbox.c.sender_key.is_not(None))).scalar_one()
    lately = connection.execute(select(func.count()).where(inbox.c.judged_at > now - _LATELY)).scalar_one()
    oldest = waiting[1]
    return Counts(
        cases={**dict.fromkeys(map(str, stages()), 0), **counted},
        events={
            "pending": waiting[0] - in_flight,
            "in_flight": in_flight,
            "applied": total - waiting[0] - refused,
            "refused": refused,
        },
        oldest_seconds=round(max(0.0, (now - oldest).total_seconds()), 1) if oldest else 0.0,
        drained_per_second=round(lately / _LATELY.total_seconds(), 1),
        escalated=connection.execute(select(func.count()).where(cases.c.escalated.is_(True))).scalar_one(),
        stuck=_stuck(connection, now),
    )


def _stuck(connection: Connection, now: datetime) -> list[Stuck]:
    found = [
        Stuck(each.case_id, each.code, _why(each.code), each.event_id, round((now - each.since).total_seconds(), 1))
        for each in failing.since(connection, now - _FAILING)
    ]
    noted = {each.case_id for each in found}
    checks = (
        ("unmoved", "no next actor or timer", UNMOVED),
        ("deadline_passed", "its deadline passed and nothing woke it", cases.c.wake_at < now - _TIMER_LATE),
        ("rung_in_vain", "rung again and again without an outcome", _RUNG & (cases.c.rings > _RUNG_IN_VAIN)),
    )
    for code, reason, condition in checks:
        ids = connection.execute(select(cases.c.id).where(condition).limit(_AT_MOST)).scalars()
        found += [Stuck(case_id, code, reason) for case_id in ids if case_id not in noted]
    return found


def _why(code: str) -> str:
    return _CANNOT_SHOW if code == failing.CANNOT_BE_SHOWN else _CANNOT_JUDGE


def describe(connection: Connection, case_id: str) -> dict[str, object] | None:
    """One case as ``secondlook case`` shows it: codes, ids and times only. None where there is no such case."""
    row = connection.execute(
        select(
            cases.c.stage, cases.c.round, cases.c.version, cases.c.office, cases.c.next_actor, cases.c.wake_at
        ).where(cases.c.id == case_id)
    ).one_or_none()
    if row is None:
        return None
    rounds = connection.execute(
        select(dispositions.c.round, dispositions.c.disposition)
        .where(dispositions.c.case_id == case_id)
        .order_by(dispositions.c.round)
    ).all()
    failed = failing.of(connection, [case_id]).get(case_id)
    events = connection.execute(
        select(inbox)
        .with_only_columns(
            inbox.c.event_id, inbox.c.type, inbox.c.state, inbox.c.reason, inbox.c.judged_order, inbox.c.version
        )
        .where(inbox.c.case_id == case_id)
        .order_by(inbox.c.judged_order.is_(None), inbox.c.judged_order, inbox.c.seq)
    )
    entries = connection.execute(select(audit).where(audit.c.case_id == case_id).order_by(audit.c.seq))
    return {
        "case": case_id,
        "stage": row.stage,
        "round": row.round,
        "version": row.version,
        "office": row.office,
        "disposition": next((each.disposition for each in rounds if each.round == row.round), None),
        "rounds": [{"round": each.round, "disposition": each.disposition} for each in rounds],
        "cannot_judge": {"event": failed.event_id, "code": failed.code, "since": failed.since.isoformat()}
        if failed
        else None,
        "next_actor": row.next_actor,
        "wake_at": row.wake_at.isoformat() if row.wake_at else None,
        "events": [
            {"id": e.event_id, "type": e.type, "state": e.state, "reason": e.reason, "version": e.version}
            for e in events
        ],
        "audit": [
            {
                "seq": a.seq,
                "at": a.at.isoformat(),
                "kind": a.kind,
                "actor": a.actor,
                "event": a.event_id,
                **{name: said for name, said in orjson.loads(a.detail).items() if name != AFTER},
                "hash": a.hash.hex(),
            }
            for a in entries
        ],
    }
