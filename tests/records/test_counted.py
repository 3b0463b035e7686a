"""What the record counts: by day, once for all processes, and right after a crash. On both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from secondlook.records import counted as kept_counts
from secondlook.records import reports
from secondlook.records.counted import DAYS, NOW, count_what_is_due
from secondlook.records.days import Days, count_days, hour
from secondlook.records.reports import Report
from secondlook.records.schema import counted
from tests.records.docket import NOON, Docket, facts_event
from tests.records.test_late_facts import answer

A_DAY = timedelta(days=1)
DAY_ONE, DAY_TWO = date(2011, 12, 5), date(2011, 12, 6)


def days(docket: Docket) -> Days:
    return docket.database.read_now(lambda c: count_days(c, docket.now))


def test_what_came_in_and_was_decided_is_counted_by_day(docket: Docket) -> None:
    first = docket.in_review(1)
    docket.in_review(2)
    docket.now += A_DAY
    docket.in_review(3)
    docket.close(first)

    found = days(docket)

    assert found.received == {DAY_ONE: 2, DAY_TWO: 1}
    assert found.decided == {DAY_TWO: {"closed": 1}}
    assert found.ended == {DAY_TWO: 1}
    assert found.ages == {"attorney_review": (2, 0, 0, 0, 0, 0)}
    assert found.oldest == {"attorney_review": 1}
    assert found.judged == {hour(docket.now): 4}, "those of the last 24 hours"


def test_a_case_that_ends_twice_is_decided_twice_and_ended_once(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.close(case_id)
    docket.take(facts_event(case_id, "late", prior_removals=2))
    docket.judge(case_id)
    docket.now += A_DAY
    answer(docket, case_id, "reopen")
    docket.judge(case_id)
    docket.review(case_id, version=docket.case(case_id).version)
    docket.judge(case_id)
    docket.pass_window(case_id)
    docket.concur(case_id, version=docket.case(case_id).version)
    docket.judge(case_id)

    assert days(docket).decided == {DAY_ONE: {"closed": 1}, DAY_TWO: {"closed": 1}}
    assert days(docket).ended == {DAY_ONE: 1}


def test_ages_fall_into_their_bands(docket: Docket) -> None:
    docket.in_review(1)
    docket.now += timedelta(days=7)
    docket.in_review(2)
    docket.now += timedelta(days=358)
    docket.in_review(3)

    assert days(docket).ages == {"attorney_review": (1, 0, 0, 0, 1, 1)}


async def test_however_many_ask_it_is_counted_once_and_all_see_it(
    docket: Docket, monkeypatch: pytest.MonkeyPatch
) -> None:
    docket.in_review()
    counts = 0

    def count(connection, now):
        nonlocal counts
        counts += 1
        return NOW.counts(connection, now)

    monkeypatch.setattr(kept_counts, "_KINDS", (replace(NOW, counts=count),))
    await count_what_is_due(docket.database)
    await asyncio.gather(*(count_what_is_due(docket.database) for _ in range(5)))

    kept = await docket.database.read(NOW.kept)
    assert counts == 1
    assert kept is not None
    assert kept.value.cases["attorney_review"] == 1
    assert datetime.now(UTC) - kept.at < timedelta(minutes=1)


async def test_a_count_that_a_crash_cut_off_is_made_again_and_is_right(
    docket: Docket, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> Days:
        raise Killed

    docket.in_review(1)
    await count_what_is_due(docket.database)
    docket.in_review(2)
    docket.write(update(counted).values(due_at=NOON))
    with monkeypatch.context() as crashing, pytest.raises(Killed):
        crashing.setattr(kept_counts, "_KINDS", (replace(DAYS, counts=killed),))
        await count_what_is_due(docket.database)

    before = await docket.database.read(DAYS.kept)
    await count_what_is_due(docket.database)
    assert before is not None
    assert await docket.database.read(DAYS.kept) == before, "somebody else is at it until it is due again"
    docket.write(update(counted).values(due_at=NOON))
    await count_what_is_due(docket.database)

    after = await docket.database.read(DAYS.kept)
    assert after is not None
    assert (sum(before.value.received.values()), sum(after.value.received.values())) == (1, 2)


async def test_a_count_that_takes_long_is_made_seldom(docket: Docket, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((0.0, 7.0))
    monkeypatch.setattr(kept_counts, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(kept_counts, "_KINDS", (DAYS,))

    await count_what_is_due(docket.database)

    (row,) = docket.rows(counted)
    assert row.due_at - row.at == timedelta(seconds=700)


async def test_a_count_of_a_newer_release_is_none_here(docket: Docket) -> None:
    await count_what_is_due(docket.database)
    docket.write(update(counted).values(value='{"cases": "many"}'))

    assert await docket.database.read(NOW.kept) is None


def test_a_process_that_is_not_heard_of_is_forgotten_after_an_hour(docket: Docket) -> None:
    report = Report("0.2.0", 12, 3, True, {"police": None})
    newer = replace(report, in_flight=4)
    docket.database.write_now(lambda c: reports.tell(c, "w_1", report, NOON))
    docket.database.write_now(lambda c: reports.tell(c, "w_1", newer, NOON + timedelta(seconds=10)))
    docket.database.write_now(lambda c: reports.tell(c, "w_2", report, NOON + timedelta(minutes=59)))

    def heard(after: timedelta) -> list[tuple[str, int]]:
        found = docket.database.read_now(lambda c: reports.heard(c, NOON + after))
        return [(each.process, each.report.in_flight) for each in found]

    assert heard(timedelta(minutes=59)) == [("w_1", 4), ("w_2", 3)]
    assert heard(timedelta(minutes=61)) == [("w_2", 3)]
    docket.database.write_now(lambda c: reports.leave(c, "w_2"))
    assert heard(timedelta(minutes=61)) == []
