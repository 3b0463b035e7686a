"""Each line that is logged within an activity says whose case it is about."""

from __future__ import annotations

from typing import Any

from structlog.contextvars import get_contextvars
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from workers.context import LogContext
from workflows.messages import CaseTurn, SourceTurn


class _Within(ActivityInboundInterceptor):
    """The activity: what a line logged within it would say besides its words."""

    def __init__(self) -> None:
        pass

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        return get_contextvars()


async def said_within(*args: object) -> dict[str, object]:
    around = LogContext().intercept_activity(_Within())

    async def run() -> Any:
        return await around.execute_activity(ExecuteActivityInput(lambda: None, args, None, {}))

    said: dict[str, object] = await ActivityEnvironment().run(run)
    assert get_contextvars() == {}, "it stays bound after the activity"
    return said


async def test_a_turn_names_its_case_and_its_event() -> None:
    said = await said_within(CaseTurn(case_id="c_1", epoch=1, event_id="e_1"))
    assert (said["case_id"], said["event_id"], said["attempt"]) == ("c_1", "e_1", 1)


async def test_an_ask_of_a_source_names_its_case() -> None:
    said = await said_within(SourceTurn(case_id="c_1", epoch=1, source="records", number=0))
    assert said["case_id"] == "c_1"
    assert "event_id" not in said


async def test_other_input_binds_nothing_of_itself() -> None:
    assert set(await said_within("Doe, A000000001", {"case_id": "c_1"})) == {"activity", "attempt"}
