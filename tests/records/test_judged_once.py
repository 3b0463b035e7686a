"""Every event is judged once, in order, under the case's lock, whatever is lost on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from secondlook.cases.stage import TimerKind
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.head import Step
from secondlook.records.store import raise_epoch
from tests.records.docket import BOTH, COLLEAGUE, MINUTE, NOON, Docket, case_event, facts_event


def test_a_case_comes_in_and_waits_for_an_attorney(docket: Docket) -> None:
    case_id = docket.receive()

    head = docket.screen(case_id)

    assert (head.stage, head.version, head.step) == (ATTORNEY_REVIEW, 1, Step.WAIT)
    assert (head.next_actor, head.office, head.ruleset) == ("attorney", "BAL", "opla-2011-11-17")
    assert head.outcomes == ("received applied",)
    assert head.wake_at == docket.case(case_id).wake_at == docket.state(case_id).wake_at
    assert docket.case(case_id).ring_class is None


def test_an_answer_that_was_lost_is_given_again_and_nothing_is_written_twice(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.review(case_id)
    first = docket.apply(case_id)
    before = docket.case(case_id), docket.events(case_id), docket.entries(case_id)

    second = docket.apply(case_id)

    assert second == first.model_copy(update={"outcomes": (), "judged": ()})
    assert (docket.case(case_id), docket.events(case_id), docket.entries(case_id)) == before


def test_a_screening_whose_answer_was_lost_is_kept_once(docket: Docket) -> None:
    case_id = docket.receive()
    first, second = docket.screen(case_id), docket.screen(case_id)

    assert second == first.model_copy(update={"outcomes": (), "judged": ()})
    assert [row.version for row in docket.screenings(case_id)] == [1]


def test_a_judgement_whose_transaction_fails_leaves_the_event_waiting(docket: Docket) -> None:
    case_id = docket.receive()

    def killed(connection: object) -> None:
        docket.bench.screen(connection, case_id, 1, docket.now)  # type: ignore[arg-type]
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        docket.database.write_now(killed)

    assert [row.state for row in docket.events(case_id)] == ["pending"]
    assert docket.entries(case_id) == docket.screenings(case_id) == []
    assert docket.judge(case_id) == ["received applied"]


def give_rows_in_no_order(docket: Docket) -> None:
    """The database answers unordered queries in another order than that of recording."""

    def unit(connection: Connection) -> None:
        if docket.database.sqlite:
            connection.execute(text("PRAGMA reverse_unordered_selects = ON"))
        else:
            connection.execute(text("UPDATE inbox SET seq = seq WHERE seq = (SELECT min(seq) FROM inbox)"))

    docket.database.write_now(unit)


def test_the_lowest_number_is_judged_first_and_the_order_is_recorded(docket: Docket) -> None:
    case_id = docket.receive()
    docket.take(facts_event(case_id, "f1", prior_removals=1))
    docket.review(case_id, version=2)
    docket.withdraw(case_id, version=3)
    docket.take(facts_event(case_id, "f2", prior_removals=0))
    give_rows_in_no_order(docket)

    assert docket.judge(case_id) == [
        "received applied",
        "facts-updated applied",
        "reviewed applied",
        "withdrawn applied",
        "facts-updated applied",
    ]
    assert [row.judged_order for row in docket.events(case_id)] == [1, 2, 3, 4, 5]


def test_screen_and_apply_each_stop_where_the_others_work_begins(docket: Docket) -> None:
    case_id = docket.receive()
    docket.review(case_id)
    docket.take(facts_event(case_id, "f1", prior_removals=1))

    heads = [docket.apply(case_id), docket.screen(case_id), docket.screen(case_id), docket.apply(case_id)]

    assert [head.outcomes for head in heads] == [(), ("received applied",), (), ("reviewed applied",)]
    assert [head.step for head in heads] == [Step.SCREEN, Step.APPLY, Step.APPLY, Step.SCREEN]
    assert docket.case(case_id).ring_class is not None


def test_a_long_queue_of_events_is_judged_in_bounded_turns(small_docket: Docket) -> None:
    case_id = small_docket.in_review()
    for number in range(30):
        small_docket.now += MINUTE
        small_docket.take(facts_event(case_id, f"f{number}", prior_removals=number))

    first, second = small_docket.screen(case_id), small_docket.screen(case_id)

    assert (len(first.outcomes), first.step) == (25, Step.SCREEN)
    assert (len(second.outcomes), second.step) == (5, Step.WAIT)
    assert small_docket.case(case_id).version == 31


def test_a_case_that_the_record_does_not_know_ends_its_run(docket: Docket) -> None:
    head = docket.screen("c_nothing")

    assert (head.step, head.outcomes) == (Step.END, ("no_such_case",))


def test_a_run_of_another_epoch_writes_nothing(docket: Docket) -> None:
    case_id = docket.receive()
    docket.database.write_now(lambda connection: raise_epoch(connection, NOON))
    before = docket.case(case_id), docket.events(case_id)

    head = docket.screen(case_id)

    assert (head.step, head.outcomes) == (Step.END, ("superseded",))
    assert (docket.case(case_id), docket.events(case_id)) == before
    docket.epoch = 2
    assert docket.judge(case_id) == ["received applied"]


def test_of_two_attorneys_one_decides_and_the_other_is_told(docket: Docket) -> None:
    case_id = docket.in_review()
    first, second = docket.review(case_id, "close"), docket.review(case_id, "dismiss", by=COLLEAGUE)

    docket.judge(case_id)

    assert docket.outcome(first) == ("applied", None)
    assert docket.outcome(second) == ("refused", "already_decided")
    assert docket.state(case_id).decision.by == "attorney1"  # type: ignore[union-attr]


def test_a_review_of_what_has_changed_meanwhile_is_stale(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.take(facts_event(case_id, "f1", prior_removals=0))
    review = docket.review(case_id, version=1)

    docket.judge(case_id)

    assert docket.outcome(review) == ("refused", "stale")
    assert docket.case(case_id).stage == ATTORNEY_REVIEW


def test_nobody_concurs_with_their_own_decision(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.before_supervisor(case_id)
    own = docket.concur(case_id, by=BOTH)

    docket.judge(case_id)

    assert docket.outcome(own) == ("refused", "same_person")
    assert docket.dispositions(case_id) == []


def test_the_disposition_holds_both_people_and_the_event_that_decided(docket: Docket) -> None:
    case_id = docket.in_review()
    review = docket.review(case_id, "dismiss")
    docket.judge(case_id)
    docket.pass_window(case_id)
    docket.concur(case_id)
    docket.judge(case_id)

    (row,) = docket.dispositions(case_id)

    assert (row.round, row.disposition, row.decided_event, row.at) == (1, "dismissed", review, docket.now)
    assert (row.decided_by, row.concurred_by) == ("attorney1", "supervisor1")
    head = docket.screen(case_id)
    assert (head.step, head.disposition, head.next_actor, head.wake_at) == (Step.END, "dismissed", "nobody", None)


def test_facts_after_the_end_are_refused_listed_and_kept_out_of_the_facts(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": 0})
    docket.close(case_id)
    late = docket.take(facts_event(case_id, "f1", prior_removals=2))

    docket.judge(case_id)

    assert docket.outcome(late) == ("refused", "ended")
    assert docket.case(case_id).late_facts
    assert docket.facts(case_id) == {"prior_removals": 0}
    assert [row.version for row in docket.screenings(case_id)] == [1]
    assert len(docket.dispositions(case_id)) == 1


def test_the_window_of_a_decision_ends_in_an_event_named_after_its_version(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.held(case_id)

    assert docket.judge(case_id) == []
    assert docket.pass_window(case_id) == ["timer.window applied"]

    timer = docket.event("timer:2:window")
    assert (timer.type, timer.state, timer.version) == ("timer.window", "applied", 3)
    assert timer.received_at == NOON + 10 * MINUTE
    assert docket.judge(case_id) == []
    assert len([row for row in docket.entries(case_id) if row.kind == "timer.window"]) == 1


def test_a_window_that_was_withdrawn_from_never_ends(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.held(case_id)
    docket.withdraw(case_id)
    docket.judge(case_id)

    assert docket.pass_window(case_id) == []
    assert docket.case(case_id).stage == ATTORNEY_REVIEW


@pytest.mark.parametrize(
    ("recorded_after", "outcomes"), [(9, "withdrawn first"), (10, "withdrawn first"), (11, "window")]
)
def test_a_due_timer_comes_after_the_events_that_were_recorded_before_it_was_due(
    docket: Docket, recorded_after: int, outcomes: str
) -> None:
    case_id = docket.in_review()
    docket.held(case_id)
    docket.now = NOON + recorded_after * MINUTE
    withdrawal = docket.withdraw(case_id)
    docket.now = NOON + 30 * MINUTE

    judged = docket.judge(case_id)

    if outcomes == "withdrawn first":
        assert judged == ["withdrawn applied"]
        assert docket.outcome(withdrawal) == ("applied", None)
    else:
        assert judged == ["timer.window applied", "withdrawn refused: stale"]
        assert docket.case(case_id).stage == SUPERVISOR_REVIEW


def test_reminders_and_escalations_are_recorded_and_leave_the_version(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.review(case_id, "need_facts")
    docket.judge(case_id)
    settings = docket.state(case_id).settings
    assert settings
    outcomes = []
    for _ in range(5):
        docket.now += settings.reminder_every
        outcomes += docket.judge(case_id)

    assert outcomes.count("timer.reminder applied") == 5
    assert outcomes.count("timer.overdue applied") == 1
    ids = [row.event_id for row in docket.events(case_id) if row.type == "timer.reminder"]
    assert ids == [f"timer:2:reminder:{number}" for number in range(1, 6)]
    row = docket.case(case_id)
    assert (row.stage, row.version, row.escalated) == (AWAITING_FACTS, 2, True)
    assert TimerKind.OVERDUE not in docket.state(case_id).timers


def test_the_second_attempt_after_a_crash_between_two_cases_is_as_the_first(docket: Docket) -> None:
    first, second = docket.receive(1), docket.receive(2)
    docket.judge(first)

    assert docket.judge(first) == []
    assert docket.judge(second) == ["received applied"]
    assert docket.accept(case_event(1))[0].outcome == "duplicate"
    assert docket.judge(first) == []
