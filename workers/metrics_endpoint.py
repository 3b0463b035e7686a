"""One small HTTP endpoint a process: ``/metrics`` (ours and the SDK's together), ``/healthz``, ``/readyz``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from secondlook import metrics

Readiness = Callable[[], Awaitable[dict[str, str]]]


async def _always_ready() -> dict[str, str]:
    return {}


def endpoint(sdk_metrics: str | None = None, not_ready: Readiness = _always_ready) -> Starlette:
    """``sdk_metrics`` is the address of the SDK's own endpoint; ``not_ready`` answers reasons by name."""

    async def show_metrics(_request: Request) -> Response:
        body = generate_latest(metrics.registry)
        if sdk_metrics is not None:
            async with httpx.AsyncClient(timeout=2) as client:
                body += (await client.get(sdk_metrics)).content
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        reasons = await not_ready()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200)

    return Starlette(routes=[Route("/metrics", show_metrics), Route("/healthz", alive), Route("/readyz", ready)])


async def serve(app: Starlette, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until stopped; the port must be free."""
    server = uvicorn.Server(
        uvicorn.Config(
            app, host=host, port=port, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    await stop.wait()
    server.should_exit = True
    await serving
