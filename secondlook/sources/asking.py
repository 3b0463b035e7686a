"""How a source is asked: one HTTPS request with the identity in its body, and an answer that is trusted in nothing.

Called by ``activities.asking``. It must never put an identity or a token into an address, a log or an error, nor let
through a fact that the source is not configured for.

The request is ``{"a_number", "nta_date", "facts": [names]}``, the answer ``{"facts": {...}}`` as INTERFACES section 2
writes facts. A fact that the answer leaves out is one that the source does not have.
"""

from __future__ import annotations

import asyncio
from datetime import date

import httpx

from secondlook.cases.events import LARGEST_EVENT
from secondlook.cases.facts import Invalid, parse_facts
from secondlook.intake.json_text import Malformed, decode
from secondlook.loopback import on_loopback
from secondlook.sources.configured import Source

_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})


class SourceFailed(Exception):
    """The source gave no usable answer; ``code`` says how. ``passing``: the same ask may succeed soon."""

    def __init__(self, code: str, *, passing: bool) -> None:
        super().__init__(code)
        self.code, self.passing = code, passing


def client_of(source: Source, token: str) -> httpx.AsyncClient:
    """The client for one source; it follows no redirect, which would carry the token elsewhere."""
    return httpx.AsyncClient(
        timeout=source.timeout.total_seconds(),
        trust_env=not on_loopback(source.address),
        headers={"Authorization": f"Bearer {token}"},
        limits=httpx.Limits(max_connections=source.at_once, max_keepalive_connections=source.at_once),
    )


async def ask(
    client: httpx.AsyncClient, source: Source, a_number: str, nta_date: str, today: date
) -> dict[str, object]:
    """Every fact that the source is configured for: what it answered, else that it has none. Raises SourceFailed."""
    request = {"a_number": a_number, "nta_date": nta_date, "facts": list(source.facts)}
    body = bytearray()
    try:
        async with (
            asyncio.timeout(source.timeout.total_seconds()),
            client.stream("POST", source.address, json=request) as response,
        ):
            async for part in response.aiter_bytes():
                body += part
                if len(body) > LARGEST_EVENT:
                    raise SourceFailed("answer_too_large", passing=False)
    except (TimeoutError, httpx.TimeoutException):
        raise SourceFailed("timeout", passing=True) from None
    except httpx.HTTPError as problem:
        raise SourceFailed(f"unreachable ({type(problem).__name__})", passing=True) from None
    if response.status_code != 200:
        passing = response.status_code >= 500 or response.status_code in _WORTH_ANOTHER_TRY
        raise SourceFailed(f"status {response.status_code}", passing=passing)
    return _checked(bytes(body), source, today)


def _checked(body: bytes, source: Source, today: date) -> dict[str, object]:
    try:
        answer = decode(body)
        if not isinstance(answer, dict) or set(answer) != {"facts"}:
            raise SourceFailed("answer_invalid", passing=False)
        facts = parse_facts(answer["facts"])
    except (Malformed, Invalid):
        raise SourceFailed("answer_invalid", passing=False) from None
    if not set(facts) <= set(source.facts):
        raise SourceFailed("answer_not_asked_for", passing=False)
    return {name: _signed(facts[name], source, today) if name in facts else _NONE for name in source.facts}


_NONE = {"unknown": "no_source"}


def _signed(fact: object, source: Source, today: date) -> object:
    """The fact, saying where it comes from: the source's name, whatever it calls itself, and when it was seen.

    What it does not know is signed as well: a source can take back what it said itself, and nothing of others.
    """
    if isinstance(fact, dict) and "unknown" in fact:
        return {**fact, "source": source.name}
    known = fact if isinstance(fact, dict) and "value" in fact else {"value": fact}
    return {"observed_at": today.isoformat(), **known, "source": source.name}
