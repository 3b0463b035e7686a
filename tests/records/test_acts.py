"""What people did with the record as a whole, and how it is verified one at a time. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from secondlook.records import acts, checking
from secondlook.records.acts import Act
from secondlook.records.checking import LEASE, Running
from secondlook.records.schema import acts as table
from tests.records.docket import MINUTE, NOON, Docket


def note(docket: Docket, kind: str = acts.EXPORTED, **detail: object) -> None:
    docket.database.write_now(lambda c: acts.note(c, docket.vault, kind, "auditor1", detail, docket.now))


def problems(docket: Docket) -> list[tuple[str, int]]:
    return [(each.case_id, each.seq) for each in docket.breaks()]


def test_acts_are_told_newest_first(docket: Docket) -> None:
    note(docket, office="BAL")
    docket.now += MINUTE
    note(docket, acts.VERIFYING)

    newest = docket.database.read_now(lambda c: acts.newest(c, 10))
    exports = docket.database.read_now(lambda c: acts.newest(c, 1, acts.EXPORTED))

    assert [each.kind for each in newest] == [acts.VERIFYING, acts.EXPORTED]
    assert exports == [Act(1, NOON, acts.EXPORTED, "auditor1", {"office": "BAL"})]


@pytest.mark.parametrize("column", ["at", "kind", "actor", "detail", "hash", "root"])
def test_an_act_that_was_changed_is_found(docket: Docket, column: str) -> None:
    values = {
        "at": NOON + MINUTE,
        "kind": "another",
        "actor": "somebody",
        "detail": "{}",
        "hash": bytes(32),
        "root": "no-such-root",
    }
    for office in ("BAL", "DEN", "CHI"):
        note(docket, office=office)
    assert problems(docket) == []

    docket.write(update(table).where(table.c.seq == 2).values({column: values[column]}))

    assert problems(docket) == [("", 2)]


def test_an_act_that_is_gone_or_was_put_elsewhere_is_found(docket: Docket) -> None:
    for office in ("BAL", "DEN", "CHI"):
        note(docket, office=office)
    kept = docket.database.read_now(lambda c: c.execute(select(table).where(table.c.seq == 2)).one())

    docket.write(delete(table).where(table.c.seq == 2))
    assert problems(docket) == [("", 2)]
    docket.write(insert(table).values({**kept._mapping, "seq": 4}))
    assert problems(docket) == [("", 2)]
    docket.write(delete(table).where(table.c.seq == 4))
    docket.write(insert(table).values(dict(kept._mapping)))
    assert problems(docket) == []


def at_once(number: int, act: Callable[[int], object]) -> list[object]:
    found: list[object] = []
    threads = [threading.Thread(target=lambda each=each: found.append(act(each))) for each in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_acts_of_many_at_once_are_one_chain(docket: Docket) -> None:
    at_once(8, lambda number: note(docket, number=number))

    assert len(docket.rows(table)) == 8
    assert problems(docket) == []


def begin(docket: Docket, who: object = "auditor1") -> bool:
    return docket.database.write_now(lambda c: checking.begin(c, docket.vault, str(who), docket.now))


def running(docket: Docket) -> Running | None:
    return docket.database.read_now(lambda c: checking.running(c, docket.now))


def test_one_verification_runs_at_a_time_whoever_asks(docket: Docket) -> None:
    assert sorted(map(bool, at_once(5, lambda number: begin(docket, number)))) == [False, False, False, False, True]
    asked = docket.database.read_now(lambda c: acts.newest(c, 10, acts.VERIFYING))
    assert len(asked) == 1


def test_a_verification_that_dies_gives_up_its_place_by_time(docket: Docket) -> None:
    assert begin(docket)
    started = running(docket)
    assert started is not None
    docket.now += timedelta(seconds=50)
    docket.database.write_now(lambda c: checking.renew(c, started, docket.now))
    docket.now += timedelta(seconds=50)
    assert not begin(docket)

    docket.now += LEASE

    assert running(docket) is None
    assert begin(docket, "auditor2")


def test_a_verification_that_ends_is_on_record_and_makes_room(docket: Docket) -> None:
    begin(docket)
    started = running(docket)
    assert started is not None
    docket.now += MINUTE / 2
    docket.database.write_now(
        lambda c: checking.end(c, docket.vault, started, acts.VERIFIED, {"broken": 0}, docket.now)
    )

    assert running(docket) is None
    (last, first) = docket.database.read_now(lambda c: acts.newest(c, 2))
    assert (first.kind, last.kind, last.actor, last.detail) == (
        acts.VERIFYING,
        acts.VERIFIED,
        "auditor1",
        {"broken": 0},
    )
