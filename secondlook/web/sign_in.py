"""Signing in and out with OpenID Connect. The only way in, under ``up`` and in tests as in production.

The provider's description is fetched when somebody first signs in, so the provider may start later or be down: that
gives a page which says so. Nothing of the provider's answers is logged.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
import structlog
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from secondlook.loopback import on_loopback
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.records.work import people
from secondlook.settings import Settings
from secondlook.web.pages import message_page
from secondlook.web.people import LONGEST_SUBJECT, Person, offices_in, roles_in
from secondlook.web.permissions import EVERYBODY, SIGNED_IN
from secondlook.web.record import Record, record_of
from secondlook.web.sessions import NotSignedIn, Posted, new_token, signed_in

log = structlog.get_logger()

_STATE = "_state_"


class SignInFailed(Exception):
    """The provider's answer cannot be used."""


def local_path(wanted: str) -> str:
    """Where to go after sign-in: a path of this application, else the start page. Never another host."""
    plain = wanted.isprintable() and "\\" not in wanted
    if not plain or not wanted.startswith("/") or wanted.startswith(("//", "/sign-")):
        return "/"
    return wanted


def routes(settings: Settings) -> APIRouter:
    """The addresses below ``/sign-in`` and ``/sign-out``."""
    router = APIRouter(include_in_schema=False)
    provider = _provider(settings)

    @router.get("/sign-in", dependencies=[EVERYBODY])
    async def sign_in(request: Request, next: str = "/") -> Response:
        wanted = local_path(next)
        try:
            signed_in(request)
        except NotSignedIn:
            pass
        else:
            return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)
        if provider is None:
            return _unavailable(request, "No sign-in provider is configured (SECONDLOOK_OIDC_ISSUER).")
        for name in [name for name in request.session if name.startswith(_STATE)]:
            del request.session[name]
        request.session["wanted"] = wanted
        back = (settings.public_url or str(request.base_url)).rstrip("/") + "/sign-in/callback"
        try:
            answer: Response = await provider.authorize_redirect(request, back)
        except Exception as problem:
            # Authlib raises whatever a provider's malformed description makes of it, TypeError and AttributeError too.
            log.warning("sign_in.provider_unusable", error=type(problem).__name__)
            return _unavailable(request, "The sign-in provider cannot be reached.")
        return answer

    @router.get("/sign-in/callback", dependencies=[EVERYBODY])
    async def callback(request: Request) -> Response:
        if provider is None:
            return _unavailable(request, "No sign-in provider is configured (SECONDLOOK_OIDC_ISSUER).")
        try:
            token = await provider.authorize_access_token(request)
        except httpx.HTTPError:
            return _unavailable(request, "The sign-in provider cannot be reached.")
        except Exception as problem:
            # As above: a token of null, a list for an answer, a key of no known kind. None of it is a bug of ours.
            log.warning("sign_in.answer_unusable", error=type(problem).__name__)
            return _failed(request)
        try:
            person = _person(settings, token.get("userinfo"), request.app.state.form_secret)
        except SignInFailed:
            return _failed(request)
        wanted = local_path(str(request.session.get("wanted", "/")))
        request.session.clear()
        request.session["person"] = person.to_session()
        request.session["seen"] = int(time.time())
        await _note(record_of(request), person)
        return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)

    @router.post("/sign-out", dependencies=[SIGNED_IN])
    async def sign_out(request: Request, form: Posted) -> Response:  # noqa: ARG001
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


def _provider(settings: Settings) -> Any | None:  # authlib ships no types
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return OAuth().register(
        "provider",
        server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "timeout": 10,
            # `up`'s own provider is asked directly, another may be behind the environment's proxy.
            "trust_env": not on_loopback(settings.oidc_issuer),
        },
    )


def _person(settings: Settings, claims: object, secret: str) -> Person:
    if not isinstance(claims, Mapping):
        raise SignInFailed
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip() or len(subject) > LONGEST_SUBJECT:
        raise SignInFailed
    name = claims.get("name")
    return Person(
        subject=subject,
        name=name[:LONGEST_SUBJECT] if isinstance(name, str) and name.strip() else subject,
        roles=roles_in(claims.get(settings.oidc_roles_claim)),
        offices=offices_in(claims.get(settings.oidc_offices_claim)),
        csrf_token=new_token(secret, subject),
    )


async def _note(record: Record, person: Person) -> None:
    """Keep the name beside the subject. Signing in does not wait for the record: they are noted another time."""
    known = people.Known(person.subject, person.name, person.roles, person.offices)
    with suppress(DatabaseUnavailable, UnitFailed):
        await record.database.write(lambda connection: people.saw(connection, known, datetime.now(UTC)))


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
