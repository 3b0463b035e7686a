"""A data folder of the last landed release goes on under this one: its record, its keys, its Temporal file, its runs.

It is made with that release's own source: cases in every stage, and a backlog that it refused as invalid because its
key was not there. This release repairs and judges all of it.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, func, select

from secondlook.intake.sample import sample_events
from secondlook.records import store
from secondlook.records.schema import found_by, inbox
from secondlook.records.search.filling import filled
from tests.conftest import eventually
from tests.end_to_end.faults import FULL, Document, by_state, record_at, size
from tests.end_to_end.product import Product
from tests.workflows.docket import connect_to

T = TypeVar("T")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 if FULL else 240)]

IN_STAGES = size(20, 500)
WRONGED = size(6, 500)
"""Cases whose receipt the last release refuses."""
OFFICE_OF_HELD = 3
"""Cases of the office where decisions can be withdrawn for a while."""
OFFICES = "BAL: {withdraw_window: 0s}\nDEN: {withdraw_window: 10m}\n"
SEARCHED = select(func.count(found_by.c.case_id.distinct()))
OTHER_KEYS = "k1:" + base64.b64encode(b"o" * 32).decode()


@pytest.fixture
def older(tmp_path: Path, last_release: Path) -> Iterator[Product]:
    (tmp_path / "offices.yaml").write_text(OFFICES)
    settings = {"SECONDLOOK_OFFICES_FILE": str(tmp_path / "offices.yaml")}
    product = Product(tmp_path / "data", settings, checkout=last_release)
    yield product
    product.close()


@pytest.fixture
def newer(older: Product) -> Iterator[Product]:
    """This release on the same folder."""
    product = Product(older.data, older.settings)
    yield product
    product.close()


async def test_a_data_folder_of_the_last_release_goes_on_and_is_repaired(older: Product, newer: Product) -> None:
    events = docket()
    older.start()
    assert older.load(events[:IN_STAGES])["accepted"] == IN_STAGES
    older.until(f"attorney_review:{IN_STAGES}", 120)
    attorney, supervisor = older.sign_in("supervisor2"), older.sign_in("supervisor1")
    free = attorney.cases("?stage=attorney_review&office=BAL")
    closed, dismissed, continued, asked, decided, returned, *rest = free
    for case_id, action in ((closed, "close"), (dismissed, "dismiss"), (continued, "continue"), (asked, "need_facts")):
        assert attorney.review(case_id, action).status_code == 303
    for case_id in (decided, returned):
        assert attorney.review(case_id, "close").status_code == 303
    for case_id in (closed, dismissed, continued):
        stands(older, case_id, "supervisor_review")
        assert supervisor.concur(case_id).status_code == 303
    held = attorney.cases("?stage=attorney_review&office=DEN")[0]
    assert attorney.review(held, "close").status_code == 303
    runs = await run_ids(older, [rest[0], decided, asked, held])
    older.stop()
    kind = "secondlook.case.facts-updated.v1"
    more = [
        {**event, "id": f"more-{case_id}", "type": kind, "data": {"case": case_id, "facts": {"prior_removals": 3}}}
        for case_id, event in zip(rest[1:4], events, strict=False)
    ]
    assert older.load([*events[IN_STAGES:], *more])["accepted"] == WRONGED + len(more)

    keys = (older.data / "keys").read_text()
    (older.data / "keys").write_text(OTHER_KEYS)
    older.start()
    await eventually(lambda: all_wronged(older), "the last release refuses each receipt that it cannot open", 60)
    older.stop()
    (older.data / "keys").write_text(keys)

    newer.start()
    status = newer.until("drained")
    assert status["stuck"] == []
    assert in_record(newer, by_state).keys() == {"applied"}
    assert in_record(newer, store.level) == store.LEVEL
    found = status["cases"]
    assert isinstance(found, dict)
    assert (found["closed"], found["dismissed"], found["continued"], found["awaiting_facts"]) == (1, 1, 1, 1)
    assert (found["supervisor_review"], found["held"], found["attorney_review"]) == (2, 1, IN_STAGES + WRONGED - 7)
    assert newer.read("audit", "verify")["ok"] is True
    await eventually(lambda: all_found(newer), "all cases can be searched", 60)
    assert in_record(newer, lambda c: c.execute(SEARCHED).scalar_one()) == IN_STAGES + WRONGED

    # What waited goes on in the runs that the last release started.
    assert await run_ids(newer, list(runs)) == runs
    attorney, supervisor = newer.sign_in("supervisor2"), newer.sign_in("supervisor1")
    assert attorney.send(held, "withdrawal", reason="A mistake.").status_code == 303
    for case_id in (rest[0], asked):
        assert attorney.review(case_id, "close").status_code == 303
    for case_id in (decided, rest[0], asked):
        stands(newer, case_id, "supervisor_review")
        assert supervisor.concur(case_id).status_code == 303
    assert supervisor.concur(returned, "return").status_code == 303
    newer.until("closed:4")
    stands(newer, returned, "attorney_review")
    stands(newer, held, "attorney_review")
    assert newer.until("drained")["stuck"] == []
    assert newer.read("audit", "verify")["ok"] is True


def docket() -> list[Document]:
    """Cases of the two offices that one supervisor has, as the last release takes them."""
    events: list[Document] = list(sample_events(IN_STAGES + WRONGED, 51))
    for number, event in enumerate(events):
        event["data"]["office"] = "DEN" if number < OFFICE_OF_HELD else "BAL"
        event["data"].pop("identifiers", None)
    return events


def stands(product: Product, case_id: str, stage: str) -> None:
    """Wait until a case is at a stage."""
    limit = time.monotonic() + 30
    while (found := product.read("case", case_id)["stage"]) != stage:
        assert time.monotonic() < limit, f"{case_id} is still at {found}"
        time.sleep(0.2)


async def run_ids(product: Product, case_ids: list[str]) -> dict[str, str | None]:
    """The newest run of each case."""
    client = await connect_to(product.temporal_address)
    found = {}
    for case_id in case_ids:
        found[case_id] = (await client.get_workflow_handle(f"case-review/{case_id}").describe()).run_id
    return found


def in_record(product: Product, unit: Callable[[Connection], T]) -> T:
    with record_at(product.record_url) as database:
        return database.read_now(unit)


async def all_found(product: Product) -> bool:
    return in_record(product, filled) is None


async def all_wronged(product: Product) -> bool:
    return in_record(product, refused_as_invalid) == WRONGED


def refused_as_invalid(connection: Connection) -> int:
    return connection.execute(
        select(func.count()).select_from(inbox).where(inbox.c.state == "refused", inbox.c.reason == "invalid")
    ).scalar_one()
