"""Around every answer: security headers, and how many and how fast. Installed outermost by ``app``.

Pages may be kept by nobody (``no-store``); only static files, whose addresses hold their digest, are kept.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from secondlook import metrics
from secondlook.web.errors import no_view, unexpected

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_LONGEST_PATH: Final = 2_000
_KEPT: Final = "public, max-age=31536000, immutable"


class Answering:
    """ASGI middleware. ``secure`` adds HSTS, for an application that people reach over https."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=63072000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status = 500
        begun = False
        asked = scope["method"]
        if asked == "HEAD":
            # Answered as GET by whatever answers GET; the body stays here.
            scope["method"] = "GET"

        async def answered(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                static = scope["path"].startswith("/static/") and status < 400
                headers["Cache-Control"] = _KEPT if static else "no-store"
            elif asked == "HEAD" and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            refused = _odd(scope)
            if refused is not None:
                await no_view(Request(scope), refused)(scope, receive, answered)
                return
            await self._app(scope, receive, answered)
        except Exception:
            if not begun:
                await unexpected(Request(scope))(scope, receive, answered)
            raise
        finally:
            route = _route(scope)
            metrics.http_requests.labels(asked if route != "unmatched" else "", route, str(status)).inc()
            metrics.http_seconds.labels(route).observe(time.monotonic() - started)


def _odd(scope: Scope) -> HTTPStatus | None:
    """How to answer an address that no view could mean anything by, and that a database may refuse to look up."""
    if not scope["path"].isprintable() or len(scope["path"]) > _LONGEST_PATH:
        return HTTPStatus.NOT_FOUND
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="replace")
    if any(not text.isprintable() for pair in query for text in pair):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return None


def _route(scope: Scope) -> str:
    """The route's pattern, never the address: that would put case ids into labels."""
    if scope["path"].startswith("/static/"):
        return "/static"
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unmatched"
