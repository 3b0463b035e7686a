"""What a worker cannot judge waits in sight: with another key, with a bug, with a type of a newer release.

All else goes on at full speed beside it, nothing is refused, and whoever can judge it does, without anything being sent
again.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, func, select, update

from secondlook.cases.events import IncomingEvent
from secondlook.intake.sample import sample_events
from secondlook.records import failing as noted
from secondlook.records import operators
from secondlook.records.database import Database
from secondlook.records.door import Door
from secondlook.records.encryption import Vault
from secondlook.records.schema import inbox
from tests.conftest import eventually, now
from tests.end_to_end.faults import (
    FULL,
    Document,
    a_minute_passes,
    a_review,
    by_state,
    facts_about,
    in_stage,
    lines,
    newest,
    planted,
    record_at,
    size,
    tell,
)
from tests.end_to_end.hosts import KEYS, Engine, Host
from tests.end_to_end.record import holds_each_event_once
from workers.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 if FULL else 240)]

OTHER_KEYS = "other:" + base64.b64encode(b"o" * 32).decode()
LETS_EVERYBODY_IN = """
from secondlook.records.keyring import Keyring
Keyring.enter = lambda self: setattr(self, "_entered", True)
"""
BUG = """
from secondlook.records import judging
_screen = judging.screen
def screen(facts, *given, **named):
    if facts.get("prior_removals") == 77:
        raise KeyError("prior_removals")
    return _screen(facts, *given, **named)
judging.screen = screen
"""
NEWER_TYPE = "secondlook.parole.granted.v9"
EITHER = ["sqlite", "postgresql"]
SLOWED = 2.5
"""Times slower that good events may be beside bad ones before a small trial fails. What holds them up for even one
lease of a ring is slower by far; what is measured in full stands in the output."""


@pytest.fixture
def one_record(temporal_address: str, database_url: str) -> Engine:
    """An engine on either database."""
    return Engine(temporal_address, database_url)


sqlite = pytest.mark.parametrize("database_url", EITHER if FULL else ["sqlite"], indirect=True)
postgresql = pytest.mark.parametrize("database_url", EITHER if FULL else ["postgresql"], indirect=True)


def settings_of(engine: Engine) -> dict[str, str]:
    return engine.settings(f"faults-{uuid.uuid4().hex}")


async def test_a_worker_with_another_key_beside_a_good_one_refuses_nothing(
    one_record: Engine, new_host: Callable[..., Host], tmp_path: Path
) -> None:
    settings = settings_of(one_record)
    other = {**settings, "SECONDLOOK_ENCRYPTION_KEYS": OTHER_KEYS}
    good, stopped = new_host(settings), new_host(other)
    let_in = new_host({**with_metrics(other), **planted(tmp_path / "planted", LETS_EVERYBODY_IN)})
    docket = list(sample_events(size(60, 2_000), 21))
    good.folder.mkdir()
    good.run("bootstrap")
    good.run("load", "-", given=lines(docket[:20]))

    for host in (good, stopped, let_in):
        host.start()
    good.run("load", "-", given=lines(docket[20:]))

    with record_at(one_record.database_url) as database:
        await applied(database, len(docket) // 2, "the good worker judges what it is given")
        reviews = [a_review(*case) for case in await database.read(in_stage("attorney_review"))][: size(10, 200)]
        await accepted(database, reviews)
        await eventually(lambda: bad_had_its_share(let_in), "the other one had its share", 60)
        assert (await database.read(by_state)).keys() <= {"applied", "pending"}
        assert (stopped.ended(), let_in.ended()) == (1, None)
        assert "the encryption key" in (stopped.folder / "out").read_text()
        if not FULL:
            # A case that fell to it again and again waits longer each time, and the suite does not.
            let_in.stop()
        await applied(database, len(docket) + len(reviews), "the good worker judges all of it")
        assert await database.read(by_state) == {"applied": len(docket) + len(reviews)}
    await well(one_record, good)
    holds_each_event_once(one_record.database_url)


async def bad_had_its_share(host: Host) -> bool:
    return could_not_judge(host, "unknown_key") >= size(10, 100)


@sqlite
async def test_a_rule_that_raises_for_a_few_cases_holds_up_no_other_and_a_fixed_worker_judges_them(
    one_record: Engine, new_host: Callable[..., Host], tmp_path: Path
) -> None:
    settings = settings_of(one_record)
    fixed = new_host(settings)
    buggy = new_host({**with_metrics(settings), **planted(tmp_path / "planted", BUG)})
    number = size(150, 20_000)
    before, docket = list(sample_events(number, 22)), list(sample_events(2 * number, 23))[number:]
    hit = docket[:: size(100, 20)]
    for event in hit:
        event["data"]["facts"]["prior_removals"] = 77
    fixed.folder.mkdir()
    fixed.run("bootstrap")
    buggy.start()

    with record_at(one_record.database_url) as database:
        alone = await seconds_for(database, buggy, before)
        beside = await seconds_for(database, buggy, docket, less=len(hit))
        tell(f"{number} cases, {len(hit)} of them meet a bug: {alone:.1f} s without, {beside:.1f} s beside them")
        await eventually(lambda: noted_are(database, len(hit)), "those that meet the bug are noted", 60)
        await a_minute_later(database)
        stuck = stuck_of(fixed)
        assert {each["code"] for each in stuck} == {"fault"}
        assert len(stuck) == len(hit)
        assert could_not_judge(buggy, "fault") >= len(hit)
        assert await database.read(by_state) == {"applied": 2 * number - len(hit), "pending": len(hit)}

        buggy.stop()
        fixed.start()
        await applied(database, 2 * number, "a fixed worker judges them")
    assert beside < SLOWED * alone + 2
    await well(one_record, fixed)
    holds_each_event_once(one_record.database_url)


@postgresql
async def test_events_of_a_newer_release_s_type_hold_up_no_other_until_they_are_set_aside(
    one_record: Engine, new_host: Callable[..., Host]
) -> None:
    settings = settings_of(one_record)
    host = new_host(with_metrics(settings))
    number, unknown = size(150, 5_000), size(30, 1_000)
    before, docket = list(sample_events(number, 24)), list(sample_events(2 * number, 25))[number:]
    host.folder.mkdir()
    host.run("bootstrap")
    host.start()

    with record_at(one_record.database_url) as database:
        alone = await seconds_for(database, host, before)
        host.stop()
        place = await database.read(newest)
        host.run("load", "-", given=lines([facts_about(event, prior_removals=3) for event in before[:unknown]]))
        await database.write(
            lambda connection: connection.execute(update(inbox).where(inbox.c.seq > place).values(type=NEWER_TYPE))
        )
        host.start()
        beside = await seconds_for(database, host, docket)
        tell(f"{number} events beside {unknown} of an unknown type: {alone:.1f} s alone, {beside:.1f} s beside them")
        assert host.ended() is None
        await eventually(lambda: noted_are(database, unknown), "those of the unknown type are noted", 60)
        await a_minute_later(database)
        stuck = stuck_of(host)
        assert {each["code"] for each in stuck} == {"unknown_type"}
        assert len(stuck) == unknown

        first, *others = [str(each["event"]) for each in stuck]
        host.run("events", "set-aside", first, "--reason", "Nobody will read it.")
        await set_aside(database, others)
        assert await database.read(by_state) == {"applied": 2 * number + unknown, "refused": unknown}
    assert beside < SLOWED * alone + 2
    await well(one_record, host)


async def seconds_for(database: Database, host: Host, events: list[Document], less: int = 0) -> float:
    """How long a worker takes over these cases, as the record tells; ``less`` of them it will not judge."""
    place = await database.read(newest)
    applied_before = (await database.read(by_state)).get("applied", 0)
    host.run("load", "-", given=lines(events))
    await applied(database, applied_before + len(events) - less, "the good ones are judged")
    return await database.read(lambda connection: judging_seconds(connection, place))


def judging_seconds(connection: Connection, after: int) -> float:
    """From the first to the last judgement of the cases that came in behind a place."""
    good = (inbox.c.seq > after, inbox.c.type == "secondlook.case.received.v1", inbox.c.state == "applied")
    first, last = connection.execute(
        select(func.min(inbox.c.judged_at), func.max(inbox.c.judged_at)).where(*good)
    ).one()
    seconds: float = (last - first).total_seconds()
    return seconds


async def a_minute_later(database: Database) -> None:
    if FULL:
        await asyncio.sleep(61)
    else:
        await database.write(a_minute_passes)


async def set_aside(database: Database, events: list[str]) -> None:
    vault = Vault.from_text(KEYS)
    for event_id in events:
        await database.write(
            lambda connection, event_id=event_id: operators.set_aside(  # type: ignore[misc]
                connection, vault, event_id, "ops1", "Nobody will read it.", now()
            )
        )


async def applied(database: Database, number: int, what: str) -> None:
    async def so_many() -> bool:
        return (await database.read(by_state)).get("applied", 0) >= number

    await eventually(so_many, what, size(120, 1_200), every=0.2)


async def accepted(database: Database, events: list[IncomingEvent]) -> None:
    answers = await Door(database, Vault.from_text(KEYS)).accept(events)
    assert {each.outcome for each in answers} == {"accepted"}


async def noted_are(database: Database, number: int) -> bool:
    return await database.read(noted.number) == number


def stuck_of(host: Host) -> list[Document]:
    stuck: list[Document] = json.loads(host.run("status", "--json"))["stuck"]
    return stuck


def with_metrics(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "SECONDLOOK_METRICS_PORT": str(free_port())}


def could_not_judge(host: Host, code: str) -> float:
    said = httpx.get(f"http://127.0.0.1:{host.settings['SECONDLOOK_METRICS_PORT']}/metrics", trust_env=False).text
    found = re.search(rf'secondlook_cannot_judge_total{{code="{code}"}} ([0-9.]+)', said)
    return float(found[1]) if found else 0.0


async def well(engine: Engine, host: Host) -> None:
    """Nothing waits, nothing is stuck, chains are whole."""
    status = json.loads(host.run("status", "--json"))
    assert status["stuck"] == []
    assert status["events"]["pending"] == status["events"]["in_flight"] == 0
    assert json.loads(host.run("audit", "verify", "--json"))["ok"]
    with record_at(engine.database_url) as database:
        assert await database.read(noted.number) == 0
