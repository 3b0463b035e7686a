"""The queue's pages on both databases: each case once, in order, from any place, in either direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from sqlalchemy import Connection

from secondlook.cases.events import bare_case_event
from secondlook.cases.stages.screening import SCREENING
from secondlook.records import inbox
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.queue import LANES, Place, QueuePage, queue
from secondlook.records.reading import OPEN_STAGES, Sort
from tests.records.plans import plans_of
from tests.web.office import case_data

HEARINGS = ("2012-03-01", None, "2012-01-05", "2012-03-01", "2012-02-10")
QUEUED = (Sort.URGENCY, Sort.HEARING, Sort.AGE)
RECEIVED = datetime(2011, 12, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Received:
    """A case as it was sent, with its id."""

    case_id: str
    office: str
    hearing: str | None
    detained: bool
    hours: int
    screened: bool

    def key(self, sort: Sort) -> tuple[object, ...]:
        hearing = self.hearing or "9999"
        return {
            Sort.URGENCY: (not self.detained, hearing, self.case_id),
            Sort.HEARING: (hearing, self.case_id),
            Sort.AGE: (self.hours, self.case_id),
        }[sort]


Read = Callable[..., QueuePage]


@pytest.fixture
def docket(database: Database, vault: Vault, bench: Bench) -> list[Received]:
    """Ten cases of two offices: every second person detained, every third case not screened yet."""
    found = []
    for number, (office, hearing) in enumerate(product(("BAL", "DEN"), HEARINGS), 1):
        court = {"base_city": office, **({"next_hearing": {"date": hearing, "type": "master"}} if hearing else {})}
        custody = "detained" if number % 2 else "never"
        document = case_data(number, office=office, court=court, custody=custody)
        now = RECEIVED + timedelta(hours=number // 3)
        (answer,) = database.write_now(
            lambda connection, now=now, document=document: inbox.accept(
                connection, vault, [bare_case_event(document)], now
            )
        )
        case_id = str(answer.case_id)
        if number % 3:
            database.write_now(lambda connection, case_id=case_id, now=now: bench.screen(connection, case_id, 1, now))
        found.append(Received(case_id, office, hearing, custody == "detained", number // 3, bool(number % 3)))
    return found


@pytest.fixture
def read(database: Database, vault: Vault, docket: list[Received]) -> Read:
    """A page of three of that docket."""

    def page(sort: Sort = Sort.URGENCY, **named: object) -> QueuePage:
        asked = {"offices": None, "stages": OPEN_STAGES, "lanes": LANES, "beside": None, "back": False, "skip": 0}
        return database.read_now(
            lambda connection: queue(connection, sort=sort, **{**asked, "limit": 3, **named})  # type: ignore[arg-type]
        )

    return page


def ids(page: QueuePage) -> list[str]:
    return page.case_ids


@pytest.mark.parametrize("seen", [None, ("BAL", "DEN"), ("DEN",)])
@pytest.mark.parametrize("sort", QUEUED)
def test_turning_pages_shows_each_case_once_in_order_there_and_back(
    read: Read, docket: list[Received], sort: Sort, seen: tuple[str, ...] | None
) -> None:
    theirs = [each for each in docket if seen is None or each.office in seen]
    expected = [each.case_id for each in sorted(theirs, key=lambda each: each.key(sort))]

    there = [read(sort, offices=seen)]
    while there[-1].more:
        there.append(read(sort, offices=seen, beside=there[-1].last))
    back = [read(sort, offices=seen, back=True)]
    while back[-1].more:
        back.append(read(sort, offices=seen, beside=back[-1].first, back=True))

    assert [case_id for page in there for case_id in ids(page)] == expected
    assert [case_id for page in reversed(back) for case_id in ids(page)] == expected
    assert ids(read(sort, offices=seen, skip=3)) == expected[3:6]


@pytest.mark.parametrize("sort", QUEUED)
def test_a_place_holds_when_its_case_has_left_the_queue(read: Read, docket: list[Received], sort: Sort) -> None:
    expected = [each.case_id for each in sorted(docket, key=lambda each: each.key(sort))]
    second = read(sort, skip=3, limit=1).first
    assert second is not None
    gone = Place(second.value, second.case_id + "0")

    assert ids(read(sort, beside=gone)) == expected[4:7]
    assert ids(read(sort, beside=gone, back=True)) == expected[1:4]


def test_a_page_keeps_to_its_offices_stages_and_lane(read: Read, docket: list[Received]) -> None:
    waiting = {each.case_id for each in docket if not each.screened}

    assert set(ids(read(stages=[SCREENING], limit=10))) == waiting
    assert set(ids(read(lanes=("discretion",), limit=10))) | set(ids(read(lanes=("mixed",), limit=10))) <= {
        each.case_id for each in docket if each.screened
    }
    for nothing in ({"offices": ()}, {"stages": ()}, {"lanes": ("neither_of_them",)}, {"offices": ("XXX",)}):
        assert read(**nothing) == QueuePage((), more=False)


@pytest.mark.parametrize("seen", [None, ("BAL",)])
@pytest.mark.parametrize("sort", QUEUED)
def test_every_stretch_is_read_from_an_index_in_its_order(
    sqlite: Database, vault: Vault, sort: Sort, seen: tuple[str, ...] | None
) -> None:
    def both_ways(connection: Connection) -> None:
        for back in (False, True):
            queue(
                connection,
                offices=seen,
                stages=OPEN_STAGES,
                lanes=LANES,
                sort=sort,
                beside=Place(20120301, "c_7"),
                back=back,
                skip=0,
                limit=25,
            )

    pages = [plan for statement, plan in plans_of(sqlite, both_ways) if "UNION ALL" in statement]
    assert len(pages) == 2
    for plan in pages:
        stretches = {step.id for step in plan if step.detail.startswith("CO-ROUTINE stretch")}
        within = [step.detail for step in plan if step.parent in stretches]
        assert len(within) == len(stretches), "a stretch is sorted, not read in order"
        # With a bound on either side a page reads nothing of what lies before it.
        assert all("COVERING INDEX" in each and "id)>(?,?) AND" in each and "id)<(?,?)" in each for each in within)


def test_pages_by_age_are_in_the_order_of_arrival(read: Read, docket: list[Received]) -> None:
    found = read(Sort.AGE, limit=10).found

    assert all(earlier.value <= later.value for earlier, later in pairwise(found))
