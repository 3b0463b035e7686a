"""The documents about a round that has ended: the first ones count, are kept, and are held to by the audit chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, delete, insert, update

from secondlook.records.decision_records import MADE, Document, keep, kept, note_print
from secondlook.records.ended_rounds import Ended, ended_rounds, read_ended
from secondlook.records.schema import decision_records
from tests.records.docket import MINUTE, Docket, facts_event
from tests.records.test_late_facts import answer
from tests.records.test_rotation import rotate

CONTENT = b"%PDF-1.7 \x00\xff is no JSON"


def has_kept(docket: Docket, case_id: str, content: bytes = CONTENT) -> Document:
    document = Document(case_id, 1, "record", "pdf")
    docket.database.write_now(lambda c: keep(c, docket.vault, document, content, "attorney1", "BAL", docket.now))
    return document


def opened(docket: Docket, document: Document) -> bytes | None:
    return docket.database.read_now(lambda c: kept(c, docket.vault, document))


def test_the_first_document_counts_and_its_digest_is_in_the_chain(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.close(case_id)

    document = has_kept(docket, case_id)
    has_kept(docket, case_id, b"another, later")

    assert opened(docket, document) == CONTENT
    assert [row.kind for row in docket.entries(case_id)].count(MADE) == 1
    assert docket.breaks() == []
    assert opened(docket, Document(case_id, 1, "annex", "pdf")) is None


def test_of_many_at_once_all_are_given_the_one_that_was_kept(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.close(case_id)
    document = Document(case_id, 1, "record", "html")

    def mine(number: int) -> bytes:
        def unit(connection: Connection) -> bytes:
            return keep(connection, docket.vault, document, b"%d" % number, f"person{number}", "BAL", docket.now)

        return docket.database.write_now(unit)

    with ThreadPoolExecutor(6) as pool:
        given = set(pool.map(mine, range(6)))

    assert given == {opened(docket, document)}
    assert [row.kind for row in docket.entries(case_id)].count(MADE) == 1
    assert docket.breaks() == []


@pytest.mark.parametrize("how", ["other bytes", "deleted", "another round's", "added"])
def test_a_document_that_is_not_what_its_entry_says_is_found(small_docket: Docket, how: str) -> None:
    """Also by somebody who has the key: the seal alone would open."""
    docket = small_docket
    case_id = docket.in_review()
    docket.close(case_id)
    document = has_kept(docket, case_id)
    other = Document(case_id, 2, "record", "pdf")
    sealed = docket.vault.seal_text(CONTENT, other.row)
    docket.write(
        {
            "other bytes": update(decision_records).values(content=docket.vault.seal_text(b"Granted.", document.row)),
            "deleted": delete(decision_records),
            "another round's": update(decision_records).values(round=2, content=sealed),
            "added": insert(decision_records).values(
                case_id=case_id, round=2, part="record", form="pdf", content=sealed
            ),
        }[how]
    )

    (found,) = docket.breaks()

    assert found.case_id == case_id
    assert "decision record" in found.problem


@pytest.mark.parametrize("root", [False, True], ids=["", "root"])
def test_another_key_leaves_it_byte_for_byte(docket: Docket, root: bool) -> None:
    case_id = docket.in_review()
    docket.close(case_id)
    document = has_kept(docket, case_id)
    before = docket.rows(decision_records)

    rotate(docket, root=root)

    assert docket.rows(decision_records) != before
    assert opened(docket, document) == CONTENT
    has_kept(docket, case_id)
    docket.database.write_now(lambda c: note_print(c, docket.vault, document, "auditor1", "BAL", "", docket.now))
    assert docket.breaks() == []


def test_each_round_is_read_as_it_was_decided(small_docket: Docket) -> None:
    docket = small_docket
    case_id = docket.in_review(facts={"prior_removals": 1})
    docket.before_supervisor(case_id)
    docket.take(facts_event(case_id, "between", prior_removals=2))
    docket.judge(case_id)
    docket.concur(case_id, version=docket.case(case_id).version)
    docket.judge(case_id)
    docket.now += MINUTE
    docket.take(facts_event(case_id, "late", prior_removals=3))
    docket.judge(case_id)
    answer(docket, case_id, "reopen", version=docket.case(case_id).version)
    docket.judge(case_id)
    docket.now += MINUTE
    docket.review(case_id, "dismiss", version=docket.case(case_id).version)
    docket.judge(case_id)
    docket.pass_window(case_id)
    docket.concur(case_id, version=docket.case(case_id).version)
    docket.judge(case_id)

    rounds = docket.database.read_now(lambda c: ended_rounds(c, case_id))
    second, first = (read(docket, case_id, each.number) for each in rounds)

    assert [(each.number, each.disposition) for each in rounds] == [(2, "dismissed"), (1, "closed")]
    stood = [each.facts["prior_removals"].value for each in (first.decided_on, first.ended_on, second.decided_on)]
    assert stood == [1, 2, 3]
    assert second.decided_on == second.ended_on
    assert (first.review.content["action"], second.review.content["action"]) == ("close", "dismiss")  # type: ignore[index]
    for each in (first, second):
        entry = docket.entries(case_id)[each.head.seq - 1]
        assert (entry.seq, entry.hash, entry.at) == (each.head.seq, each.head.hash, each.round.at)
        assert each.concurrence is not None and each.concurrence.actor == "supervisor1"
    assert docket.database.read_now(lambda c: read_ended(c, docket.vault, case_id, 3)) is None


def read(docket: Docket, case_id: str, number: int) -> Ended:
    ended = docket.database.read_now(lambda c: read_ended(c, docket.vault, case_id, number))
    assert ended is not None
    return ended
