"""What each list chooses, its pages and its counts, on both databases; and that small lists are read whole by index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from secondlook.cases.lifecycle import stages
from secondlook.records.choosing import Choice, Chosen, Due
from secondlook.records.database import Database
from secondlook.records.queue import LANES, Place, counts_of, place_of, queue
from secondlook.records.reading import OPEN_STAGES, Sort, queue_rows
from secondlook.records.work.locked import WORKED_ON
from tests.records.docket import COLLEAGUE, Docket, facts_event
from tests.records.plans import plans_of
from tests.records.test_work import MINE, THEIRS, give, put_on_hold, read, take

EVERY = tuple(stages())


def listed(
    docket: Docket,
    choice: Choice,
    *,
    me: str = "attorney1",
    offices: Collection[str] | None = ("BAL",),
    among: tuple[str, ...] = EVERY,
    sort: Sort = Sort.URGENCY,
    **narrowed: object,
) -> list[str]:
    """A list's cases, page by page from the front; from the back, and by counting, there must be as many."""
    chosen = Chosen(choice, me, docket.now, **narrowed)  # type: ignore[arg-type]

    def unit(connection: Connection) -> list[str]:
        def turned(*, back: bool) -> list[str]:
            found: list[Place] = []
            more, beside = True, None
            while more:
                page = queue(
                    connection,
                    offices=None if offices is None else tuple(offices),
                    stages=among,
                    lanes=LANES,
                    sort=sort,
                    beside=beside,
                    back=back,
                    skip=0,
                    limit=2,
                    chosen=chosen,
                )
                found = [*page.found, *found] if back else [*found, *page.found]
                more = page.more
                beside = found[0 if back else -1] if found else None
            for place in found:
                assert place_of(connection, place.case_id, sort) == place
            return [place.case_id for place in found]

        there = turned(back=False)
        assert turned(back=True) == there
        counted = counts_of(connection, None if offices is None else tuple(offices), chosen, among)
        assert sum(each.cases for each in counted) == len(there)
        return there

    return read(docket, unit)


def decide(docket: Docket, *case_ids: str, **by: object) -> None:
    for case_id in case_ids:
        docket.review(case_id, **by)
        docket.judge(case_id)


def test_mine_is_assigned_to_me_claimed_by_me_or_decided_by_me_and_back(docket: Docket) -> None:
    given, claimed, back, decided, _ = (docket.in_review(number) for number in range(1, 6))
    give(docket, given, MINE)
    give(docket, claimed, MINE)
    take(docket, claimed)
    decide(docket, back, decided)
    docket.withdraw(back)
    docket.judge(back)

    for sort in (Sort.URGENCY, Sort.HEARING, Sort.AGE):
        assert set(listed(docket, Choice.MINE, among=WORKED_ON, sort=sort)) == {given, claimed, back}
    assert listed(docket, Choice.MINE, among=WORKED_ON, offices=["DEN"]) == []
    assert listed(docket, Choice.MINE, among=WORKED_ON, me="attorney2") == []
    assert listed(docket, Choice.DONE, sort=Sort.DECIDED) == [decided]
    assert listed(docket, Choice.DONE, sort=Sort.DECIDED, me="attorney2") == []


def test_the_last_decided_is_the_first_of_what_is_done_and_today_s_is_told_from_older(docket: Docket) -> None:
    first, second, third = (docket.in_review(number) for number in range(1, 4))
    decide(docket, first)
    docket.now += timedelta(hours=13)
    decide(docket, third)
    docket.now += timedelta(minutes=1)
    decide(docket, second)

    assert listed(docket, Choice.DONE, sort=Sort.DECIDED) == [second, third, first]
    assert listed(docket, Choice.DONE, sort=Sort.DECIDED, since=docket.now - timedelta(hours=12)) == [second, third]


def test_what_is_nobody_s_leaves_out_what_is_somebody_s(docket: Docket) -> None:
    case_ids = [docket.in_review(number, custody="detained" if number % 2 else "never") for number in range(1, 6)]
    elsewhere = docket.in_review(6, office="DEN")
    give(docket, case_ids[0], THEIRS)

    for sort in (Sort.URGENCY, Sort.HEARING, Sort.AGE):
        found = listed(docket, Choice.UNASSIGNED, sort=sort, offices=None, among=OPEN_STAGES)
        assert set(found) == {*case_ids[1:], elsewhere}
    assert listed(docket, Choice.ASSIGNED) == case_ids[:1]


def test_a_hold_is_listed_until_its_day_and_mine_is_told_from_others(docket: Docket) -> None:
    mine, theirs = docket.in_review(1), docket.in_review(2)
    give(docket, mine, MINE)
    put_on_hold(docket, mine)
    put_on_hold(docket, theirs)

    assert set(listed(docket, Choice.ON_HOLD)) == {mine, theirs}
    assert listed(docket, Choice.ON_HOLD, only_mine=True) == [mine]
    docket.now += timedelta(days=2)
    assert listed(docket, Choice.ON_HOLD) == []


def test_what_came_back_is_told_from_facts_that_arrived(docket: Docket) -> None:
    returned, withdrawn, asked, colleague_s, waiting = (docket.in_review(number) for number in range(1, 6))
    decide(docket, returned, withdrawn)
    decide(docket, colleague_s, by=COLLEAGUE)
    decide(docket, asked, waiting, action="need_facts")
    docket.withdraw(withdrawn)
    docket.judge(withdrawn)
    docket.withdraw(colleague_s, by=COLLEAGUE)
    docket.judge(colleague_s)
    docket.take(facts_event(asked, "more", prior_removals=1))
    docket.judge(asked)
    docket.now += timedelta(minutes=11)
    docket.judge(returned)
    docket.concur(returned, answer="return")
    docket.judge(returned)

    assert set(listed(docket, Choice.RETURNED)) == {returned, withdrawn, colleague_s}
    assert set(listed(docket, Choice.RETURNED, only_mine=True)) == {returned, withdrawn}
    assert listed(docket, Choice.FACTS_ARRIVED) == [asked]
    assert listed(docket, Choice.FACTS_ARRIVED, only_mine=True, me="attorney2") == []


def test_due_soon_is_not_yet_overdue_and_overdue_is_a_list_of_its_own(docket: Docket) -> None:
    early = docket.in_review(1)
    docket.now += timedelta(days=10)
    late = docket.in_review(2)
    give(docket, early, MINE)
    give(docket, late, MINE)
    assert listed(docket, Choice.MINE, due=Due.SOON) == []

    docket.now += timedelta(days=14)
    assert listed(docket, Choice.MINE, due=Due.SOON) == [early]

    docket.now += timedelta(days=7)
    docket.judge(early)
    assert listed(docket, Choice.MINE, due=Due.SOON) == []
    assert listed(docket, Choice.MINE, due=Due.OVERDUE) == listed(docket, Choice.OVERDUE) == [early]


def test_a_row_says_since_when_its_case_is_where_it_is_and_when_it_will_be_overdue(docket: Docket) -> None:
    case_id = docket.in_review()
    received = docket.now
    docket.now += timedelta(days=3)
    decide(docket, case_id)
    docket.now += timedelta(minutes=11)
    docket.judge(case_id)

    (row,) = read(docket, lambda c: queue_rows(c, docket.vault, [case_id]))

    assert row.stage == "supervisor_review"
    assert row.received_at <= received
    assert row.since == docket.now
    assert row.due == docket.now + timedelta(days=7)


@pytest.mark.parametrize("offices", [("BAL",), None])
@pytest.mark.parametrize(
    "choice", [Choice.MINE, Choice.DONE, Choice.ON_HOLD, Choice.RETURNED, Choice.FACTS_ARRIVED, Choice.OVERDUE]
)
def test_a_small_list_is_read_by_its_own_index_and_not_from_the_docket(
    sqlite: Database, choice: Choice, offices: tuple[str, ...] | None
) -> None:
    def unit(connection: Connection) -> None:
        queue(
            connection,
            offices=offices,
            stages=WORKED_ON,
            lanes=LANES,
            sort=Sort.URGENCY,
            beside=None,
            back=False,
            skip=0,
            limit=25,
            chosen=Chosen(choice, "attorney1"),
        )

    ((_, steps),) = plans_of(sqlite, unit)
    told = [step.detail for step in steps]
    for lists_of_all in ("ix_cases_lane", "ix_cases_everywhere", "ix_cases_in_review"):
        assert not [each for each in told if lists_of_all in each], told
    assert not [each for each in told if each == "SCAN cases"], told
