"""Signing in and out with OpenID Connect. The only way in, under ``up`` and in tests as in production.

The provider's description is fetched when somebody first signs in, so the provider may start later or be down: that
gives a page which says so.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from secondlook import metrics
from secondlook.loopback import on_loopback
from secondlook.records.work import people, sessions
from secondlook.settings import Settings
from secondlook.web.pages import message_page
from secondlook.web.permissions import EVERYBODY, SIGNED_IN
from secondlook.web.provider import NotVouchedFor, Provider, ProviderAway
from secondlook.web.record import TheRecord
from secondlook.web.sessions import HELD_AS, NotSignedIn, NotVouched, Posted, new_token, signed_in

log = structlog.get_logger()

_STATE = "_state_"
_WANTED: Final = "wanted"


def local_path(wanted: str) -> str:
    """Where to go after sign-in: a path of this application, else the start page. Never another host."""
    plain = wanted.isprintable() and "\\" not in wanted
    if not plain or not wanted.startswith("/") or wanted.startswith(("//", "/sign-")):
        return "/"
    return wanted


def routes(settings: Settings, provider: Provider | None) -> APIRouter:
    """The addresses below ``/sign-in`` and ``/sign-out``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in", dependencies=[EVERYBODY])
    async def sign_in(request: Request, next: str = "/") -> Response:
        wanted = local_path(next)
        try:
            await signed_in(request)
        except (NotSignedIn, NotVouched):
            pass
        else:
            return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
        if provider is None:
            return _unavailable(request, "No sign-in provider is configured (SECONDLOOK_OIDC_ISSUER).")
        here = settings.public_url or (str(request.base_url) if on_loopback(str(request.base_url)) else None)
        if here is None:
            log.warning("sign_in.no_public_url")
            return _unavailable(request, "This address is not set as the application's own (SECONDLOOK_PUBLIC_URL).")
        for name in [name for name in request.session if name.startswith(_STATE)]:
            del request.session[name]
        request.session[_WANTED] = wanted
        try:
            return await provider.send_there(request, here.rstrip("/") + "/sign-in/callback")
        except ProviderAway as problem:
            return _away(request, problem)

    @router.get("/sign-in/callback", dependencies=[EVERYBODY])
    async def callback(request: Request, record: TheRecord) -> Response:
        if provider is None:
            return _unavailable(request, "No sign-in provider is configured (SECONDLOOK_OIDC_ISSUER).")
        try:
            who, tokens = await provider.came_back(request)
        except ProviderAway as problem:
            return _away(request, problem)
        except NotVouchedFor as problem:
            log.warning("sign_in.refused", reason=str(problem))
            metrics.sign_ins.labels("refused").inc()
            return _failed(request)
        wanted, now = local_path(str(request.session.get(_WANTED, "/"))), datetime.now(UTC)
        secret, form_token = secrets.token_urlsafe(32), new_token(request.app.state.form_secret, who.subject)

        def begin(connection: Connection) -> None:
            sessions.begin(connection, record.vault, secret, who, form_token, tokens, now)
            people.saw(connection, who, now)

        await record.write(begin)
        metrics.sign_ins.labels("signed_in").inc()
        request.session.clear()
        request.session[HELD_AS] = secret
        return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)

    @router.get("/session", dependencies=[SIGNED_IN])
    async def left(request: Request) -> dict[str, int]:
        """For how many more seconds the session goes on if nothing is done."""
        idle = sessions.IDLE - (datetime.now(UTC) - request.state.session.seen_at)
        return {"seconds": max(0, int(idle.total_seconds()))}

    @router.post("/session", dependencies=[SIGNED_IN])
    async def stay(form: Posted) -> Response:  # noqa: ARG001
        """They are still there: being asked is enough for the session to go on."""
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @router.post("/sign-out", dependencies=[SIGNED_IN])
    async def sign_out(request: Request, record: TheRecord, form: Posted) -> Response:  # noqa: ARG001
        session = request.state.session
        await record.write(lambda connection: sessions.end(connection, session))
        request.session.clear()
        return RedirectResponse("/signed-out", HTTPStatus.SEE_OTHER)

    @router.get("/signed-out", dependencies=[EVERYBODY])
    async def signed_out(request: Request) -> HTMLResponse:
        return message_page(
            request,
            HTTPStatus.OK,
            "You are signed out",
            "Your session with Second Look has ended.",
            link=("/sign-in", "Sign in"),
        )

    return router


def _away(request: Request, problem: ProviderAway) -> HTMLResponse:
    log.warning("sign_in.provider_unusable", error=str(problem))
    metrics.sign_ins.labels("provider_away").inc()
    return _unavailable(request, "The sign-in provider cannot be reached.")


def _failed(request: Request) -> HTMLResponse:
    return message_page(
        request,
        HTTPStatus.BAD_REQUEST,
        "Sign-in did not succeed",
        "The sign-in provider refused, its answer could not be used, or it came too late.",
        link=("/sign-in", "Sign in again"),
    )


def _unavailable(request: Request, why: str) -> HTMLResponse:
    return message_page(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Sign-in is not available",
        f"{why} Nothing of your work is lost. Try again in a minute; if it stays so, tell the operators.",
        link=("/sign-in", "Try again"),
    )
