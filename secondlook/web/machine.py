"""What machines ask of the web process: events in, liveness, readiness, metrics. The only part that ``/openapi.json``
describes. Its answers hold codes and counts, never case data.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from secondlook import metrics
from secondlook.records import migrate
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.web.permissions import EVERYBODY
from secondlook.web.record import Record


def routes(record: Record) -> APIRouter:
    """``/healthz``, ``/readyz`` and ``/metrics``."""
    router = APIRouter()

    @router.get("/healthz", dependencies=[EVERYBODY])
    async def healthz() -> JSONResponse:
        """The process runs."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", dependencies=[EVERYBODY], responses={503: {"description": "Not ready; the reasons say why"}})
    async def readyz() -> JSONResponse:
        """The database is there and has this release's tables."""
        reasons = await asyncio.to_thread(_not_ready_because, record)
        if reasons:
            return JSONResponse({"status": "not ready", "reasons": reasons}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"status": "ready", "reasons": []})

    @router.get("/metrics", dependencies=[EVERYBODY])
    async def prometheus() -> Response:
        """Metrics in Prometheus' text format."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _not_ready_because(record: Record) -> list[str]:
    try:
        current = migrate.fits(record.database)
    except DatabaseUnavailable as problem:
        return [f"database: {problem.code}"]
    except UnitFailed:
        return ["database: a read failed"]
    if not current:
        return ["database: the tables are not those of this release; run secondlook bootstrap"]
    return [] if record.keyring.entered else ["keys: not compared with the record's yet"]
