"""Cases of an older release, whose entries bind nothing, are bound once as they were found; and not anew."""

from __future__ import annotations

from sqlalchemy import update

from secondlook.records import as_found, store
from secondlook.records.schema import cases
from secondlook.records.verifying import verify
from tests.records.docket import Docket
from tests.records.older import as_an_older_release_wrote


def bind(docket: Docket) -> as_found.Found:
    return docket.database.write_now(lambda c: as_found.bind_some(c, docket.vault, "secondlook", docket.now))


def unbound(docket: Docket) -> int:
    return docket.database.read_now(lambda c: verify(c, docket.vault)).unbound


def older_case(docket: Docket, number: int = 1) -> str:
    case_id = docket.in_review(number)
    docket.close(case_id)
    as_an_older_release_wrote(docket, case_id)
    return case_id


def test_a_case_of_an_older_release_is_sound_and_gets_one_entry(docket: Docket) -> None:
    older, newer = older_case(docket), docket.in_review(2)
    assert (docket.breaks(), unbound(docket)) == ([], 1)

    assert bind(docket) == as_found.Found(bound=1, broken=0, more=False)
    assert bind(docket) == as_found.Found(bound=0, broken=0, more=False)

    assert [entry.kind for entry in docket.entries(older)][-1] == "as-found"
    assert [entry.kind for entry in docket.entries(newer)] == ["received"]
    assert (docket.breaks(), unbound(docket)) == ([], 0)
    docket.review(older)
    docket.judge(older)
    assert docket.breaks() == []


def test_an_older_release_beside_this_one_leaves_nothing_red(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.before_supervisor(case_id)
    as_an_older_release_wrote(docket, case_id, since=2)
    docket.concur(case_id)
    docket.judge(case_id)

    assert (docket.breaks(), unbound(docket)) == ([], 1)
    assert bind(docket).bound == 1
    assert (docket.breaks(), unbound(docket)) == ([], 0)


def test_what_was_found_is_held_to_it(docket: Docket) -> None:
    case_id = older_case(docket)
    bind(docket)
    state = docket.case(case_id).state.replace("supervisor1", "supervisor2")
    docket.write(update(cases).where(cases.c.id == case_id).values(state=state))

    (broken,) = docket.breaks()
    assert broken.case_id == case_id


def test_a_case_that_is_bound_is_never_bound_anew(docket: Docket) -> None:
    """Whoever puts the mark of the pass back does not have what he changed blessed by it."""
    case_id = docket.in_review()
    bind(docket)
    docket.write(update(cases).where(cases.c.id == case_id).values(lane="list_b"))
    docket.database.write_now(lambda c: store.remember(c, "as_found_to", "c_"))

    assert bind(docket) == as_found.Found(bound=0, broken=1, more=False)
    assert len(docket.breaks()) == 1
