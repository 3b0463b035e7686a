"""Record histories of cases that sources were asked about, beside the others that ``test_replay`` replays.

``python -m tests.sources.record_histories`` adds them; see ``tests.workflows.record_histories``.
"""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from secondlook import __version__
from secondlook.records.database import Database
from secondlook.records.migrate import upgrade
from secondlook.sources.stand_in import StandIn
from tests.sources.asking_docket import AskingDocket
from tests.sources.made_up import source, standing_in
from tests.workflows.docket import connect_to
from tests.workflows.record_histories import HISTORIES, _server
from workers.bootstrap import prepare_temporal

_CHECKOUT = f"{Path(__file__).parents[2]}/"


async def record() -> None:
    """One case whose two sources answer, and one whose source stays silent, is asked again and answers."""
    records = StandIn()
    with tempfile.TemporaryDirectory() as name, _server(Path(name)) as address:
        client = await connect_to(address)
        await prepare_temporal(client)
        database = Database(f"sqlite:///{Path(name) / 'secondlook.db'}")
        upgrade(database)
        async with standing_in(records) as at:
            asked = source(at, ask_again=timedelta(milliseconds=100))
            cases = AskingDocket(database, client, asked, source(at, name="schools", facts=("education",)))
            async with cases.working(), cases.asking():
                await _write(cases, "sources-answered", await _closed(cases, await cases.receive()))
            cases = AskingDocket(database, client, asked)
            async with cases.working(), cases.asking():
                records.status = 404
                case_id = await cases.receive()
                await cases.until_stage(case_id, "attorney_review")
                records.status = 200
                await cases.ask_again()
                await cases.until_fact(case_id, "prior_removals", 0)
                await _write(cases, "source-silent", await _closed(cases, case_id))
        database.close()


async def _closed(cases: AskingDocket, case_id: str) -> str:
    await cases.until_stage(case_id, "attorney_review")
    await cases.review(case_id, version=await cases.version(case_id))
    await cases.until_stage(case_id, "supervisor_review")
    await cases.concur(case_id)
    await cases.until_ended(case_id)
    return case_id


async def _write(cases: AskingDocket, path: str, case_id: str) -> None:
    for number, history in enumerate(await cases.histories(case_id), 1):
        # A failed ask holds a stack, and that the folders of this machine.
        text = history.to_json().replace(_CHECKOUT, "")
        (HISTORIES / f"{__version__}-{path}-{number}.json").write_text(text + "\n")


if __name__ == "__main__":
    asyncio.run(record())
