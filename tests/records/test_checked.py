"""That the audit trail is checked with each checkpoint is written down for pages to show."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from secondlook.records import checked
from secondlook.records.checked import Checked
from secondlook.records.checkpoints import Place, Signer
from secondlook.records.schema import cases, store
from tests.records.docket import Docket
from workers.checkpointing import Checkpointing


def newest(docket: Docket) -> Checked | None:
    return docket.database.read_now(checked.newest)


async def test_a_checkpoint_says_when_the_trail_was_checked_and_what_came_of_it(docket: Docket, tmp_path: Path) -> None:
    checkpointing = Checkpointing(docket.database, docket.vault, Place(tmp_path), Signer(b"\5" * 32))
    assert newest(docket) is None
    docket.in_review(1)
    await checkpointing.once(100)
    first = newest(docket)
    assert first is not None
    assert (first.replayed, first.broken) == (1, 0)

    case_id = docket.in_review(2)
    docket.write(update(cases).where(cases.c.id == case_id).values(stage="closed"))
    await checkpointing.once(100)

    second = newest(docket)
    assert second is not None
    assert (second.replayed, second.broken) == (1, 1)
    assert second.at > first.at


async def test_a_checkpoint_that_cannot_be_written_says_nothing(docket: Docket, tmp_path: Path) -> None:
    await Checkpointing(docket.database, docket.vault, Place(tmp_path / "nowhere"), Signer(b"\5" * 32)).once(100)

    assert newest(docket) is None


def test_what_a_newer_release_wrote_is_not_known_here(docket: Docket) -> None:
    docket.database.write_now(
        lambda c: c.execute(store.insert().values(name="audit_checked", value='{"all": 1}')).close()
    )

    assert newest(docket) is None
