"""What the trials of faults share: their sizes, faults planted in processes of ours, and what must hold afterwards.

Small by default, as a part of the suite; ``FAULTS=full`` (``make faults``) makes them as large as they are meant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from secondlook.cases.events import Actor, IncomingEvent, review_event
from secondlook.records.database import Database
from secondlook.records.schema import cases, failing, inbox

FULL = os.environ.get("FAULTS") == "full"
Document = dict[str, Any]


def size(small: int, full: int) -> int:
    """How many, in the suite and in ``make faults``."""
    return full if FULL else small


def tell(line: str) -> None:
    """Say what was measured: seen with ``pytest -s``, as in ``make faults``."""
    print(f"   {line}", flush=True)


def planted(folder: Path, code: str) -> dict[str, str]:
    """Settings of a process of ours that runs ``code`` before anything else, as Python's own hook for it allows."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": str(folder)}


def lines(events: list[Document]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def facts_about(event: Document, number: int = 1, **facts: object) -> Document:
    """New facts of the case of a ``case.received``."""
    case = {"a_number": event["data"]["a_number"], "nta_date": event["data"]["nta"]["date"]}
    kind = "secondlook.case.facts-updated.v1"
    return {**event, "id": f"{event['id']}-{number}", "type": kind, "data": {"case": case, "facts": facts}}


def a_review(case_id: str, office: str, version: int, text: str = "Because.") -> IncomingEvent:
    """What an attorney's form sends."""
    return review_event(
        f"form-{case_id}-{text}",
        case_id,
        Actor("attorney1", ("attorney",), (office,)),
        action="close",
        reasons=["family"],
        rationale=text,
        findings={},
        case_version=version,
    )


@contextmanager
def record_at(url: str) -> Iterator[Database]:
    database = Database(url, durable=True)
    try:
        yield database
    finally:
        database.close()


def by_state(connection: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))}


def in_stage(stage: str) -> Any:
    """A unit that answers id, office and version of the cases there."""
    rows = select(cases.c.id, cases.c.office, cases.c.version).where(cases.c.stage == stage)
    return lambda connection: [tuple(row) for row in connection.execute(rows)]


def a_minute_passes(connection: Connection) -> None:
    """What is failing has been failing for a minute longer; in full it really is waited for."""
    for row in connection.execute(select(failing)).all():
        since = row.since - timedelta(seconds=61)
        connection.execute(update(failing).where(failing.c.case_id == row.case_id).values(since=since))


def newest(connection: Connection) -> int:
    return connection.execute(select(func.coalesce(func.max(inbox.c.seq), 0))).scalar_one()
