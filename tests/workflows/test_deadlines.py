"""Deadlines of weeks, in seconds: the server skips the time, and the record's clock goes with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from secondlook.records.database import Database
from tests.conftest import eventually
from tests.workflows.docket import Docket
from workers import temporal_server
from workers.bootstrap import prepare_temporal
from workers.plugin import plugin

DAY = timedelta(days=1)


@pytest.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """The pinned server, told to let time be skipped; no time is skipped before the test asks for it."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=temporal_server.program(),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        plugins=[plugin()],
    )
    async with environment:
        await prepare_temporal(environment.client)
        yield environment


class Calendar:
    """The record's clock, which the test moves together with the server's."""

    def __init__(self, cases: Docket, skipping: WorkflowEnvironment) -> None:
        self._cases, self._skipping = cases, skipping
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def skip(self, case_id: str, time: timedelta) -> None:
        self.ahead += time
        await self._skipping.fast_forward(self._cases.run(case_id), time)


async def test_thirty_days_without_a_review_escalate_the_case_and_end_nothing(
    database: Database, skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = Docket(database, skipping.client)
    calendar = Calendar(cases, skipping)
    monkeypatch.setattr("activities.recording._now", calendar.now)
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await waits(cases, case_id)
        await calendar.skip(case_id, 29 * DAY)
        assert [kind for kind, *_ in await cases.events(case_id)] == ["received"]
        await calendar.skip(case_id, 2 * DAY)
        await judged(cases, case_id, 2)
        assert [kind for kind, *_ in await cases.events(case_id)] == ["received", "timer.overdue"]
        assert (await cases.on_record(case_id))["stage"] == "attorney_review"


async def test_two_months_without_the_facts_remind_and_escalate_and_the_case_goes_on_when_they_come(
    database: Database, skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = Docket(database, skipping.client)
    calendar = Calendar(cases, skipping)
    monkeypatch.setattr("activities.recording._now", calendar.now)
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id, "need_facts")
        await cases.until_stage(case_id, "awaiting_facts")
        for number in range(4):
            await waits(cases, case_id)
            await calendar.skip(case_id, 15 * DAY)
            await judged(cases, case_id, 3 + number)
        await judged(cases, case_id, 7)
        timers = [kind for kind, *_ in await cases.events(case_id)][2:]
        assert timers == ["timer.reminder"] * 4 + ["timer.overdue"]
        assert (await cases.on_record(case_id))["stage"] == "awaiting_facts"
        await cases.update_facts(case_id, prior_removals=0)
        await cases.until_stage(case_id, "attorney_review")


async def waits(cases: Docket, case_id: str) -> None:
    async def waiting() -> bool:
        return (await cases.head(case_id)).step == "wait"

    await eventually(waiting, "the run waits")


async def judged(cases: Docket, case_id: str, number: int) -> None:
    async def so_many() -> bool:
        return len(await cases.events(case_id)) >= number

    await eventually(so_many, f"{number} events judged")
