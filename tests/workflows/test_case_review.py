"""A case through time, on a real server: every path to a disposition, and what its workflow shows on the way.

Each test runs warm (the case stays in the worker's cache) and cold (the cache is off, so every task replays).
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter

from secondlook.records import store
from tests.conftest import eventually
from tests.workflows.conftest import MakeDocket
from tests.workflows.docket import OTHER_ATTORNEY
from workflows.messages import CASE_STAGE, OFFICE, RULESET, Bell, workflow_id

pytestmark = pytest.mark.filterwarnings("error::temporalio.workflow.UnfinishedSignalHandlersWarning")

SOON = timedelta(milliseconds=400)
LONG = timedelta(hours=1)


def bells_in(history: WorkflowHistory) -> list[Bell]:
    """The signals of a run, in order."""
    kind = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    return [
        pydantic_data_converter.payload_converter.from_payload(
            event.workflow_execution_signaled_event_attributes.input.payloads[0], Bell
        )
        for event in history.events
        if event.event_type == kind
    ]


def names_in(history: WorkflowHistory) -> list[str]:
    kind = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    return [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.event_type == kind
    ]


def summaries_in(history: WorkflowHistory) -> list[str]:
    """What Temporal's page says beside the run, its steps and its timers, in order."""
    return [
        json.loads(event.user_metadata.summary.data)
        for event in history.events
        if event.user_metadata.HasField("summary") and event.event_type != EventType.EVENT_TYPE_TIMER_CANCELED
    ]


async def test_temporals_own_page_tells_what_happened(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id)
        await cases.until_ended(case_id)
        page: WorkflowMetadata = await cases.run(case_id).query("__temporal_workflow_metadata")
    (history,) = await cases.histories(case_id)
    told = [line.partition(" until ")[0] for line in summaries_in(history)]
    assert told == [
        "A new case: screening, then an attorney's review",
        "Judging: received",
        "Waiting for an attorney",
        "Judging: reviewed",
        "Waiting for a supervisor",
        "Judging: concurred",
    ]
    assert page.current_details == "Ended as closed, version 3."


async def test_a_received_case_waits_for_an_attorney_and_says_so(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")

        async def shown() -> bool:
            return (await cases.head(case_id)).step == "wait"

        await eventually(shown, "the workflow waits")
        head = await cases.head(case_id)
        assert (head.stage, head.version, head.next_actor) == ("attorney_review", 1, "attorney")
        assert head.wake_at is not None


@pytest.mark.parametrize(("action", "end"), [("close", "closed"), ("dismiss", "dismissed"), ("continue", "continued")])
async def test_a_decision_with_concurrence_ends_the_case(docket: MakeDocket, action: str, end: str) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id, action)
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id)
        head = await cases.until_ended(case_id)
        assert (head.stage, head.disposition, head.step) == (end, end, "end")
        assert (await cases.on_record(case_id))["disposition"] == end


async def test_asking_for_facts_and_getting_them_leads_back_to_the_attorney(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id, "need_facts")
        await cases.until_stage(case_id, "awaiting_facts")
        await cases.update_facts(case_id, prior_removals=0)
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id, "dismiss")
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id)
        assert (await cases.until_ended(case_id)).stage == "dismissed"


async def test_a_held_decision_takes_effect_by_its_timer_alone(docket: MakeDocket) -> None:
    cases = docket(window=SOON, concurrence=frozenset())
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        await cases.until_stage(case_id, "held")
        assert (await cases.until_ended(case_id)).stage == "closed"
    assert await cases.events(case_id) == [
        ("received", "applied", None),
        ("reviewed", "applied", None),
        ("timer.window", "applied", None),
    ]


async def test_a_decision_taken_back_in_its_window_leaves_the_case_with_the_attorney(docket: MakeDocket) -> None:
    cases = docket(window=LONG)
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        await cases.until_stage(case_id, "held")
        await cases.withdraw(case_id)
        await cases.until_stage(case_id, "attorney_review")
        assert (await cases.on_record(case_id))["disposition"] is None


async def test_a_returned_case_can_be_decided_again(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id, "dismiss")
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id, "return")
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id, "continue")
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id)
        assert (await cases.until_ended(case_id)).stage == "continued"


async def test_of_two_decisions_at_the_same_moment_one_counts(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        posted = await asyncio.gather(
            cases.review(case_id, "close", version=1), cases.review(case_id, "dismiss", by=OTHER_ATTORNEY, version=1)
        )
        outcomes = [await cases.until_judged(case_id, event_id) for event_id in posted]
    assert sorted(outcomes, key=str) == [("applied", None), ("refused", "already_decided")]


async def test_a_decision_sent_twice_counts_once(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        once = await cases.review(case_id, form="the-same-form", version=1)
        again = await cases.review(case_id, form="the-same-form", version=1)
        await cases.until_stage(case_id, "supervisor_review")
    assert once == again
    assert await cases.events(case_id) == [("received", "applied", None), ("reviewed", "applied", None)]


@pytest.mark.parametrize("level", [1, 2])
async def test_a_signal_is_named_as_its_event_is_once_no_worker_of_the_first_release_is_left(
    docket: MakeDocket, level: int
) -> None:
    cases = docket()
    await cases.database.write(lambda connection: store.remember(connection, "level", str(level)))
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        updated = await cases.update_facts(case_id, prior_removals=0)
        await cases.until_judged(case_id, updated)
        reviewed = await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
        concurred = await cases.concur(case_id)
        await cases.until_ended(case_id)
    (history,) = await cases.histories(case_id)
    assert names_in(history) == (["event"] * 3 if level == 1 else ["facts-updated", "reviewed", "concurred"])
    assert bells_in(history) == [
        Bell(event_id=updated, type="facts-updated"),
        Bell(event_id=reviewed, type="reviewed"),
        Bell(event_id=concurred, type="concurred"),
    ]


async def test_operators_find_cases_by_stage_office_and_ruleset(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")

        async def listed() -> bool:
            shown = ((CASE_STAGE, "attorney_review"), (OFFICE, "BAL"), (RULESET, "opla-2011-11-17"))
            query = " AND ".join(f"{key.name} = '{value}'" for key, value in shown)
            return workflow_id(case_id) in [run.id async for run in cases.client.list_workflows(query)]

        await eventually(listed, "the case among the office's")


async def test_a_late_event_starts_a_run_that_refuses_it_and_ends(docket: MakeDocket) -> None:
    cases = docket(concurrence=frozenset())
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        await cases.until_ended(case_id)
        first_run = (await cases.run(case_id).describe()).run_id
        late = await cases.update_facts(case_id, prior_removals=1)
        assert await cases.until_judged(case_id, late) == ("refused", "ended")

        async def another_run_ended() -> bool:
            now = await cases.run(case_id).describe()
            return now.run_id != first_run and now.status is WorkflowExecutionStatus.COMPLETED

        await eventually(another_run_ended, "the late event's own run over")
    assert (await cases.on_record(case_id))["disposition"] == "closed"


async def test_many_facts_in_one_case_continue_as_new_and_lose_nothing(docket: MakeDocket) -> None:
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        for removals in range(15):
            event_id = await cases.update_facts(case_id, prior_removals=removals)
            await cases.until_judged(case_id, event_id)
        burst = [await cases.update_facts(case_id, prior_removals=removals) for removals in range(40)]
        for event_id in burst:
            assert await cases.until_judged(case_id, event_id) == ("applied", None)
    assert await cases.version(case_id) == 1 + 15 + 40
    assert len(await cases.histories(case_id)) > 1
