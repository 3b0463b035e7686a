"""Who has which case, on both databases: one at a time, nobody twice, and nothing of it moves a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from secondlook.cases.actors import Actor
from secondlook.cases.events import Acceptance, review_event
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.schema import assignments, claims, deciders, drafts, holds
from secondlook.records.schema import audit as audit_table
from secondlook.records.schema import inbox as inbox_table
from secondlook.records.work import claims as claiming
from secondlook.records.work import drafts as drafting
from secondlook.records.work import holds as holding
from secondlook.records.work import lists
from secondlook.records.work.assignments import Became, Load, assign, loads
from secondlook.records.work.locked import Claimed, NotWorkedOn
from secondlook.records.work.people import Known
from tests.records.docket import ATTORNEY, COLLEAGUE, MINUTE, SUPERVISOR, Docket, facts_event
from tests.records.plans import plans_of

TWENTY = 20
MINE = Known("attorney1", "Attorney One", ("attorney",), ("BAL",))
THEIRS = Known("attorney2", "Attorney Two", ("attorney",), ("BAL",))

T = TypeVar("T")


def write(docket: Docket, unit: Callable[[Connection], T]) -> T:
    return docket.database.write_now(unit)


def read(docket: Docket, unit: Callable[[Connection], T]) -> T:
    return docket.database.read_now(unit)


def take(docket: Docket, case_id: str, person: str = "attorney1") -> None:
    write(docket, lambda c: claiming.take(c, case_id, person, docket.now))


def take_next(docket: Docket, person: str = "attorney1", office: str = "BAL") -> str | None:
    return write(docket, lambda c: claiming.take_next(c, person, office, docket.now))


def give(docket: Docket, case_id: str, to: Known | None, offices: tuple[str, ...] = ("BAL",)) -> Became:
    return write(docket, lambda c: assign(c, docket.vault, case_id, to, "supervisor1", offices, docket.now))


def put_on_hold(docket: Docket, case_id: str, days: int = 2) -> None:
    until = docket.now + timedelta(days=days)
    write(docket, lambda c: holding.put_on_hold(c, docket.vault, case_id, "attorney1", "Later.", until, docket.now))


def draft(docket: Docket, case_id: str, person: str = "attorney1", version: int = 1) -> None:
    fields = (("rationale", "So far."),)
    write(docket, lambda c: drafting.save(c, docket.vault, case_id, person, fields, version, docket.now))


def send(docket: Docket, case_id: str, by: Actor, version: int = 1, form: str = "a-form") -> Acceptance:
    (answer,) = docket.accept(
        review_event(
            form,
            case_id,
            by,
            action="close",
            reasons=["family"],
            rationale="Because.",
            findings={},
            case_version=version,
        )
    )
    return answer


def whose(docket: Docket, case_id: str) -> str | None:
    claim = read(docket, lambda c: claiming.claim_of(c, case_id, docket.now))
    return claim.person if claim else None


@pytest.fixture
def crowd(database: Database, vault: Vault, bench: Bench) -> Iterator[Docket]:
    """A docket that twenty people can be at in the same moment."""
    wide = Database(database.url, durable=True, readers=TWENTY)
    yield Docket(wide, vault, bench)
    wide.close()


def at_once(units: list[Callable[[], T]]) -> list[T]:
    with ThreadPoolExecutor(len(units)) as pool:
        return [future.result() for future in [pool.submit(unit) for unit in units]]


def test_twenty_people_who_ask_for_the_next_case_at_once_get_twenty_cases(crowd: Docket) -> None:
    case_ids = {crowd.in_review(number) for number in range(1, TWENTY + 1)}

    got = at_once([lambda who=f"p{number}": take_next(crowd, who) for number in range(TWENTY)])

    assert set(got) == case_ids
    assert take_next(crowd, "one more") is None
    assert {row.case_id for row in crowd.rows(claims)} == case_ids


def test_of_twenty_who_start_the_same_case_at_once_one_has_it(crowd: Docket) -> None:
    case_id = crowd.in_review()

    def try_it(person: str) -> str | None:
        try:
            take(crowd, case_id, person)
        except Claimed:
            return None
        return person

    got = [each for each in at_once([lambda who=f"p{n}": try_it(who) for n in range(TWENTY)]) if each]

    assert got == [whose(crowd, case_id)]


def test_reviews_judging_claims_and_drafts_of_one_case_at_once_never_wait_in_a_circle(crowd: Docket) -> None:
    case_ids = [crowd.in_review(number) for number in range(1, 6)]

    def work(case_id: str, person: str) -> None:
        actor = Actor(person, ("attorney",), ("BAL",))
        for _ in range(3):
            try:
                take(crowd, case_id, person)
                draft(crowd, case_id, person)
            except (Claimed, NotWorkedOn):
                pass
            send(crowd, case_id, actor, form=f"{person}-{case_id}")
            crowd.judge(case_id)

    at_once([lambda c=case_id, p=f"p{n}": work(c, p) for case_id in case_ids for n in range(4)])

    assert {crowd.case(case_id).stage for case_id in case_ids} == {"held"}
    assert crowd.rows(claims) == []
    assert crowd.breaks() == []


def test_a_claim_runs_out_and_what_is_typed_renews_it(docket: Docket) -> None:
    case_id = docket.in_review()
    take(docket, case_id)
    docket.now += 29 * MINUTE
    draft(docket, case_id)
    docket.now += 29 * MINUTE
    with pytest.raises(Claimed) as theirs:
        take(docket, case_id, "attorney2")
    assert theirs.value.claim.person == "attorney1"

    docket.now += MINUTE
    assert whose(docket, case_id) is None
    take(docket, case_id, "attorney2")
    draft(docket, case_id)

    assert whose(docket, case_id) == "attorney2"


def test_a_review_against_somebody_else_s_claim_is_not_on_record(docket: Docket) -> None:
    case_id = docket.in_review()
    take(docket, case_id)
    before = docket.rows(inbox_table), docket.rows(audit_table), docket.case(case_id)

    assert send(docket, case_id, COLLEAGUE) == Acceptance("claimed", None, case_id)

    assert (docket.rows(inbox_table), docket.rows(audit_table), docket.case(case_id)) == before
    assert send(docket, case_id, ATTORNEY).outcome == "accepted"


def test_a_review_that_was_accepted_counts_whatever_happens_to_the_claim(docket: Docket) -> None:
    case_id = docket.in_review()
    assert send(docket, case_id, ATTORNEY).outcome == "accepted"
    take(docket, case_id, "attorney2")

    assert send(docket, case_id, ATTORNEY).outcome == "duplicate"
    assert docket.judge(case_id) == ["reviewed applied"]

    assert docket.case(case_id).stage == "held"
    assert docket.rows(claims) == []


def test_a_claim_that_ran_out_or_of_a_decided_case_stands_in_nobody_s_way(docket: Docket) -> None:
    case_id = docket.in_review()
    take(docket, case_id)
    docket.now += 30 * MINUTE
    assert send(docket, case_id, COLLEAGUE).outcome == "accepted"
    docket.judge(case_id)

    with pytest.raises(NotWorkedOn):
        take(docket, case_id)
    docket.withdraw(case_id, by=SUPERVISOR)
    assert docket.judge(case_id) == ["withdrawn applied"]


def test_a_decision_ends_claim_hold_and_its_author_s_draft_and_a_refused_one_ends_nothing(docket: Docket) -> None:
    case_id = docket.in_review()
    draft(docket, case_id)
    draft(docket, case_id, "attorney2")
    put_on_hold(docket, case_id)
    docket.review(case_id, version=7)
    assert docket.judge(case_id) == ["reviewed refused: stale"]
    assert (len(docket.rows(drafts)), len(docket.rows(holds))) == (2, 1)

    docket.review(case_id)
    docket.judge(case_id)

    assert [row.person for row in docket.rows(drafts)] == ["attorney2"]
    assert docket.rows(holds) == []


def test_what_was_typed_for_a_version_that_one_decided_is_no_draft_any_more(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.review(case_id)
    docket.judge(case_id)

    draft(docket, case_id)
    draft(docket, case_id, "attorney2")
    assert [row.person for row in docket.rows(drafts)] == ["attorney2"]

    docket.withdraw(case_id)
    docket.judge(case_id)
    draft(docket, case_id, version=3)
    assert [row.person for row in docket.rows(drafts)] == ["attorney1", "attorney2"]


def test_a_new_office_ends_claim_hold_and_assignment(docket: Docket) -> None:
    case_id, other = docket.in_review(1), docket.in_review(2)
    for each in (case_id, other):
        give(docket, each, MINE)
        put_on_hold(docket, each)
    take(docket, other)

    for number, each in ((1, case_id), (2, other)):
        docket.receive(number, office="DEN", sender=f"moved-{number}")
        docket.judge(each)

    assert docket.case(case_id).office == "DEN"
    assert [docket.rows(table) for table in (claims, holds, assignments)] == [[], [], []]


def test_a_hold_moves_no_deadline_and_ends_on_its_day(docket: Docket) -> None:
    case_id = docket.in_review()
    before = docket.state(case_id)

    put_on_hold(docket, case_id)

    assert docket.state(case_id) == before
    assert docket.case(case_id).wake_at == before.wake_at
    assert take_next(docket) is None
    assert read(docket, lambda c: lists.at_work(c, [case_id], docket.now))[case_id].on_hold_until
    docket.now += timedelta(days=2)
    assert read(docket, lambda c: lists.at_work(c, [case_id], docket.now)) == {}
    assert take_next(docket) == case_id


def test_the_next_case_is_one_s_own_first_then_the_most_urgent_and_never_another_s(docket: Docket) -> None:
    hearing = {"next_hearing": {"date": "2012-01-05", "type": "master"}}
    old = docket.in_review(1)
    docket.now += MINUTE
    young = docket.in_review(2)
    soon = docket.in_review(3, court=hearing)
    detained = docket.in_review(4, custody="detained")
    own, others = docket.in_review(5), docket.in_review(6, custody="detained", court=hearing)
    back = docket.in_review(7)
    docket.in_review(8, office="DEN")
    give(docket, own, MINE)
    give(docket, others, THEIRS)
    docket.review(back)
    docket.judge(back)
    docket.withdraw(back)
    docket.judge(back)

    got = [take_next(docket) for _ in range(7)]

    assert set(got[:2]) == {own, back}
    assert got[2:] == [detained, soon, old, young, None]
    assert take_next(docket, "attorney2") == others


def test_cases_are_given_one_by_one_and_each_says_what_became_of_it(docket: Docket) -> None:
    case_id, decided = docket.in_review(1), docket.in_review(2)
    docket.review(decided, by=COLLEAGUE)
    docket.judge(decided)
    elsewhere = Known("attorney3", "Attorney Three", ("attorney",), ("DEN",))

    assert give(docket, case_id, elsewhere) is Became.THEIR_OFFICE
    assert give(docket, case_id, MINE, ("DEN",)) is Became.OTHER_OFFICE
    assert give(docket, decided, MINE) is Became.NOT_WORKED_ON
    assert give(docket, case_id, MINE) is Became.DONE
    assert give(docket, case_id, MINE) is Became.AS_IT_WAS
    assert give(docket, case_id, THEIRS) is Became.DONE
    put_on_hold(docket, case_id)

    found = read(docket, lambda c: loads(c, ["BAL"], docket.now))
    assert found == {"attorney2": Load(open=1, on_hold=1, decided=1)}
    assert read(docket, lambda c: loads(c, ["DEN"], docket.now)) == {}
    assert give(docket, case_id, None) is Became.DONE
    assert docket.rows(assignments) == []
    kinds = [row.kind for row in docket.entries(case_id)]
    assert kinds == ["received", "assigned", "assigned", "hold.set", "unassigned"]
    assert docket.breaks() == []


def test_facts_alone_touch_nothing_of_people_s_work(docket: Docket) -> None:
    case_id = docket.in_review()
    give(docket, case_id, MINE)
    take(docket, case_id)
    draft(docket, case_id)
    before = [docket.rows(table) for table in (claims, drafts, assignments, deciders)]

    docket.take(facts_event(case_id, "more", prior_removals=1))
    docket.judge(case_id)

    assert docket.case(case_id).version == 2
    assert [docket.rows(table) for table in (claims, drafts, assignments, deciders)] == before


def test_next_and_the_lists_are_read_by_index(small_docket: Docket) -> None:
    docket = small_docket
    docket.in_review()

    def unit(connection: Connection) -> None:
        claiming.take_next(connection, "nobody", "NONE", docket.now)
        lists.unassigned(connection, ["BAL"], 25)
        lists.at_work(connection, ["c_1"], docket.now)
        loads(connection, ["BAL"], docket.now)

    for statement, steps in plans_of(docket.database, unit):
        told = [step.detail for step in steps]
        assert not [each for each in told if each.startswith("SCAN") and "CONSTANT" not in each], (statement, told)
        if "ORDER BY cases.urgency" in statement and "UNION" not in statement:
            assert not [each for each in told if "TEMP B-TREE" in each], (statement, told)
