"""Checkpoints: what is gone from the record since one was signed is named, to the case; and nobody can forge one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, update

from secondlook.records.audit import append_web_act
from secondlook.records.checkpoints import CannotTrust, Place, Signer, Taken, compare, take
from secondlook.records.replay import Break
from secondlook.records.schema import audit, cases, inbox, metadata
from tests.records.docket import Docket
from tests.records.older import without_triggers

SIGNER = Signer(b"\5" * 32)


class Second:
    """A docket's second place."""

    def __init__(self, docket: Docket, folder: Path) -> None:
        self.docket, self.place = docket, Place(folder)

    def take(self, restored: str | None = None, at_most: int = 1000) -> Taken:
        docket = self.docket
        return docket.database.read_now(
            lambda c: take(c, docket.vault, self.place, SIGNER, docket.now, at_most=at_most, restored=restored)
        )

    def gone(self) -> list[Break]:
        """What the record does not hold any more, once the chains themselves were found to be sound."""
        assert self.docket.breaks() == []
        newest = self.place.check(SIGNER.public)[-1]
        return self.docket.database.read_now(lambda c: list(compare(c, self.docket.vault, self.place, newest)))


@pytest.fixture
def second(docket: Docket, tmp_path: Path) -> Second:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Second(docket, folder)


def forget(docket: Docket, case_id: str) -> None:
    def unit(connection: Connection) -> None:
        without_triggers(connection)
        for table in metadata.sorted_tables:
            if "case_id" in table.c:
                connection.execute(delete(table).where(table.c.case_id == case_id))
        connection.execute(delete(cases).where(cases.c.id == case_id))

    docket.database.write_now(unit)


def reveal(docket: Docket, case_id: str) -> None:
    docket.database.write_now(
        lambda c: append_web_act(c, docket.vault, case_id, docket.now, "a-number.revealed", "attorney1", {})
    )


def cut_last(docket: Docket, case_id: str) -> None:
    """The newest entry off, and the head back: all that it left was itself."""
    *_, before, last = docket.entries(case_id)

    def unit(connection: Connection) -> None:
        without_triggers(connection)
        connection.execute(delete(audit).where(audit.c.case_id == case_id, audit.c.seq == last.seq))
        head = {"audit_seq": before.seq, "audit_head": before.hash}
        connection.execute(update(cases).where(cases.c.id == case_id).values(**head))

    docket.database.write_now(unit)


def test_an_untouched_record_agrees_and_unchanged_cases_are_written_once(second: Second) -> None:
    docket = second.docket
    first = docket.in_review(1)
    docket.in_review(2)
    assert second.take().broken == []
    assert second.take().checkpoint is None, "nothing changed"
    docket.close(first)
    taken = second.take()

    assert (taken.checked, taken.broken) == (1, [])
    assert taken.checkpoint
    assert (taken.checkpoint.number, taken.checkpoint.cases) == (2, 2)
    assert second.gone() == []


def deleted(docket: Docket, case_id: str) -> None:
    forget(docket, case_id)


def end_cut_off(docket: Docket, case_id: str) -> None:
    cut_last(docket, case_id)


def waiting_event_deleted(docket: Docket, case_id: str) -> None:
    docket.write(delete(inbox).where(inbox.c.case_id == case_id, inbox.c.state == "pending"))


def waiting_event_changed(docket: Docket, case_id: str) -> None:
    other = "secondlook.case.withdrawn.v1"
    docket.write(update(inbox).where(inbox.c.case_id == case_id, inbox.c.state == "pending").values(type=other))


@pytest.mark.parametrize("act", [deleted, end_cut_off, waiting_event_deleted, waiting_event_changed])
def test_what_chains_alone_cannot_tell_is_named(second: Second, act: Callable[[Docket, str], None]) -> None:
    docket = second.docket
    docket.in_review(1)
    case_id = docket.in_review(2)
    reveal(docket, case_id)
    docket.review(case_id)
    second.take()
    act(docket, case_id)

    assert case_id in {each.case_id for each in second.gone()}
    assert case_id in {each.case_id for each in second.take().broken}, "the next checkpoint says so too"
    assert case_id in {each.case_id for each in second.gone()}, "and does not take it for the truth"


def test_a_restored_record_is_taken_for_what_it_is_once_somebody_signs_for_it(second: Second) -> None:
    docket = second.docket
    case_id = docket.in_review()
    reveal(docket, case_id)
    second.take()
    cut_last(docket, case_id)
    assert len(second.gone()) == 1

    taken = second.take(restored="ops1: from the copy of Monday")

    assert second.gone() == []
    assert taken.checkpoint
    assert taken.checkpoint.restored == "ops1: from the copy of Monday"


def test_what_came_after_the_newest_checkpoint_can_be_cut_off_unnoticed(second: Second) -> None:
    """Not what anybody wishes, but what the documents say: hence every few minutes."""
    docket = second.docket
    case_id = docket.in_review()
    second.take()
    reveal(docket, case_id)
    cut_last(docket, case_id)

    assert second.gone() == []


def test_a_checkpoint_that_was_changed_exchanged_or_taken_away_is_found(second: Second) -> None:
    docket, place = second.docket, second.place
    for number in range(1, 4):
        docket.in_review(number)
        second.take()
    files = sorted(place.folder.iterdir())
    assert len(place.check(SIGNER.public)) == 3
    with pytest.raises(CannotTrust, match="another key"):
        place.check(Signer(b"\6" * 32).public)

    for path in files:
        kept = path.read_bytes()
        for changed in (kept.replace(b" 1 ", b" 2 "), kept.replace(b'"events":', b'"events":1'), b"", b"{}\n"):
            path.write_bytes(changed)
            with pytest.raises(CannotTrust):
                place.check(SIGNER.public)
        path.write_bytes(kept)
    files[1].unlink()
    with pytest.raises(CannotTrust, match="missing"):
        place.check(SIGNER.public)


def test_every_hundredth_holds_all_cases_so_no_reading_is_long(second: Second, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondlook.records.checkpoints._FULL_EVERY", 2)
    docket = second.docket
    for number in range(1, 6):
        docket.in_review(number)
        second.take()

    lines = [len(path.read_bytes().splitlines()) - 1 for path in sorted(second.place.folder.iterdir())]
    assert lines == [1, 1, 3, 1, 5]
    assert len(list(second.place.leaves())) == 5
    assert second.gone() == []
