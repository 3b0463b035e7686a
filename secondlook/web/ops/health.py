"""Whether the sign-in provider answers, asked for the operators' page: seldom, briefly, and once for all who look."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import httpx

from secondlook.loopback import on_loopback

_SECONDS: Final = 2.0
_FOR_SECONDS: Final = 20.0


class SignInHealth:
    """The provider's description is fetched as at a sign-in. ``issuer`` None: none is configured."""

    def __init__(self, issuer: str | None) -> None:
        self._issuer = issuer
        self._answers: bool | None = None
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def answers(self) -> bool | None:
        """Whether it does; None where there is no provider."""
        if self._issuer is None:
            return None
        async with self._asking:
            if time.monotonic() >= self._until:
                self._answers = await self._ask(self._issuer)
                self._until = time.monotonic() + _FOR_SECONDS
        return self._answers

    async def _ask(self, issuer: str) -> bool:
        address = issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            async with httpx.AsyncClient(timeout=_SECONDS, trust_env=not on_loopback(issuer)) as client:
                return (await client.get(address)).status_code == httpx.codes.OK
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
