"""The connection to Temporal, from Temporal's own variables and profile file. Used by every process here."""

from __future__ import annotations

import asyncio

import structlog
from temporalio.client import Client, GrpcCompression
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from workers.plugin import plugin

log = structlog.get_logger()

_LOOPBACK = ("127.", "localhost", "[::1]")


async def connect(runtime: Runtime | None = None, *, guarded: bool = False) -> Client:
    """Connect once. Raises RuntimeError or RPCError where the server does not answer.

    ``guarded``: workers of this client run their workflows in the sandbox.
    """
    profile = ClientConfig.load_client_connect_config()
    profile.setdefault("target_host", "127.0.0.1:7233")
    loopback = str(profile["target_host"]).startswith(_LOOPBACK)
    compression = GrpcCompression.NONE if loopback else GrpcCompression.GZIP
    return await Client.connect(
        **profile, plugins=[plugin(guarded=guarded)], runtime=runtime, grpc_compression=compression
    )


async def connect_when_up(
    stop: asyncio.Event, runtime: Runtime | None = None, *, guarded: bool = False
) -> Client | None:
    """Connect, trying again until it works; None when told to stop first."""
    wait = 0.2
    while not stop.is_set():
        try:
            return await connect(runtime, guarded=guarded)
        except (RPCError, RuntimeError):
            log.warning("Temporal does not answer yet", seconds=wait)
            if await stopped_within(stop, wait):
                return None
            wait = min(wait * 2, 5.0)
    return None


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for the stop signal for so long; whether it came."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
