"""The last landed release and this one work on one record and one namespace while cases come in and people decide."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from secondlook.cases.events import Actor, review_event
from secondlook.intake.sample import sample_events
from secondlook.records import store
from secondlook.records.database import Database
from secondlook.records.door import Door
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases, failing, inbox
from tests.conftest import eventually, new_postgres_database
from tests.end_to_end.hosts import KEYS, Engine, Host
from tests.end_to_end.record import holds_each_event_once

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

EACH = 60
Document = dict[str, object]


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    return Engine(
        request.getfixturevalue("temporal_address"),
        new_postgres_database(request.getfixturevalue("postgres_server")),
    )


@pytest.fixture
def hosts(engine: Engine, last_release: Path, tmp_path: Path) -> Iterator[tuple[Host, Host]]:
    settings = engine.settings(f"releases-{uuid.uuid4().hex}")
    older = Host(tmp_path / "older", settings, checkout=last_release)
    newer = Host(tmp_path / "newer", settings)
    for host in (older, newer):
        host.folder.mkdir()
    yield older, newer
    for host in (older, newer):
        host.stop()


def _lines(events: list[Document]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def _known_to_older(event: Document) -> Document:
    data = event["data"]
    assert isinstance(data, dict)
    return {**event, "data": {name: value for name, value in data.items() if name != "identifiers"}}


def _more_of(event: Document, number: int) -> Document:
    data = event["data"]
    assert isinstance(data, dict)
    case = {"a_number": data["a_number"], "nta_date": data["nta"]["date"]}
    kind = "secondlook.case.facts-updated.v1"
    return {
        **event,
        "id": f"{event['id']}-{number}",
        "type": kind,
        "data": {"case": case, "facts": {"prior_removals": 7}},
    }


def _by_state(connection: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))}


async def test_old_and_new_workers_share_a_record_and_nothing_is_refused(
    engine: Engine, hosts: tuple[Host, Host]
) -> None:
    older, newer = hosts
    docket = list(sample_events(3 * EACH, 11))
    database = Database(engine.database_url, durable=True)

    async def judged(number: int) -> bool:
        return (await database.read(_by_state)).get("pending", 0) == 0 and sum(
            (await database.read(_by_state)).values()
        ) >= number

    try:
        older.run("bootstrap")
        older.start()
        older.run("load", "-", given=_lines([_known_to_older(event) for event in docket[:EACH]]))
        await eventually(lambda: judged(EACH), "the older release screens what came first", 60)

        newer.run("bootstrap")
        assert await database.read(store.level) == 1, "an older worker is there"
        newer.start()
        newer.run("load", "-", given=_lines([*docket[EACH : 2 * EACH], *(_more_of(e, 1) for e in docket[:EACH])]))
        newer.run("load", "-", given=_lines([*docket[2 * EACH :], *(_more_of(e, 2) for e in docket[:EACH])]))
        await eventually(lambda: judged(5 * EACH), "both releases screen what comes in", 90)

        def waiting(connection: Connection) -> list[tuple[str, str, int]]:
            rows = select(cases.c.id, cases.c.office, cases.c.version).where(cases.c.stage == "attorney_review")
            return [tuple(row) for row in connection.execute(rows)]  # type: ignore[misc]

        door = Door(database, Vault.from_text(KEYS))
        reviews = [
            review_event(
                f"form-{case_id}",
                case_id,
                Actor("attorney1", ("attorney",), (office,)),
                action="close",
                reasons=["family"],
                rationale="Because.",
                findings={},
                case_version=version,
            )
            for case_id, office, version in await database.read(waiting)
        ]
        await door.accept(reviews)
        await eventually(lambda: judged(5 * EACH + len(reviews)), "decisions are judged, whoever is rung", 90)

        older.stop()
        late = [_more_of(event, 3) for event in docket[EACH : EACH + 10]]
        newer.run("load", "-", given=_lines(late))
        await eventually(lambda: judged(5 * EACH + len(reviews) + len(late)), "the newer goes on alone", 60)

        assert len(reviews) == 3 * EACH
        assert (await database.read(_by_state)).keys() == {"applied"}
        assert await database.read(lambda c: c.execute(select(func.count()).select_from(failing)).scalar_one()) == 0
        holds_each_event_once(engine.database_url)
        assert json.loads(newer.run("audit", "verify", "--json"))["ok"]
    finally:
        database.close()
