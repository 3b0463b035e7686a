"""The record as seen from outside, on either database: what must be true when all that came in is judged."""

from __future__ import annotations

from sqlalchemy import Connection, Select, func, select

from secondlook.records.database import Database
from secondlook.records.schema import audit, cases, dispositions, inbox, screenings

_ENDS = ("closed", "dismissed", "continued")
_FACTS = ("secondlook.case.received.v1", "secondlook.case.facts-updated.v1")


def holds_each_event_once(url: str) -> None:
    """Each event has one outcome, one place in its case's order and one audit entry, each screening came of facts,
    each ended case one disposition; nothing waits. For records without facts that came after a case's end.
    """
    database = Database(url)
    try:
        database.read_now(_check)
    finally:
        database.close()


def _check(connection: Connection) -> None:
    assert connection.execute(select(func.count()).where(inbox.c.state == "pending")).scalar_one() == 0
    assert connection.execute(select(func.count()).where(cases.c.ring_class.is_not(None))).scalar_one() == 0
    events = _numbers(connection, select(inbox.c.case_id, func.count()).group_by(inbox.c.case_id))
    orders: dict[str, list[int]] = {}
    for case_id, order in connection.execute(select(inbox.c.case_id, inbox.c.judged_order)):
        orders.setdefault(case_id, []).append(order)
    assert {case_id: sorted(each) for case_id, each in orders.items()} == {
        case_id: list(range(1, number + 1)) for case_id, number in events.items()
    }
    assert _numbers(connection, select(audit.c.case_id, func.count()).group_by(audit.c.case_id)) == events
    assert _numbers(connection, select(cases.c.id, cases.c.judged)) == events
    told = select(inbox.c.case_id, inbox.c.version).where(inbox.c.state == "applied", inbox.c.type.in_(_FACTS))
    screened = set(connection.execute(select(screenings.c.case_id, screenings.c.version)).tuples())
    assert screened <= set(connection.execute(told).tuples())
    assert {case_id for case_id, _ in screened} == set(events)
    ended = connection.execute(select(cases.c.id, cases.c.round, cases.c.stage).where(cases.c.stage.in_(_ENDS)))
    disposed = connection.execute(select(dispositions.c.case_id, dispositions.c.round, dispositions.c.disposition))
    assert sorted(tuple(row) for row in ended) == sorted(tuple(row) for row in disposed)


def _numbers(connection: Connection, statement: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(statement)}
