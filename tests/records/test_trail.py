"""The audit trail of all cases together, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from secondlook.records import trail
from secondlook.records.audit import append_web_act
from secondlook.records.trail import Leg, Place, Wanted
from tests.records.docket import MINUTE, NOON, Docket

EVERYTHING = Wanted(None)


def read(docket: Docket, wanted: Wanted, beside: Place | None = None, *, back: bool = False, limit: int = 100) -> Leg:
    return docket.database.read_now(lambda c: trail.read(c, wanted, beside, back=back, limit=limit))


def kinds(leg: Leg) -> list[str]:
    return [each.kind for each in leg.entries]


def test_the_trail_is_told_newest_first_with_what_became_of_each(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.now += MINUTE
    docket.held(case_id)
    docket.now += MINUTE
    docket.review(case_id, version=1)
    docket.judge(case_id)

    refused, decided, received = read(docket, EVERYTHING).entries

    assert (refused.kind, refused.refused, refused.before) == ("reviewed", "already_decided", None)
    assert (decided.kind, decided.actor, decided.before, decided.stage) == (
        "reviewed",
        "attorney1",
        "attorney_review",
        "held",
    )
    assert (received.kind, received.actor, received.office) == ("received", None, "BAL")
    assert received.place == Place(NOON, case_id, 1)


def test_a_person_a_kind_an_office_and_a_time_are_each_asked_for(docket: Docket) -> None:
    here = docket.in_review(1)
    there = docket.in_review(2, office="DEN")
    docket.now += 60 * MINUTE
    docket.held(here)

    assert kinds(read(docket, Wanted(None, person="attorney1"))) == ["reviewed"]
    assert kinds(read(docket, Wanted(None, kind="received"))) == ["received", "received"]
    assert [each.place.case_id for each in read(docket, Wanted(("DEN",))).entries] == [there]
    assert read(docket, Wanted(())).entries == ()
    later = Wanted(None, begin=NOON + MINUTE, end=NOON + 61 * MINUTE)
    assert kinds(read(docket, later)) == ["reviewed"]
    assert kinds(read(docket, Wanted(None, end=NOON + timedelta(microseconds=1)))) == ["received", "received"]
    assert kinds(read(docket, Wanted(("BAL",), person="attorney1", kind="received"))) == []


def test_pages_follow_each_other_there_and_back_though_many_entries_are_of_one_moment(docket: Docket) -> None:
    for number in range(5):
        docket.in_review(number)
    whole = [each.place for each in read(docket, EVERYTHING).entries]
    assert len(set(whole)) == 5

    pages: list[Leg] = [read(docket, EVERYTHING, limit=2)]
    while (beyond := pages[-1].beyond) is not None:
        pages.append(read(docket, EVERYTHING, beyond, limit=2))
    back = read(docket, EVERYTHING, pages[-1].entries[0].place, back=True, limit=2)

    assert [each.place for leg in pages for each in leg.entries] == whole
    assert back == Leg(pages[1].entries, back.beyond)
    assert back.beyond == pages[1].entries[0].place
    assert read(docket, EVERYTHING, pages[0].entries[0].place, back=True, limit=2) == Leg((), None)


def test_what_matches_little_is_looked_for_step_by_step(docket: Docket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "LOOKED_AT", 3)
    seldom = docket.in_review(1, office="DEN")
    for number in range(2, 8):
        docket.now += MINUTE
        docket.in_review(number)
    wanted = Wanted(("DEN",))

    legs = [read(docket, wanted, limit=2)]
    while (beyond := legs[-1].beyond) is not None:
        legs.append(read(docket, wanted, beyond, limit=2))

    assert [len(leg.entries) for leg in legs] == [0, 0, 1]
    assert legs[-1].entries[0].place.case_id == seldom


def test_staff_whom_an_entry_is_about_are_told(docket: Docket) -> None:
    case_id = docket.in_review()
    docket.database.write_now(
        lambda c: append_web_act(c, docket.vault, case_id, docket.now, "assigned", "supervisor1", {"to": "attorney2"})
    )

    assert read(docket, Wanted(None, kind="assigned")).entries[0].about == "attorney2"
