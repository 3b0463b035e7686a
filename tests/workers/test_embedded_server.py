"""The embedded server without the indexes that nobody reads: cases go through, and runs are listed by stage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from secondlook.records.database import Database
from tests.conftest import eventually
from tests.workers.conftest import OwnServer
from tests.workflows.docket import Docket, connect_to
from workers.bootstrap import prepare_temporal
from workers.temporal_server import shed_indexes
from workflows.messages import CASE_STAGE, OFFICE, RULESET, workflow_id


def indexes_of_the_list(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "temporal.db")) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {name for (name,) in rows if name == "default_idx" or name.startswith("by_")}


@pytest.mark.slow
async def test_a_running_server_sheds_its_unread_indexes_once_and_lists_runs_by_stage(
    database: Database, own_server: OwnServer
) -> None:
    client = await connect_to(own_server.address)
    await prepare_temporal(client)
    before = indexes_of_the_list(own_server.folder)
    shed = await shed_indexes(own_server.folder, client)
    kept = indexes_of_the_list(own_server.folder)
    assert shed == len(before) - len(kept) > 40
    assert {"default_idx", "by_workflow_id", "by_workflow_type", "by_status"} < kept
    assert sum(name.startswith("by_keyword_") for name in kept) == len((CASE_STAGE, OFFICE, RULESET))
    assert await shed_indexes(own_server.folder, client) == 0

    cases = Docket(database, client)
    async with cases.working():
        waiting, closed = await cases.receive(), await cases.receive()
        await cases.until_stage(waiting, "attorney_review")
        await cases.until_stage(closed, "attorney_review")
        await cases.review(closed)
        await cases.until_stage(closed, "supervisor_review")
        await cases.concur(closed)
        await cases.until_stage(closed, "closed")

    async def listed(query: str) -> list[str]:
        return [run.id async for run in client.list_workflows(query)]

    async def both_listed() -> bool:
        return await listed("CaseStage = 'attorney_review'") == [workflow_id(waiting)] and await listed(
            "CaseStage = 'closed' AND ExecutionStatus = 'Completed' AND Office = 'BAL'"
        ) == [workflow_id(closed)]

    await eventually(both_listed, "each run listed under its stage")
