"""The operators' page and its files. Nobody sees a case here: ids are opaque, everything else is counts."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.background import BackgroundTask

from secondlook.records.counted import count_what_is_due
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.settings import Settings
from secondlook.web.ops.files import FILES, file_of
from secondlook.web.ops.health import SignInHealth
from secondlook.web.ops.numbers import Numbers, read
from secondlook.web.ops.view import ops_view
from secondlook.web.pages import message_page, page
from secondlook.web.permissions import OPERATES
from secondlook.web.record import Record, TheRecord

log = structlog.get_logger()


def routes(settings: Settings) -> APIRouter:
    """``/ops`` and below."""
    router = APIRouter(include_in_schema=False)
    sign_in = SignInHealth(settings.oidc_issuer)

    @router.get("/ops", dependencies=[OPERATES])
    async def ops(request: Request, record: TheRecord) -> HTMLResponse:
        """How everything is doing. Where nobody counted of late, it is counted once this page is sent."""
        numbers, answers = await asyncio.gather(_numbers(record), sign_in.answers())
        answer = page(request, "ops/ops.html", ops_view(numbers, answers, _kind(record)))
        if numbers.late:
            answer.background = BackgroundTask(_count, record)
        return answer

    @router.get("/ops/{name}.csv", dependencies=[OPERATES])
    async def file(request: Request, record: TheRecord, name: str) -> Response:
        """One chart's numbers."""
        numbers = await _numbers(record)
        if name not in FILES or numbers.now is None or numbers.days is None:
            return message_page(request, HTTPStatus.NOT_FOUND, "No such file", "There are no numbers of this name.")
        text = file_of(name, numbers.days.value, numbers.now.value, numbers.at)
        headers = {"Content-Disposition": f'attachment; filename="secondlook-{name}.csv"'}
        return Response(text, media_type="text/csv", headers=headers)

    return router


async def _numbers(record: Record) -> Numbers:
    """What is kept; where there is nothing yet, it is counted first."""
    numbers = await record.read(read)
    if numbers.uncounted:
        await _count(record)
        numbers = await record.read(read)
    return numbers


def _kind(record: Record) -> str:
    return "SQLite" if record.database.sqlite else "PostgreSQL"


async def _count(record: Record) -> None:
    """Trouble is logged: the page says how old its numbers are."""
    try:
        await count_what_is_due(record.database)
    except (DatabaseUnavailable, UnitFailed) as problem:
        log.warning("the record cannot be counted now", error=str(problem))
