"""A verification beside the web process: bounded, and gone with whoever started it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from secondlook.records import acts, checking
from secondlook.records.acts import Act
from secondlook.records.checking import Running
from secondlook.web.audit import verifier
from secondlook.web.audit.verifier import verify
from secondlook.web.record import Record
from tests.conftest import eventually
from tests.web.office import Office


@pytest.fixture
def record(office: Office) -> Iterator[Record]:
    opened = Record.open(office.settings)
    opened.keyring.enter()
    yield opened
    opened.database.close()


@pytest.fixture
def started(office: Office) -> Running:
    now = datetime.now(UTC)
    assert office.database.write_now(lambda c: checking.begin(c, office.vault, "auditor1", now))
    return Running("auditor1", now, now)


def newest(office: Office) -> Act:
    return office.database.read_now(lambda c: acts.newest(c, 1))[0]


def running(office: Office) -> Running | None:
    return office.database.read_now(lambda c: checking.running(c, datetime.now(UTC)))


async def test_what_takes_too_long_is_stopped_and_says_so(
    office: Office, record: Record, started: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "_PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(verifier, "_RENEW_SECONDS", 0.05)
    monkeypatch.setattr(verifier, "_LONGEST_SECONDS", 0.5)

    await asyncio.wait_for(verify(record, office.settings, started), 30)

    assert (newest(office).kind, newest(office).detail) == (acts.VERIFY_FAILED, {"why": "took_too_long"})
    assert running(office) is None


async def test_a_lease_is_renewed_while_it_goes_on_and_given_up_when_the_web_process_stops(
    office: Office, record: Record, started: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "_PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(verifier, "_RENEW_SECONDS", 0.05)
    before = running(office)
    assert before is not None
    going_on = asyncio.create_task(verify(record, office.settings, started))

    async def renewed() -> bool:
        now = running(office)
        return now is not None and now.until > before.until

    await eventually(renewed, "the lease to be renewed")
    going_on.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going_on

    assert (newest(office).kind, newest(office).detail) == (acts.VERIFY_FAILED, {"why": "stopped"})
    assert running(office) is None


async def test_what_a_verification_says_that_cannot_be_read_is_no_success(
    office: Office, record: Record, started: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "_PROGRAM", "print('{\"cases\": 3}')")

    await verify(record, office.settings, started)

    assert (newest(office).kind, newest(office).detail) == (acts.VERIFY_FAILED, {"exit": 0, "why": "no_answer"})
