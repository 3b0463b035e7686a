"""Record the histories that ``test_replay`` replays: run ``python -m tests.workflows.record_histories`` to add them.

Histories of an earlier release stay: new ones are written beside them under this release's number. Only a path whose
histories no deployed release made may be deleted.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from secondlook import __version__
from secondlook.records.database import Database
from secondlook.records.migrate import upgrade
from tests.workflows.docket import Docket, connect_to
from tests.workflows.paths import PATHS
from workers import temporal_server
from workers.bootstrap import prepare_temporal
from workers.ports import free_port

HISTORIES = Path(__file__).with_name("histories")


async def record() -> None:
    """Walk every path once and write each run's history."""
    with tempfile.TemporaryDirectory() as name, _server(Path(name)) as address:
        client = await connect_to(address)
        await prepare_temporal(client)
        database = Database(f"sqlite:///{Path(name) / 'secondlook.db'}")
        upgrade(database)
        for path in PATHS:
            cases = Docket(database, client, **path.settings)  # type: ignore[arg-type]
            async with cases.working():
                case_id = await cases.receive()
                await cases.until_stage(case_id, "attorney_review")
                await path.walk(cases, case_id)
            for number, history in enumerate(await cases.histories(case_id), 1):
                file = HISTORIES / f"{__version__}-{path.name}-{number}.json"
                file.write_text(history.to_json() + "\n")
        database.close()


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [
        *temporal_server.command(temporal_server.program(), folder, port, free_port(), free_port()),
        "--headless",
        "--dynamic-config-value=limit.historyCount.suggestContinueAsNew=40",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    asyncio.run(record())
