"""A process that asks one source until it is killed: ``python -m tests.sources.one_source_worker``, run by a test."""

from __future__ import annotations

import asyncio
import sys

from secondlook.records.database import Database
from tests.sources.asking_docket import AskingDocket
from tests.sources.made_up import source
from tests.workflows.docket import connect_to


async def main(temporal: str, database_url: str, task_queue: str, address: str) -> None:
    docket = AskingDocket(Database(database_url), await connect_to(temporal), source(address, timeout=60.0))
    docket.task_queue = task_queue
    async with docket.asking():
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
