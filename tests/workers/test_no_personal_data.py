"""An A-number and a name pushed through every path turn up nowhere but in the record's sealed columns.

Looked through: logs, metrics, workflow ids, search attributes, and every byte of every history; on good paths, on bad
input, on bugs and on a database that fails. The database's own files are looked through as well.
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from prometheus_client import generate_latest
from sqlalchemy import Connection, text
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recording import Recording
from secondlook import logs, metrics
from secondlook.records.database import Database
from secondlook.records.judging import Bench
from tests.conftest import eventually
from tests.workflows.docket import Docket
from tests.workflows.paths import PATHS
from tests.workflows.paths import Path as CasePath
from workflows.messages import CaseTurn, workflow_id

A_NUMBER = "A000731993"
NAME = "Kanarienvogel"
BIRTH_DATE = "1931-07-13"
RATIONALE = "Zwitschert"
DOCUMENT = {"id": "d-1", "title": f"Akte {NAME}", "address": f"https://files.example/{A_NUMBER}"}
CANARIES = (A_NUMBER, A_NUMBER[1:], "731993", NAME, BIRTH_DATE, RATIONALE)


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Logs written as the processes write them; answers what was written."""
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook, sys.unraisablehook)
    error = sys.stderr
    file = tmp_path / "log.jsonl"
    logs.set_up("worker", file)
    yield file.read_text
    sys.stderr, (sys.excepthook, threading.excepthook, sys.unraisablehook) = error, hooks
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


def decoded(history: str) -> str:
    """A history's JSON with the payloads beside their decoded bytes."""
    parts = [history]

    def look(node: object) -> None:
        if isinstance(node, dict):
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)
        elif isinstance(node, str):
            try:
                parts.append(base64.b64decode(node, validate=True).decode("utf-8", "replace"))
            except ValueError:
                return

    look(json.loads(history))
    return "\n".join(parts)


def found_in(where: str) -> list[str]:
    return [canary for canary in CANARIES if canary in where]


async def _reviewed_with_canary(cases: Docket, case_id: str) -> None:
    """Beside the path's own events: a review whose text holds the name, judged and refused."""
    event_id = await cases.review(case_id, version=77, rationale=f"{RATIONALE} {NAME} {A_NUMBER}")
    await cases.until_judged(case_id, event_id)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
async def test_on_every_path(
    database: Database,
    client: Client,
    logged: Callable[[], str],
    path: CasePath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("secondlook.cases.documents._hosts", frozenset({"files.example"}))
    cases = Docket(database, client, **path.settings)  # type: ignore[arg-type]
    async with cases.working():
        case_id = await cases.receive(A_NUMBER, NAME, documents=[DOCUMENT], birth_date=BIRTH_DATE)
        await cases.until_stage(case_id, "attorney_review")
        await _reviewed_with_canary(cases, case_id)
        await path.walk(cases, case_id)
    for history in await cases.histories(case_id):
        everything = decoded(history.to_json())
        assert case_id in everything
        assert found_in(everything) == []
    async for run in client.list_workflows(f"WorkflowId = '{workflow_id(case_id)}'"):
        assert found_in(f"{run.id} {run.search_attributes} {run.memo}") == []
    assert found_in(generate_latest(metrics.registry).decode()) == []
    assert found_in(logged()) == []
    assert found_in(str(await cases.on_record(case_id))) == []
    assert _in_the_files(database) == []


async def test_when_judging_has_a_bug(
    database: Database, client: Client, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.steps._FIRST_PAUSE", timedelta(milliseconds=200))
    cases = Docket(database, client)
    judge, tries = cases.bench.screen, []

    def buggy(connection: Connection, *given: object) -> object:
        tries.append(given)
        if len(tries) % 2:
            raise LookupError(f"{A_NUMBER} {NAME}")
        return connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": f"{A_NUMBER} {NAME}"})

    cases.bench.screen = buggy  # type: ignore[method-assign,assignment]
    async with cases.working():
        case_id = await cases.receive(A_NUMBER, NAME, birth_date=BIRTH_DATE)

        async def tried_often() -> bool:
            return len(tries) >= 4

        await eventually(tried_often, "several tries")
        cases.bench.screen = judge  # type: ignore[method-assign]
        await cases.until_stage(case_id, "attorney_review")
    for history in await cases.histories(case_id):
        assert found_in(decoded(history.to_json())) == []
    assert "cannot judge" in logged() or "temporalio" in logged(), "the failed tries were to be logged"
    assert found_in(logged()) == []


@pytest.mark.parametrize("statement", ["INSERT INTO nowhere VALUES (:it)", "INSERT INTO store VALUES (:it, NULL)"])
async def test_when_the_database_refuses_a_statement(database: Database, bench: Bench, statement: str) -> None:
    problem = await _error_of(database, bench, lambda c, *_: c.execute(text(statement), {"it": f"{A_NUMBER} {NAME}"}))
    assert problem.type == "fault"


async def test_when_anything_else_goes_wrong(database: Database, bench: Bench) -> None:
    def raises(*_: object) -> object:
        raise ValueError(f"{A_NUMBER} {NAME} {BIRTH_DATE}") from KeyError(NAME)

    problem = await _error_of(database, bench, raises)
    assert str(problem) == "fault: cannot judge: ValueError"


async def test_when_the_database_is_gone(database: Database, bench: Bench) -> None:
    database.close()
    problem = await _error_of(database, bench, lambda *_: None)
    assert (problem.type, problem.non_retryable) == ("database_unavailable", False)


async def _error_of(database: Database, bench: Bench, judge: object) -> ApplicationError:
    """The error that an activity raises, after checking that nothing that Temporal would keep of it holds a canary."""
    bench.screen = judge  # type: ignore[method-assign,assignment]
    recording = Recording(database, bench, lambda _case_id: None)
    with pytest.raises(ApplicationError) as raised:
        await ActivityEnvironment().run(recording.screen, CaseTurn(case_id="c_1", epoch=1))
    assert found_in(_as_temporal_keeps_it(raised.value)) == []
    return raised.value


def _as_temporal_keeps_it(problem: ApplicationError) -> str:
    failure = Failure()
    converter = DataConverter.default
    converter.failure_converter.to_failure(problem, converter.payload_converter, failure)
    return str(failure)


def _in_the_files(database: Database) -> list[str]:
    """What of the canaries stands readable in the database's files."""
    file = Path(str(database.url.database))
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
    held = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    return [canary for canary in CANARIES if canary.encode() in held]
