"""Runs ``secondlook audit verify`` beside the web process and keeps what it finds. The audit page starts it.

A process of its own, with low priority: telling 300,000 cases again takes a minute of one core, which nobody's page may
wait for. It has an hour at most and ends with the web process; whoever dies with it leaves a lease that runs out.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import orjson
import structlog

from secondlook.records import acts, checking
from secondlook.records.checking import Running
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.settings import Settings
from secondlook.web.record import Record

log = structlog.get_logger()

_PROGRAM: Final = "import os; os.nice(10); from secondlook.cli import main; main()"
_RENEW_SECONDS: Final = 20.0
_LONGEST_SECONDS: Final = 3600.0
_NAMED: Final = 20


async def verify(record: Record, settings: Settings, started: Running) -> None:
    """Verify, and write down what came of it. The lease is held already."""
    kind, detail = acts.VERIFY_FAILED, dict[str, object](why="stopped")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM, "audit", "verify", "--json"),
        env=os.environ | _environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        kind, detail = await _outcome(record, process, started)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(_write(record, started, kind, detail))


async def _outcome(
    record: Record, process: asyncio.subprocess.Process, started: Running
) -> tuple[str, dict[str, object]]:
    reading = asyncio.create_task(process.communicate())
    while not (await asyncio.wait([reading], timeout=_RENEW_SECONDS))[0]:
        now = datetime.now(UTC)
        if (now - started.since).total_seconds() > _LONGEST_SECONDS:
            process.kill()
            await reading
            return acts.VERIFY_FAILED, {"why": "took_too_long"}
        with suppress(DatabaseUnavailable, UnitFailed):
            await record.database.write(lambda connection, now=now: checking.renew(connection, started, now))  # type: ignore[misc]
    said, _ = reading.result()
    try:
        found = orjson.loads(said)
        broken = [dict(each) for each in found["broken"]]
        return acts.VERIFIED, {
            "cases": int(found["cases"]),
            "entries": int(found["entries"]),
            "unbound": int(found["unbound"]),
            "checkpoint": found["checkpoint"],
            "broken": len(broken),
            "first": broken[:_NAMED],
            "seconds": round((datetime.now(UTC) - started.since).total_seconds()),
        }
    except (ValueError, KeyError, TypeError):
        # It said why at its standard error, which may quote a setting: the command at a terminal says it again.
        return acts.VERIFY_FAILED, {"why": "no_answer", "exit": process.returncode}


async def _write(record: Record, started: Running, kind: str, detail: dict[str, object]) -> None:
    try:
        await record.database.write(
            lambda connection: checking.end(connection, record.vault, started, kind, detail, datetime.now(UTC))
        )
    except (DatabaseUnavailable, UnitFailed) as problem:
        log.error("what a verification found cannot be written down", error=str(problem))


def _environment(settings: Settings) -> Mapping[str, str]:
    """What this process has of its settings, for one that has to look at the same record."""
    given = {
        "SECONDLOOK_DATA": str(settings.data),
        "SECONDLOOK_DATABASE_URL": settings.url,
    }
    if settings.encryption_keys is not None:
        given["SECONDLOOK_ENCRYPTION_KEYS"] = settings.encryption_keys.get_secret_value()
    if settings.checkpoint_key is not None:
        given["SECONDLOOK_CHECKPOINT_KEY"] = settings.checkpoint_key.get_secret_value()
    if settings.checkpoints is not None:
        given["SECONDLOOK_CHECKPOINTS"] = str(settings.checkpoints)
    return given
