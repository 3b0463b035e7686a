"""What the record has committed is judged once, whatever becomes of the answer, the task or the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError

from secondlook.records import rings, store
from tests.conftest import eventually
from tests.workflows.conftest import MakeDocket
from tests.workflows.docket import Docket
from tests.workflows.lossy import lossy
from workflows.messages import APPLY, BELL, SCREEN, Bell, CaseHead, CaseTurn

pytestmark = pytest.mark.filterwarnings("error::temporalio.workflow.UnfinishedSignalHandlersWarning")


LONG_HISTORY = 40
"""Events after which the test server suggests to continue as new."""


def lost_tasks(history: WorkflowHistory) -> int:
    """Tasks that the server threw away because something new had arrived meanwhile: their activities run again."""
    unhandled = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
    return sum(
        event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        and event.workflow_task_failed_event_attributes.cause == unhandled
        for event in history.events
    )


@pytest.mark.parametrize("step", [SCREEN, APPLY])
async def test_an_answer_lost_after_the_commit_is_given_again(docket: MakeDocket, step: str) -> None:
    lost: list[CaseHead] = []

    async def lose_the_first(at: str, turn: CaseTurn, head: CaseHead) -> None:
        if at == step and head.outcomes and not lost:
            lost.append(head)
            raise ApplicationError("the worker was gone", type="lost")

    cases = docket(recording=lossy(lose_the_first))
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
        await cases.concur(case_id)
        assert (await cases.until_ended(case_id)).version == 3
    assert lost
    assert await cases.events(case_id) == [
        ("received", "applied", None),
        ("reviewed", "applied", None),
        ("concurred", "applied", None),
    ]


async def test_an_event_that_arrives_while_the_run_ends_is_judged_before_it_ends(docket: MakeDocket) -> None:
    late: list[str] = []

    async def send_facts_at_the_end(at: str, turn: CaseTurn, head: CaseHead) -> None:
        if head.step == "end" and not late:
            late.append(await cases.update_facts(turn.case_id, prior_removals=1))
            await cases.run(turn.case_id).signal(BELL, Bell(event_id=late[0], type="facts-updated"))

    cases = docket(concurrence=frozenset(), recording=lossy(send_facts_at_the_end))
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        head = await cases.until_ended(case_id)
        assert await cases.outcome(case_id, late[0]) == ("refused", "ended")
    first, *_ = await cases.histories(case_id)
    assert lost_tasks(first) == 1, "the task that ended the run was to be lost"
    assert (head.stage, head.version) == ("closed", 2)
    assert await cases.events(case_id) == [
        ("received", "applied", None),
        ("reviewed", "applied", None),
        ("facts-updated", "refused", "ended"),
    ]


async def test_an_event_that_arrives_while_the_run_continues_as_new_is_not_lost(docket: MakeDocket) -> None:
    sent: list[str] = []
    late: list[str] = []

    async def send_facts_before_the_new_run(at: str, turn: CaseTurn, head: CaseHead) -> None:
        # Once only: after a first lost task the server takes no signal until the run has closed.
        if not late and (await cases.run(turn.case_id).describe()).history_length >= LONG_HISTORY:
            late.append(await cases.update_facts(turn.case_id, prior_removals=99))
            await cases.run(turn.case_id).signal(BELL, Bell(event_id=late[0], type="facts-updated"))

    cases = docket(recording=lossy(send_facts_before_the_new_run))
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        while not late:
            sent.append(await cases.update_facts(case_id, prior_removals=len(sent)))
            await cases.until_judged(case_id, sent[-1])
        assert await cases.until_judged(case_id, late[0]) == ("applied", None)

        async def continued() -> bool:
            return len(await cases.histories(case_id)) == 2 and (await cases.head(case_id)).step == "wait"

        await eventually(continued, "the new run waits")
        assert (await cases.head(case_id)).version == 1 + len(sent) + 1
    first, _ = await cases.histories(case_id)
    assert first.events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
    assert lost_tasks(first) == 1, "the task that continued as new was to be lost"


async def test_a_run_of_an_older_epoch_ends_and_the_case_goes_on_under_the_new_one(
    docket: MakeDocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rings, "LEASE", timedelta(milliseconds=300))
    cases = docket()
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        before = await cases.on_record(case_id)
        await cases.database.write(lambda connection: store.raise_epoch(connection, datetime.now(UTC)))

        async def on_a_new_run() -> bool:
            return len(await cases.histories(case_id)) == 2 and (await cases.head(case_id)).step == "wait"

        await eventually(on_a_new_run, "a run under the new epoch")
        assert await cases.on_record(case_id) == before
        await cases.review(case_id)
        await cases.until_stage(case_id, "supervisor_review")
    old, new = await cases.histories(case_id)
    assert old.events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED
    assert new.events[-1].event_type != EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED


async def test_a_bug_in_judging_holds_the_case_up_until_it_is_fixed_and_never_fails_it(
    docket: MakeDocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.steps._FIRST_PAUSE", timedelta(milliseconds=200))
    cases = docket()
    judge = cases.bench.apply
    tries = []

    def buggy(*given: object) -> object:
        tries.append(given)
        raise LookupError("a message that could hold anything")

    monkeypatch.setattr(cases.bench, "apply", buggy)
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        event_id = await cases.review(case_id)

        async def tried_again() -> bool:
            return len(tries) >= 2

        await eventually(tried_again, "another try")
        assert await cases.outcome(case_id, event_id) == ("pending", None)
        monkeypatch.setattr(cases.bench, "apply", judge)
        assert await cases.until_judged(case_id, event_id) == ("applied", None)
        await cases.concur(case_id)
        assert (await cases.until_ended(case_id)).stage == "closed"


async def test_a_worker_whose_clock_is_behind_the_server_waits_for_the_deadline_in_few_looks(
    docket: MakeDocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server wakes the run by its own clock; the record judges by the worker's."""
    looks = []
    cases: Docket = docket(window=timedelta(milliseconds=200), concurrence=frozenset())
    judge = cases.bench.apply

    def behind(connection: object, case_id: str, epoch: int, now: datetime, at_once: int) -> object:
        looks.append(now)
        late = now - timedelta(seconds=2) if len(looks) > 1 else now
        return judge(connection, case_id, epoch, late, at_once)  # type: ignore[arg-type]

    monkeypatch.setattr(cases.bench, "apply", behind)
    async with cases.working():
        case_id = await cases.receive()
        await cases.until_stage(case_id, "attorney_review")
        await cases.review(case_id)
        assert (await cases.until_ended(case_id)).stage == "closed"
    assert len(looks) < 10
