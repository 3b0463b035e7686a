"""Sources asked on a real Temporal server: answers, silence, slowness, killed and lossy workers, rates."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from prometheus_client import generate_latest
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer, Worker

from activities.asking import Asking
from secondlook import metrics
from secondlook.records import source_asks
from secondlook.records.database import Database, DatabaseUnavailable
from secondlook.sources.asking import client_of
from secondlook.sources.stand_in import StandIn
from tests.conftest import eventually
from tests.sources.asking_docket import AskingDocket
from tests.sources.made_up import source, standing_in
from tests.workflows.docket import connect_to
from workers.plugin import plugin
from workers.ports import free_port
from workflows.messages import ASK_SOURCE, SourceTurn, source_queue

SOON = timedelta(milliseconds=100)
SILENT = {"unknown": "source_unavailable"}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite only: ``test_on_record`` holds both databases to the same behaviour."""
    return f"sqlite:///{tmp_path / 'secondlook.db'}"


@asynccontextmanager
async def all_of(cases: AskingDocket) -> AsyncIterator[None]:
    async with cases.working(), cases.asking():
        yield


@pytest.mark.parametrize("cached", [1000, 0], ids=["warm", "cold"])
async def test_a_case_comes_to_its_attorney_with_what_the_sources_know(
    database: Database, client: Client, cached: int
) -> None:
    records, schools = StandIn(), StandIn(facts={"education": {"enrolled": True}})
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(standing_in(records))
        other = await stack.enter_async_context(standing_in(schools))
        cases = AskingDocket(
            database, client, source(at), source(other, name="schools", facts=("education",)), cached=cached
        )
        await stack.enter_async_context(all_of(cases))
        case_id = await cases.receive(birth_date="1980")
        await cases.until_stage(case_id, "attorney_review")
        facts = await cases.facts(case_id)
        assert facts["convictions"]["source"] == "records"  # type: ignore[index]
        assert facts["education"]["source"] == "schools"  # type: ignore[index]
        assert facts["birth_date"] == "1980"
        assert (len(records.asked), len(schools.asked)) == (1, 1)
        await cases.review(case_id, version=await cases.version(case_id))
        await cases.until_stage(case_id, "supervisor_review")
        (history,) = await cases.histories(case_id)
    await Replayer(workflows=[], plugins=[plugin()]).replay_workflow(history)


async def test_a_source_that_fails_holds_nobody_up_and_is_asked_again(database: Database, client: Client) -> None:
    records = StandIn()
    records.status = 404
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at, ask_again=SOON))
        async with all_of(cases):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
            assert await cases.facts(case_id) == {"convictions": SILENT, "prior_removals": SILENT}
            records.status = 200
            await cases.ask_again()
            await cases.until_fact(case_id, "prior_removals", 0)
            assert len(records.asked) == 2


async def test_a_source_that_stumbles_once_is_asked_at_once_again(database: Database, client: Client) -> None:
    records = StandIn()
    records.status = 503
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at))
        async with all_of(cases):
            case_id = await cases.receive()

            async def stumbled() -> bool:
                return bool(records.asked)

            await eventually(stumbled, "the source asked")
            records.status = 200
            await cases.until_stage(case_id, "attorney_review")
            await cases.until_fact(case_id, "prior_removals", 0)


async def test_a_source_that_is_down_for_ever_costs_its_own_facts_only(database: Database, client: Client) -> None:
    async with standing_in(StandIn()) as at:
        gone = source(f"http://127.0.0.1:{free_port()}/facts", name="gone", facts=("education",))
        cases = AskingDocket(database, client, source(at), gone)
        async with all_of(cases):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
            facts = await cases.facts(case_id)
            assert facts["education"] == SILENT
            assert facts["prior_removals"]["value"] == 0  # type: ignore[index]


async def test_nobody_waits_for_a_slow_source(database: Database, client: Client) -> None:
    records = StandIn()
    records.status = 404
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at, timeout=30.0, ask_again=SOON))
        async with all_of(cases):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
            records.status, records.delay = 200, 20.0
            await cases.ask_again()

            async def asked_again() -> bool:
                return len(records.asked) == 2

            await eventually(asked_again, "the source asked again")
            await cases.review(case_id, version=await cases.version(case_id))
            await cases.until_stage(case_id, "supervisor_review", seconds=10.0)
            await cases.concur(case_id)
            assert (await cases.until_ended(case_id, seconds=10.0)).stage == "closed"


async def test_a_docket_behind_a_slow_source_waits_in_the_inbox_and_people_do_not(
    database: Database, client: Client
) -> None:
    records = StandIn()
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at, timeout=60.0, at_once=20), sources_limit=4)
        async with all_of(cases):
            in_review = await cases.receive()
            await cases.until_stage(in_review, "attorney_review")
            records.delay = 30.0
            for _ in range(12):
                await cases.receive()

            async def full() -> bool:
                return len(records.asked) == 1 + 4

            await eventually(full, "as many cases asked about as may be")
            await cases.review(in_review, version=await cases.version(in_review))
            await cases.until_stage(in_review, "supervisor_review", seconds=10.0)
        assert len(records.asked) == 1 + 4


class LossyAsking(Asking):
    """Its first answer is written down, and then never told to Temporal."""

    lost: ClassVar[list[str]] = []

    @activity.defn(name=ASK_SOURCE)
    async def ask_source(self, turn: SourceTurn) -> None:
        await super().ask_source(turn)
        if turn.case_id not in self.lost:
            self.lost.append(turn.case_id)
            raise ApplicationError("lost")


async def test_an_answer_that_is_told_twice_counts_once(database: Database, client: Client) -> None:
    records = StandIn()
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at))
        http = client_of(cases.sources[0], "the-token")
        asking = LossyAsking(database, cases.vault, cases.sources[0], http)
        queue = source_queue(cases.task_queue, "records")
        async with http, cases.working(), Worker(client, task_queue=queue, activities=[asking.ask_source]):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
        assert case_id in LossyAsking.lost
        assert len(records.asked) == 1
        assert [kind for kind, *_ in await cases.events(case_id)] == ["received", "facts-updated"]


async def test_a_record_that_is_away_for_a_while_is_no_silence_of_the_source(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = StandIn()
    written = source_asks.answered
    times = iter(range(100))

    def away_at_first(*arguments: object) -> bool:
        if next(times) < 5:
            raise DatabaseUnavailable("unreachable")
        return written(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(source_asks, "answered", away_at_first)
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at))
        async with all_of(cases):
            case_id = await cases.receive()
            await cases.until_stage(case_id, "attorney_review")
            await cases.until_fact(case_id, "prior_removals", 0)
    assert len(records.asked) == 1


@pytest.mark.slow
async def test_a_worker_that_is_killed_while_it_asks_is_made_up_for(
    database: Database, database_url: str, client: Client, temporal_address: str
) -> None:
    records = StandIn(delay=30.0)
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at, timeout=60.0))
        async with cases.working():
            doomed = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.sources.one_source_worker",
                temporal_address, database_url, cases.task_queue, at,
            )  # fmt: skip
            case_id = await cases.receive()

            async def asked() -> bool:
                return bool(records.asked)

            await eventually(asked, "the source asked", seconds=30.0)
            os.kill(doomed.pid, signal.SIGKILL)
            await doomed.wait()
            records.delay = 0.0
            async with cases.asking():
                await cases.until_stage(case_id, "attorney_review", seconds=60.0)
                await cases.until_fact(case_id, "prior_removals", 0)
    assert [kind for kind, *_ in await cases.events(case_id)] == ["received", "facts-updated"]


@pytest.mark.slow
async def test_a_rate_holds_across_workers(database: Database, client: Client, temporal_address: str) -> None:
    records, a_second, asks = StandIn(), 4, 16
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at, a_minute=a_second * 60))
        another = await connect_to(temporal_address)
        async with cases.working(), cases.asking(), cases.asking(another):
            received = [await cases.receive() for _ in range(asks)]
            for case_id in received:
                await cases.until_stage(case_id, "attorney_review", seconds=60.0)
    assert len(records.asked) == asks
    # The server lets a second's worth go at once.
    assert records.asked[-1] - records.asked[0] > (asks - 2 * a_second) / a_second


async def test_what_is_asked_and_answered_is_in_no_history_log_or_metric(
    database: Database, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    canary = "A000971613"
    records = StandIn(facts={"convictions": [{"offense": "hit_and_run", "date": "1997-08-29"}], "prior_removals": "x"})
    async with standing_in(records) as at:
        cases = AskingDocket(
            database,
            client,
            source(at, facts=("convictions",)),
            source(at, name="broken", facts=("prior_removals",)),
        )
        async with all_of(cases):
            case_id = await cases.receive(canary, family_name="Quillfeather")
            await cases.until_stage(case_id, "attorney_review")
            await cases.until_fact(case_id, "prior_removals", SILENT)
            histories = "".join(history.to_json() for history in await cases.histories(case_id))
    assert "answer_invalid" in histories and "answer_invalid" in caplog.text
    written = histories + caplog.text + generate_latest(metrics.registry).decode()
    for secret in (canary, canary[1:], "Quillfeather", "hit_and_run", "1997-08-29", "the-token"):
        assert secret not in written


async def test_a_source_that_keeps_failing_is_left_alone(database: Database, client: Client) -> None:
    records = StandIn()
    records.status = 404
    async with standing_in(records) as at:
        cases = AskingDocket(database, client, source(at, at_once=1))
        begun = time.monotonic()
        async with all_of(cases):
            received = [await cases.receive() for _ in range(9)]
            for case_id in received:
                await cases.until_stage(case_id, "attorney_review")
        assert time.monotonic() - begun < 25.0, "before the first cool-off is over"
    assert len(records.asked) == 5
