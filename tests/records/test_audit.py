"""The audit chain: what happened is there in order, and every kind of tampering is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, insert, update

from secondlook.records.audit import Entry, Head, append, append_web_act
from secondlook.records.encryption import Vault
from secondlook.records.schema import audit, cases, inbox
from secondlook.records.verifying import Verified, verify
from tests.records.docket import NOON, Docket
from tests.records.older import without_triggers


def five_entries(docket: Docket) -> str:
    """A case with a chain of five entries, beside another one."""
    docket.in_review(2)
    case_id = docket.in_review(1)
    docket.close(case_id)
    docket.review(case_id)
    docket.judge(case_id)
    return case_id


@pytest.fixture
def case_id(docket: Docket) -> str:
    return five_entries(docket)


def tamper(docket: Docket, *statements: object) -> None:
    def unit(connection: Connection) -> None:
        without_triggers(connection)
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]

    docket.database.write_now(unit)


def test_what_happened_is_there_in_order(docket: Docket, case_id: str) -> None:
    entries = docket.entries(case_id)

    assert [(row.seq, row.kind, row.actor) for row in entries] == [
        (1, "received", None),
        (2, "reviewed", "attorney1"),
        (3, "timer.window", None),
        (4, "concurred", "supervisor1"),
        (5, "reviewed", "attorney1"),
    ]
    assert [detail.get("stage") for detail in docket.details(case_id)] == [
        "attorney_review",
        "held",
        "supervisor_review",
        "closed",
        "closed",
    ]
    assert list(docket.details(case_id))[4]["refused"] == "ended"
    assert [row.event_id for row in entries] == [row.event_id for row in docket.events(case_id)]


def test_an_untouched_record_verifies(docket: Docket, case_id: str) -> None:
    checked = docket.database.read_now(lambda connection: verify(connection, docket.vault))

    assert checked == Verified(cases=2, entries=6)


def test_another_key_verifies_nothing(docket: Docket, case_id: str) -> None:
    stranger = Vault({"test": b"\1" * 32})

    assert len(docket.database.read_now(lambda connection: verify(connection, stranger)).broken) == 2


MINE = audit.c.case_id.in_(cases.select().with_only_columns(cases.c.id).where(cases.c.version == 4))
CHANGES: dict[str, dict[str, object]] = {
    "time": {"at": NOON - timedelta(days=1)},
    "kind": {"kind": "withdrawn"},
    "actor": {"actor": "attorney2"},
    "actor taken away": {"actor": None},
    "event": {"event_id": "e_another"},
    "digest": {"content_digest": b"\0" * 32},
    "detail": {"detail": '{"stage":"held","version":9}'},
    "hash": {"hash": b"\0" * 32},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_entry_that_was_changed_is_found(small_docket: Docket, change: dict[str, object]) -> None:
    docket, case_id = small_docket, five_entries(small_docket)
    tamper(docket, update(audit).where(MINE, audit.c.seq == 2).values(change))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 2)


@pytest.mark.parametrize("removed", [1, 2, 4])
def test_an_entry_that_was_removed_is_found(small_docket: Docket, removed: int) -> None:
    docket, case_id = small_docket, five_entries(small_docket)
    tamper(docket, delete(audit).where(MINE, audit.c.seq == removed))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, removed + 1)


def test_a_gap_that_was_closed_by_renumbering_is_found(docket: Docket, case_id: str) -> None:
    tamper(
        docket,
        delete(audit).where(MINE, audit.c.seq == 2),
        update(audit).where(MINE, audit.c.seq == 3).values(seq=2),
        update(audit).where(MINE, audit.c.seq == 4).values(seq=3),
        update(audit).where(MINE, audit.c.seq == 5).values(seq=4),
    )

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 2)


def test_entries_that_changed_places_are_found(docket: Docket, case_id: str) -> None:
    tamper(
        docket,
        update(audit).where(MINE, audit.c.seq == 2).values(seq=99),
        update(audit).where(MINE, audit.c.seq == 3).values(seq=2),
        update(audit).where(MINE, audit.c.seq == 99).values(seq=3),
    )

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 2)


def test_an_entry_of_another_history_of_the_case_is_found_by_the_one_after_it(docket: Docket, case_id: str) -> None:
    """As from a copy that was restored and lived on: validly hashed, at its place, but not what followed here."""
    first, second = docket.entries(case_id)[:2]
    another = Entry(case_id, NOON, "reviewed", "attorney2", second.event_id, second.content_digest, {"stage": "held"})

    def lived_otherwise(connection: Connection) -> None:
        without_triggers(connection)
        connection.execute(delete(audit).where(MINE, audit.c.seq == 2))
        append(connection, docket.vault, Head(1, first.hash), another)

    docket.database.write_now(lived_otherwise)

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 3)


def test_an_entry_that_was_added_at_the_end_is_found(docket: Docket, case_id: str) -> None:
    row = dict(docket.entries(case_id)[-1]._mapping)
    docket.write(insert(audit).values({**row, "seq": 6, "event_id": None}))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 6)


def test_an_end_that_was_cut_off_is_found(docket: Docket, case_id: str) -> None:
    tamper(docket, delete(audit).where(MINE, audit.c.seq >= 4))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.problem) == (case_id, "the newest entries are missing")


def test_an_end_that_was_cut_off_together_with_the_head_is_found_by_its_event(docket: Docket, case_id: str) -> None:
    third = docket.entries(case_id)[2]
    head = update(cases).where(cases.c.id == case_id).values(audit_seq=3, audit_head=third.hash)
    tamper(docket, delete(audit).where(MINE, audit.c.seq >= 4), head)

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.problem) == (case_id, "a judged event has no entry")


def test_a_chain_that_was_removed_whole_is_found(docket: Docket, case_id: str) -> None:
    tamper(docket, delete(audit).where(MINE))

    (broken,) = docket.breaks()
    assert broken.case_id == case_id


def test_an_event_whose_content_was_exchanged_is_found(docket: Docket, case_id: str) -> None:
    other = docket.vault.lookup_hash("content", b"something else")
    event = docket.events(case_id)[1]
    docket.write(update(inbox).where(inbox.c.seq == event.seq).values(digest=other))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 2)


def test_an_event_that_was_made_up_as_judged_is_found(docket: Docket, case_id: str) -> None:
    event = dict(docket.events(case_id)[1]._mapping)
    made_up = {**event, "seq": 999, "event_id": "e_made_up", "sender_key": b"made up", "judged_order": 6}
    docket.write(insert(inbox).values(made_up))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.problem) == (case_id, "a judged event has no entry")


def test_an_event_that_was_taken_out_of_the_inbox_is_found(docket: Docket, case_id: str) -> None:
    event = docket.events(case_id)[1]
    docket.write(delete(inbox).where(inbox.c.seq == event.seq))

    (broken,) = docket.breaks()
    assert (broken.case_id, broken.seq) == (case_id, 2)


def test_an_act_on_a_page_joins_the_chain_and_moves_nothing(docket: Docket, case_id: str) -> None:
    before = docket.case(case_id)
    docket.database.write_now(
        lambda c: append_web_act(c, docket.vault, case_id, NOON, "a-number-revealed", "attorney1", {"field": "a"})
    )

    after = docket.case(case_id)
    assert (after.audit_seq, after.version, after.state, after.judged) == (6, 4, before.state, before.judged)
    assert docket.breaks() == []
    tamper(docket, delete(audit).where(MINE, audit.c.seq == 6))
    assert [broken.problem for broken in docket.breaks()] == ["the newest entries are missing"]


def test_verifying_while_cases_are_judged_gives_no_false_alarm(docket: Docket) -> None:
    case_id = docket.in_review()
    review_first: list[Callable[[], object]] = [lambda: (docket.review(case_id), docket.judge(case_id))]

    class Busy(Vault):
        """Somebody's case is judged in the middle of the check."""

        def chain_hash(self, *parts: str | bytes, root: str | None = None) -> bytes:
            if review_first:
                review_first.pop()()
            return super().chain_hash(*parts, root=root)

    busy = Busy({"test": bytes(32)})
    checked = docket.database.read_now(lambda connection: verify(connection, busy))

    assert checked == Verified(cases=1, entries=1)
    assert docket.database.read_now(lambda connection: verify(connection, busy)) == Verified(cases=1, entries=2)
