"""Applied, refused, and what cannot be read: the third is never an outcome, and waits in sight."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from secondlook.cases.event_types.withdrawn import NOTHING_TO_WITHDRAW
from secondlook.cases.readable import CannotRead
from secondlook.cases.refusal import SET_ASIDE
from secondlook.records import audit, case_row, failing, operators, status
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.schema import audit as audit_rows
from secondlook.records.schema import cases, inbox
from tests.records.docket import MINUTE, Docket, case_event, facts_event
from tests.records.older import as_an_older_release_wrote
from tests.records.test_audit import tamper

ACTOR = {"subject": "attorney1", "roles": ["attorney"], "offices": ["BAL"]}
UNREADABLE = {
    "no actor": {"action": "close", "case_version": 1},
    "no version": {"actor": ACTOR, "action": "close"},
    "an action of a newer release": {"actor": ACTOR, "action": "parole", "case_version": 1},
    "an actor that is no object": {"actor": "attorney1", "action": "close", "case_version": 1},
    "no object": ["close"],
}


def replaced(docket: Docket, case_id: str, event_id: str, content: object) -> None:
    """Put another content under an event, sealed as the product seals it."""
    sealed = docket.vault.seal(content, f"inbox/{case_id}/{event_id}")
    docket.write(inbox.update().where(inbox.c.event_id == event_id).values(content=sealed))


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_no_outcome_and_waits(docket: Docket, content: object) -> None:
    case_id = docket.in_review()
    unreadable = docket.review(case_id)
    replaced(docket, case_id, unreadable, content)
    later = docket.review(case_id)

    with pytest.raises(CannotRead):
        docket.apply(case_id)

    assert docket.outcome(unreadable) == docket.outcome(later) == ("pending", None)
    assert docket.breaks() == []


def test_what_is_before_it_is_written_in_the_same_call(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.review(case_id)
    withdrawal = docket.withdraw(case_id)
    newer = docket.review(case_id, version=3)
    replaced(docket, case_id, newer, ["of a newer release"])

    head = docket.apply(case_id)

    assert head.outcomes == ("reviewed applied", "withdrawn applied")
    assert docket.outcome(withdrawal) == ("applied", None)
    with pytest.raises(CannotRead):
        docket.apply(case_id)


def test_timers_that_are_due_after_it_wait_with_it(docket: Docket) -> None:
    case_id = docket.in_review()
    newer = docket.review(case_id)
    docket.write(inbox.update().where(inbox.c.event_id == newer).values(type="secondlook.offer.answered.v9"))
    docket.now += timedelta(days=400)
    docket.write(inbox.update().where(inbox.c.event_id == newer).values(received_at=docket.now - timedelta(days=399)))

    with pytest.raises(CannotRead, match="unknown_type"):
        docket.apply(case_id)
    assert not docket.state(case_id).escalated


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("state", '{"stage": "parole_review", "office": "BAL", "version": 1}', "unknown_stage"),
        ("state", '{"stage": 7}', "unknown_state"),
        ("state", "{", "unknown_state"),
        ("facts", b"\2k1damaged", "damaged"),
    ],
)
def test_a_case_that_this_release_cannot_make_sense_of_is_left_as_it_is(
    docket: Docket, column: str, value: Any, code: str
) -> None:
    case_id = docket.in_review()
    event = docket.take(facts_event(case_id, "f1", prior_removals=1))
    if column == "facts":
        value = bytes([4]) + b"test" + value
    docket.write(cases.update().where(cases.c.id == case_id).values({column: value}))
    before = docket.case(case_id)

    with pytest.raises(CannotRead, match=code):
        docket.screen(case_id)

    assert docket.outcome(event) == ("pending", None)
    assert docket.case(case_id) == before


def test_content_that_was_moved_from_another_case_is_never_taken_for_the_sender_s_fault(docket: Docket) -> None:
    case_id, other = docket.in_review(1), docket.in_review(2)
    mine, theirs = docket.review(case_id), docket.review(other)
    docket.write(inbox.update().where(inbox.c.event_id == mine).values(content=docket.event(theirs).content))

    with pytest.raises(CannotRead, match="damaged"):
        docket.apply(case_id)
    assert docket.outcome(mine) == ("pending", None)


def test_another_key_refuses_nothing_and_the_right_one_goes_on(docket: Docket) -> None:
    case_id = docket.receive()
    wrong = Bench(Vault({"other": bytes([7] * 32)}), docket.bench.offices, docket.bench.rules_for)

    with pytest.raises(CannotRead, match="unknown_key"):
        docket.database.write_now(lambda c: wrong.screen(c, case_id, 1, docket.now))

    assert docket.judge(case_id) == ["received applied"]


def test_facts_of_a_newer_release_wait_for_it(docket: Docket) -> None:
    case_id = docket.in_review()
    newer = docket.take(facts_event(case_id, "f1", prior_removals=1))
    replaced(docket, case_id, newer, {"case": case_id, "facts": {"parole_granted": True}})

    with pytest.raises(CannotRead, match="unknown_fact"):
        docket.screen(case_id)
    assert docket.outcome(newer) == ("pending", None)


def test_what_a_newer_release_wrote_into_a_state_is_kept(docket: Docket) -> None:
    case_id = docket.in_review()
    state = docket.case(case_id).state[:-1] + ', "parole": {"until": "2012-01-01"}}'
    docket.write(cases.update().where(cases.c.id == case_id).values(state=state))

    docket.held(case_id)

    assert '"parole":{"until":"2012-01-01"}' in docket.case(case_id).state


def test_a_failing_case_is_named_after_a_minute_and_struck_out_when_it_is_judged(docket: Docket) -> None:
    case_id = docket.in_review()
    event = docket.review(case_id)
    for _ in range(2):
        docket.database.write_now(lambda c: failing.note(c, case_id, "unknown_key", docket.now))
        docket.now += MINUTE

    (stuck,) = docket.database.read_now(lambda c: status.count(c, docket.now)).stuck
    assert (stuck.case_id, stuck.event_id, stuck.code, stuck.since_seconds) == (case_id, event, "unknown_key", 120.0)

    docket.judge(case_id)
    assert docket.database.read_now(failing.number) == 0


def test_an_operator_sets_aside_what_no_release_will_read(docket: Docket) -> None:
    case_id = docket.in_review()
    unreadable, later = docket.review(case_id), docket.withdraw(case_id, version=1)
    replaced(docket, case_id, unreadable, ["nobody's"])
    docket.database.write_now(lambda c: failing.note(c, case_id, "unknown_content", docket.now))

    def aside(connection: Any) -> str:
        return operators.set_aside(connection, docket.vault, unreadable, "ops1", "Damaged in 2011.", docket.now)

    assert docket.database.write_now(aside) == case_id
    assert docket.outcome(unreadable) == ("refused", str(SET_ASIDE))
    assert docket.database.read_now(failing.number) == 0

    docket.judge(case_id)

    assert docket.outcome(later) == ("refused", str(NOTHING_TO_WITHDRAW))
    assert [(entry.kind, entry.actor) for entry in docket.entries(case_id)][1:3] == [
        ("event.set-aside", "ops1"),
        ("reviewed", None),
    ]
    assert docket.breaks() == []
    with pytest.raises(operators.NoSuchEvent, match="judged already"):
        docket.database.write_now(aside)


def wronged(docket: Docket) -> tuple[str, str]:
    """A case whose review release 0.1 refused as invalid, although the fault was its own; case and event."""
    case_id = docket.in_review()
    event = docket.review(case_id)
    docket.judge(case_id)
    as_it_was = {"state": "refused", "reason": "invalid", "version": 1}
    docket.write(inbox.update().where(inbox.c.event_id == event).values(**as_it_was))
    before = docket.state(case_id).model_copy(
        update={"stage": "attorney_review", "version": 1, "decision": None, "timers": {}}
    )
    row = {"stage": "attorney_review", "version": 1, "state": before.written(), "wake_at": None}
    docket.write(cases.update().where(cases.c.id == case_id).values(**row))
    as_an_older_release_wrote(docket, case_id, stage="attorney_review", version=1, refused="invalid")
    return case_id, event


def test_what_an_older_release_refused_as_invalid_is_judged_again_once(docket: Docket) -> None:
    case_id, event = wronged(docket)
    hopeless = docket.in_review(2)
    damaged = docket.review(hopeless)
    docket.judge(hopeless)
    docket.write(
        inbox.update().where(inbox.c.event_id == damaged).values(state="refused", reason="invalid", content=b"\0")
    )
    as_an_older_release_wrote(docket, hopeless, refused="invalid")

    def repair(connection: Any) -> operators.Again:
        return operators.repair_some(connection, docket.vault, docket.now)

    only_the_damage = [(hopeless, "the event's content cannot be opened: damaged")]

    first, second = docket.database.write_now(repair), docket.database.write_now(repair)

    assert (first.requeued, first.left, first.last) == (1, 1, None)
    assert (second.requeued, second.left) == (0, 0)
    assert docket.outcome(event) == ("pending", None)
    assert [(each.case_id, each.problem) for each in docket.breaks()] == only_the_damage
    docket.judge(case_id)
    assert docket.outcome(event) == ("applied", None)
    assert docket.case(case_id).stage == "held"
    assert [entry.kind for entry in docket.entries(case_id)][-2:] == ["event.requeued", "reviewed"]
    assert [(each.case_id, each.problem) for each in docket.breaks()] == only_the_damage


def test_an_operator_has_one_event_judged_again_and_no_other(docket: Docket) -> None:
    case_id, event = wronged(docket)
    docket.database.write_now(lambda c: operators.requeue(c, docket.vault, event, "ops1", "Fixed.", docket.now))
    docket.judge(case_id)

    assert docket.outcome(event) == ("applied", None)
    with pytest.raises(operators.NoSuchEvent, match="not refused as invalid"):
        docket.database.write_now(lambda c: operators.requeue(c, docket.vault, event, "ops1", "Again.", docket.now))


def test_facts_that_change_nothing_leave_the_version_alone(docket: Docket) -> None:
    case_id = docket.in_review(facts={"prior_removals": 1})
    docket.now += MINUTE
    again = docket.take(facts_event(case_id, "f1", prior_removals={"value": 1, "source": "a-file"}))

    docket.judge(case_id)

    assert docket.outcome(again) == ("applied", None)
    assert docket.case(case_id).version == 1
    assert docket.facts(case_id) == {"prior_removals": {"value": 1, "source": "a-file"}}
    assert len(docket.screenings(case_id)) == 1
    assert list(docket.details(case_id))[-1]["nothing_new"] is True


def test_a_second_shorter_receipt_erases_nothing(docket: Docket) -> None:
    full = {"custody": "detained", "court": {"base_city": "BAL", "next_hearing": {"date": "2012-03-01"}}}
    case_id = docket.in_review(facts={"prior_removals": 1}, **full)
    urgency = docket.case(case_id).urgency
    docket.now += MINUTE
    data = {"a_number": "A000000001", "office": "BAL", "nta": {"date": "2010-05-04"}}
    shorter = case_event(sender="shorter").data | data
    del shorter["respondent"]
    event = docket.accept(case_event(sender="again"))[0].event_id
    assert event
    replaced(docket, case_id, event, shorter)

    docket.judge(case_id)

    row = docket.case(case_id)
    identity = docket.vault.open(row.identity, f"cases.identity/{case_id}")
    assert isinstance(identity, dict)
    assert identity["respondent"] == {"family_name": "Quillfeather", "given_name": "Ottoline"}
    assert (identity["custody"], row.detained, row.urgency, row.hearing_date) == (
        "detained",
        True,
        urgency,
        "2012-03-01",
    )
    assert docket.facts(case_id) == {"prior_removals": 1}


def test_a_held_decision_is_set_aside_when_the_case_moves_to_another_office(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.held(case_id)
    docket.now += MINUTE
    docket.accept(case_event(sender="moved", office="DEN"))

    docket.judge(case_id)

    state = docket.state(case_id)
    assert (state.stage, state.office, state.came_back, state.decision) == (
        "attorney_review",
        "DEN",
        "office_changed",
        None,
    )


def test_a_held_decision_is_set_aside_when_other_criteria_are_met_in_the_same_lane(docket: Docket) -> None:
    felony = [{"grade": "felony", "offense": "theft", "date": "2003-07-01"}]
    case_id = docket.in_review(facts={"prior_removals": 1})
    docket.held(case_id)
    lane = docket.state(case_id).lane
    docket.now += MINUTE
    docket.take(facts_event(case_id, "f1", convictions=felony))

    docket.judge(case_id)

    assert (docket.state(case_id).lane, docket.state(case_id).came_back) == (lane, "criteria_changed")


def test_a_stage_s_settings_are_all_written_down(docket: Docket) -> None:
    case_id = docket.in_review()
    for setting in ("concurrence", "withdraw_window", "review_due", "concurrence_due", "facts_due", "reminder_every"):
        assert f'"{setting}":' in docket.case(case_id).state


def test_what_a_worker_with_another_key_wrote_is_found_as_it_was_and_held_to_that(docket: Docket) -> None:
    """Release 0.1 let such a worker refuse a docket and chain its entries under its own key."""
    case_id = docket.receive()
    other = Docket(docket.database, Vault({"test": bytes([7] * 32)}), docket.bench)
    event = docket.events(case_id)[0]

    def refused_by_another(connection: Any) -> None:
        case = case_row.lock(connection, case_id)
        assert case is not None
        detail: dict[str, object] = {"version": 0, "stage": "screening", "refused": "invalid"}
        entry = audit.Entry(case_id, docket.now, "received", None, event.event_id, event.digest, detail)
        chain = audit.append(connection, other.vault, case.chain, entry)
        case.values |= {"judged": 1, "audit_seq": chain.seq, "audit_head": chain.hash}
        case.write(connection, {"ring_class": None})
        outcome = {"state": "refused", "reason": "invalid", "judged_order": 1, "judged_at": docket.now, "version": 0}
        connection.execute(inbox.update().where(inbox.c.seq == event.seq).values(**outcome))

    docket.database.write_now(refused_by_another)
    assert len(docket.breaks()) == 1

    docket.database.write_now(lambda c: operators.repair_some(c, docket.vault, docket.now))
    docket.judge(case_id)

    assert docket.case(case_id).stage == "attorney_review"
    assert docket.breaks() == []
    rows = audit_rows.update().where(audit_rows.c.case_id == case_id, audit_rows.c.seq == 1)
    tamper(docket, rows.values(actor="somebody"))
    assert len(docket.breaks()) == 1
