"""Hosts share one inbox; while a docket loads one dies and one is cut off, comes back and goes on. Exact results."""

from __future__ import annotations

import json
import signal
import time
import uuid
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Connection, func, select

from secondlook.intake.sample import sample_events
from secondlook.policy import load_ruleset, screen
from secondlook.records import rings
from secondlook.records.database import Database
from secondlook.records.schema import cases, inbox
from tests.conftest import eventually
from tests.end_to_end.hosts import Engine, Host, running
from tests.end_to_end.record import holds_each_event_once

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CASES = 400
NEW_FACTS = {"military_service": "honorable_discharge", "victim_of": []}
Document = dict[str, object]


def _lines(events: list[Document]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def _update_of(event: Document) -> Document:
    data = event["data"]
    assert isinstance(data, dict)
    case = {"a_number": data["a_number"], "nta_date": data["nta"]["date"]}
    return {
        **event,
        "id": f"{event['id']}-more",
        "type": "secondlook.case.facts-updated.v1",
        "data": {"case": case, "facts": NEW_FACTS},
    }


def _expected_lanes(first: list[Document], updated: int) -> list[str]:
    """The lane of each case in the end, by the pure rules alone; the first ``updated`` cases have new facts."""
    rules, on = load_ruleset("opla-2011-11-17"), date(2011, 12, 5)
    lanes = []
    for number, event in enumerate(first):
        data = event["data"]
        assert isinstance(data, dict)
        facts = {**(data.get("facts") or {}), **(NEW_FACTS if number < updated else {})}
        lanes.append(str(screen(facts, rules, on).to_json()["lane"]))
    return sorted(lanes)


def _by_state(connection: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))}


async def test_a_host_dies_and_one_is_cut_off_while_a_docket_loads(
    engine: Engine, new_host: Callable[..., Host]
) -> None:
    settings = engine.settings(f"hosts-{uuid.uuid4().hex}")
    dying = new_host(settings, "scale", "--workers=2")
    cut_off, steady = new_host(settings), new_host(settings)
    steady.folder.mkdir()
    steady.run("bootstrap")
    docket = list(sample_events(CASES, 9))
    updates = [_update_of(event) for event in docket[:100]]
    database = Database(engine.database_url)

    async def applied(number: int) -> bool:
        return (await database.read(_by_state)).get("applied", 0) >= number

    try:
        for host in (dying, cut_off, steady):
            host.start()
        await eventually(lambda: _true(len(dying.children()) == 2), "two workers on the host that scales")
        workers = dying.children()
        steady.run("load", "-", given=_lines(docket))

        await eventually(lambda: applied(30), "30 cases are screened", 60)
        dying.signal(signal.SIGKILL)
        cut_off.signal(signal.SIGSTOP)
        leases_over = time.monotonic() + rings.LEASE.total_seconds()
        assert not await applied(CASES // 2), "both were in the middle of it"
        await eventually(lambda: _true(not any(map(running, workers))), "a host's workers die with it")
        if engine.hurt is not None:
            engine.hurt()
        steady.run("load", "-", given=_lines([*updates, *docket[:50]]))
        late = new_host(settings).start()
        await eventually(lambda: applied(CASES + 100), "the others do all of it, that of the lost as well", 90)
        await eventually(lambda: _true(time.monotonic() > leases_over), "the cut-off host's leases are over")

        cut_off.signal(signal.SIGCONT)
        for host in (late, steady):
            host.stop()
        more = [_update_of(event) for event in docket[100:150]]
        steady.run("load", "-", given=_lines(more))
        await eventually(lambda: applied(CASES + 150), "the one that was cut off goes on, alone", 60)
        cut_off.stop()
        assert await database.read(_by_state) == {"applied": CASES + 150}
        assert await database.read(_lanes) == _expected_lanes(docket, 150)
        holds_each_event_once(engine.database_url)
        verified = json.loads(steady.run("audit", "verify", "--json"))
        assert (verified["ok"], verified["cases"], verified["entries"]) == (True, CASES, CASES + 150)
    finally:
        cut_off.signal(signal.SIGCONT)
        database.close()


def _lanes(connection: Connection) -> list[str]:
    return sorted(connection.execute(select(cases.c.lane)).scalars())


async def _true(value: bool) -> bool:
    return value
