"""One small HTTP endpoint a process: ``/metrics`` (ours and the SDK's together), ``/healthz``, ``/readyz``."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

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
            # The SDK's endpoint comes up a moment after ours, and it is this machine's own: no proxy is between.
            with suppress(httpx.HTTPError):
                async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                    body += (await client.get(sdk_metrics)).content
        return Response(body, media_type=CONTENT_TYPE_LATEST)

    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        reasons = await not_ready()
        return JSONResponse({"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200)

    return Starlette(routes=[Route("/metrics", show_metrics), Route("/healthz", alive), Route("/readyz", ready)])


async def serve(app: Starlette, listening: socket.socket, stop: asyncio.Event) -> None:
    """Serve until stopped. Raises RuntimeError where it ends before."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    )
    serving = asyncio.create_task(server._serve([listening]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving
    if not stop.is_set():
        raise RuntimeError("the metrics endpoint ended")
