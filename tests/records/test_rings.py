"""Which case is rung next: people first, every office in turn, a claim is a lease, and nothing that waits is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from secondlook.records import failing, rings
from secondlook.records.database import Database
from secondlook.records.rings import LEASE, LONGEST_LEASE, Ring
from secondlook.records.schema import cases
from secondlook.records.store import SWEEP, epoch, raise_epoch, ring_all_open
from tests.records.docket import MINUTE, NOON, Docket, case_event, facts_event


def claim(docket: Docket, limit: int = 10, turn: int = 0) -> list[Ring]:
    return docket.database.write_now(lambda connection: rings.claim(connection, docket.now, limit, turn))


def claimed(docket: Docket, limit: int = 10, turn: int = 0) -> list[str]:
    return [ring.case_id for ring in claim(docket, limit, turn)]


def test_a_claim_names_the_events_that_wait_and_whether_the_case_is_new(docket: Docket) -> None:
    case_id = docket.receive()
    (ring,) = claim(docket)
    assert (ring.case_id, ring.never_rung, [bell.type for bell in ring.bells]) == (case_id, True, ["received"])

    docket.judge(case_id)
    review = docket.review(case_id)
    (ring,) = claim(docket)
    assert (ring.never_rung, [(bell.event_id, bell.type) for bell in ring.bells]) == (False, [(review, "reviewed")])


def test_a_claimed_case_is_nobody_elses_until_its_lease_ends(docket: Docket) -> None:
    case_id = docket.receive()
    assert claimed(docket) == [case_id]
    docket.now += LEASE - timedelta(microseconds=1)
    assert claimed(docket) == []
    docket.now += timedelta(microseconds=1)
    assert claimed(docket) == [case_id]


def test_leases_grow_up_to_five_minutes_and_start_short_again_after_a_judgement(docket: Docket) -> None:
    case_id = docket.receive()
    leases = []
    for _ in range(7):
        assert claimed(docket) == [case_id]
        leases.append(docket.case(case_id).ring_at - docket.now)
        docket.now += leases[-1]

    assert leases == [LEASE, 2 * LEASE, 4 * LEASE, 8 * LEASE, 16 * LEASE, LONGEST_LEASE, LONGEST_LEASE]
    docket.judge(case_id)
    docket.review(case_id)
    claimed(docket)
    assert docket.case(case_id).ring_at - docket.now == LEASE


def test_a_case_that_cannot_be_judged_is_rung_seldom_and_holds_no_place_of_others(docket: Docket) -> None:
    case_id = docket.receive()
    assert claimed(docket) == [case_id]
    docket.database.write_now(lambda c: failing.note(c, case_id, "unknown_key", docket.now))

    assert docket.database.read_now(lambda c: rings.still_waiting(c, [case_id])) == set()
    docket.now += LONGEST_LEASE - timedelta(microseconds=1)
    assert claimed(docket) == []
    docket.now += timedelta(microseconds=1)
    assert claimed(docket) == [case_id]


def test_a_claim_that_was_given_back_can_be_claimed_from_then_on(docket: Docket) -> None:
    case_id = docket.receive()
    claimed(docket)
    docket.database.write_now(lambda c: rings.release(c, [case_id], docket.now + MINUTE))
    assert claimed(docket) == []
    docket.now += MINUTE
    assert claimed(docket) == [case_id]


def test_giving_back_what_was_judged_meanwhile_rings_nobody(docket: Docket) -> None:
    case_id = docket.receive()
    claimed(docket)
    docket.judge(case_id)
    docket.database.write_now(lambda c: rings.release(c, [case_id], docket.now))

    assert claimed(docket) == []
    assert docket.database.read_now(lambda c: rings.still_waiting(c, [case_id])) == set()


def test_judging_ends_the_wait_and_a_zombies_ring_finds_nothing_to_do(docket: Docket) -> None:
    case_id = docket.receive()
    claimed(docket)
    docket.judge(case_id)
    docket.now += LONGEST_LEASE

    assert claimed(docket) == []
    assert docket.judge(case_id) == []


def test_an_event_that_comes_while_a_case_is_claimed_is_rung_at_once(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.take(facts_event(case_id, "f1", prior_removals=0))
    assert claimed(docket) == [case_id]
    review = docket.review(case_id)

    (ring,) = claim(docket)

    assert [bell.event_id for bell in ring.bells] == [review]


def test_people_come_before_facts_before_new_cases_before_sweeps(docket: Docket) -> None:
    swept, new, informed, waited_for = (docket.receive(number) for number in range(1, 5))
    for case_id in (swept, informed, waited_for):
        docket.judge(case_id)
    docket.write(update(cases).where(cases.c.id == swept).values(ring_class=SWEEP, ring_at=NOON))
    docket.take(facts_event(informed, "f1", prior_removals=0))
    docket.review(waited_for)

    assert claimed(docket) == [waited_for, informed, new, swept]


def test_a_review_is_claimed_first_behind_a_whole_docket_of_new_cases(docket: Docket) -> None:
    case_id = docket.in_review(1000)
    docket.accept(*(case_event(number, office="AAA") for number in range(1, 101)))
    docket.review(case_id)

    assert claimed(docket, limit=1) == [case_id]


def test_a_small_office_is_not_behind_a_large_one(docket: Docket) -> None:
    docket.accept(*(case_event(number, office="BAL") for number in range(1, 501)))
    small = {each.case_id for each in docket.accept(*(case_event(n, office="DEN") for n in range(601, 606)))}

    first = claimed(docket, limit=10)

    assert small <= set(first)
    assert len(first) == 10


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_with_less_room_than_offices_each_office_comes_in_its_turn(docket: Docket, limit: int) -> None:
    offices = ["BAL", "DEN", "NYC", "SEA", "SFR"]
    docket.accept(
        *(case_event(100 * place + n, office=office) for place, office in enumerate(offices) for n in range(10))
    )
    of = {row.id: row.office for row in docket.rows(cases)}

    served = {of[case_id] for turn in range(len(offices)) for case_id in claimed(docket, limit, turn)}

    assert served == set(offices)


def test_in_an_office_the_detained_come_first_then_the_nearest_hearing(docket: Docket) -> None:
    def hearing(date: str) -> dict[str, object]:
        return {"base_city": "BAL", "next_hearing": {"date": date, "type": "master"}}

    expected = [
        docket.receive(5, custody="detained", court=hearing("2012-06-01")),
        docket.receive(4, custody="detained"),
        docket.receive(3, court=hearing("2011-12-06")),
        docket.receive(2, court=hearing("2012-01-15")),
        docket.receive(1),
    ]

    assert claimed(docket) == expected


def test_two_dispatchers_claim_different_cases_without_waiting(postgres: Database, small_docket: Docket) -> None:
    docket = Docket(postgres, small_docket.vault, small_docket.bench)
    docket.accept(*(case_event(number) for number in range(1, 9)))

    def first(connection: object) -> tuple[list[Ring], list[Ring]]:
        mine = rings.claim(connection, NOON, 4)  # type: ignore[arg-type]
        return mine, claim(docket)

    mine, theirs = docket.database.write_now(first)

    assert (len(mine), len(theirs)) == (4, 4)
    assert {ring.case_id for ring in mine}.isdisjoint({ring.case_id for ring in theirs})


def test_a_case_that_is_being_judged_is_passed_over(postgres: Database, small_docket: Docket) -> None:
    docket = Docket(postgres, small_docket.vault, small_docket.bench)
    busy, free = docket.receive(1), docket.receive(2)

    def judging(connection: object) -> list[str]:
        docket.bench.screen(connection, busy, 1, NOON)  # type: ignore[arg-type]
        return claimed(docket)

    assert docket.database.write_now(judging) == [free]


def test_a_deadline_that_nothing_woke_is_rung(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.held(case_id)

    def ring_overdue() -> int:
        return docket.database.write_now(lambda c: rings.ring_overdue(c, docket.now, MINUTE, 10))

    docket.now = NOON + 11 * MINUTE
    assert ring_overdue() == 0
    docket.now += timedelta(seconds=1)
    assert ring_overdue() == 1
    assert ring_overdue() == 0
    assert claimed(docket) == [case_id]
    assert docket.judge(case_id) == ["timer.window applied"]
    docket.now += LONGEST_LEASE
    assert claimed(docket) == []


def test_after_a_restart_every_open_case_is_rung_and_no_ended_one(docket: Docket) -> None:
    ended, waiting, new = docket.in_review(1), docket.in_review(2), docket.receive(3)
    docket.close(ended)
    claimed(docket)

    swept = docket.database.write_now(lambda c: ring_all_open(c, docket.now))

    assert swept == 1
    assert claimed(docket) == [new, waiting]
    assert docket.judge(waiting) == []
    assert docket.case(waiting).ring_class is None


def test_a_restore_raises_the_epoch_and_rings_all_that_is_open(docket: Docket) -> None:
    case_id = docket.in_review()

    assert docket.database.write_now(lambda c: raise_epoch(c, docket.now)) == 2
    assert docket.database.read_now(epoch) == 2
    assert claimed(docket) == [case_id]


def test_the_only_host_forgets_its_leases_when_it_starts(docket: Docket) -> None:
    case_id = docket.receive()
    claimed(docket)
    assert not docket.database.read_now(lambda c: rings.anything_due(c, docket.now))
    docket.database.write_now(lambda c: rings.forget_leases(c, docket.now))

    assert docket.database.read_now(lambda c: rings.anything_due(c, docket.now))
    assert claimed(docket) == [case_id]
    assert docket.case(case_id).ring_class is not None
