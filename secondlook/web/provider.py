"""The OpenID Connect provider: how people are sent to it, and what it says of them, at sign-in and while they work.

Signatures are taken by RS256 and ES256 alone, whatever its description offers. Nothing of its answers is logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import Request
from fastapi.responses import Response

from secondlook.loopback import on_loopback
from secondlook.records.work.people import Known
from secondlook.records.work.sessions import Session, Tokens
from secondlook.settings import Settings
from secondlook.web.people import LONGEST_SUBJECT, offices_in, roles_in

_SIGNATURES: Final = ("RS256", "ES256")
_LONGEST_TOKEN: Final = 16_000
_SUPPORTED: Final = "id_token_signing_alg_values_supported"


class ProviderAway(Exception):
    """The provider does not answer, or not as one does; what it said before may still hold."""


class NotVouchedFor(Exception):
    """The provider's answer is that this person is not, or no longer, signed in, or the answer cannot be used."""


class Provider:
    """One provider, described by its issuer's document, which is fetched when it is first needed."""

    def __init__(self, settings: Settings, issuer: str) -> None:
        secret = settings.oidc_client_secret
        self._roles, self._offices = settings.oidc_roles_claim, settings.oidc_offices_claim
        self._client: Any = OAuth().register(  # authlib ships no types
            "provider",
            server_metadata_url=issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            client_kwargs={
                "scope": "openid profile",
                "code_challenge_method": "S256",
                "timeout": 10,
                # `up`'s own provider is asked directly, another may be behind the environment's proxy.
                "trust_env": not on_loopback(issuer),
            },
        )

    async def send_there(self, request: Request, back: str) -> Response:
        """The redirect to the provider. Raises ProviderAway."""
        try:
            await self._described()
            answer: Response = await self._client.authorize_redirect(request, back)
        except Exception as problem:
            # Authlib raises whatever a provider's malformed description makes of it, TypeError and AttributeError too.
            raise ProviderAway(type(problem).__name__) from None
        return answer

    async def came_back(self, request: Request) -> tuple[Known, Tokens]:
        """Who came back, as it tells them, and its tokens. Raises ProviderAway or NotVouchedFor."""
        try:
            await self._described()
            token = await self._client.authorize_access_token(request)
        except httpx.HTTPError as problem:
            raise ProviderAway(type(problem).__name__) from None
        except Exception as problem:
            # As above: a token of null, a list for an answer, a key of no known kind. None of it is a bug of ours.
            raise NotVouchedFor(type(problem).__name__) from None
        return self._told(token.get("userinfo")), _tokens(token)

    async def ask_again(self, session: Session) -> tuple[Known, Tokens]:
        """What it says of somebody now. Raises ProviderAway, or NotVouchedFor where it does not stand by them."""
        try:
            await self._described()
            token: dict[str, object] = {"access_token": session.tokens.access, "token_type": "Bearer"}
            if session.tokens.refresh:
                token = await self._refreshed(session.tokens.refresh)
            said = await self._client.userinfo(token=token)
        except httpx.HTTPStatusError as problem:
            if problem.response.status_code in (400, 401, 403):
                raise NotVouchedFor("withdrawn") from None
            raise ProviderAway(type(problem).__name__) from None
        except AuthlibBaseError as problem:
            raise NotVouchedFor(type(problem).__name__) from None
        except Exception as problem:
            raise ProviderAway(type(problem).__name__) from None
        who = self._told(said)
        if who.subject != session.who.subject:
            raise NotVouchedFor("another_subject")
        tokens = _tokens(token)
        return who, Tokens(tokens.access, tokens.refresh or session.tokens.refresh)

    async def _refreshed(self, refresh: str) -> dict[str, object]:
        metadata = await self._client.load_server_metadata()
        async with self._client._get_oauth_client(**metadata) as client:
            token: dict[str, object] = await client.refresh_token(metadata["token_endpoint"], refresh_token=refresh)
        return token

    async def _described(self) -> None:
        """Have the description, with the signatures that count here and no others."""
        metadata = await self._client.load_server_metadata()
        offered = metadata.get(_SUPPORTED) or ["RS256"]
        metadata[_SUPPORTED] = [name for name in _SIGNATURES if name in offered] or ["RS256"]

    def _told(self, said: object) -> Known:
        if not isinstance(said, Mapping):
            raise NotVouchedFor("no_claims")
        subject, name = said.get("sub"), said.get("name")
        if not isinstance(subject, str) or not subject.strip() or len(subject) > LONGEST_SUBJECT:
            raise NotVouchedFor("no_subject")
        known = name[:LONGEST_SUBJECT] if isinstance(name, str) and name.strip() else subject
        return Known(subject, known, roles_in(said.get(self._roles)), offices_in(said.get(self._offices)))


def _tokens(token: Mapping[str, object]) -> Tokens:
    access, refresh = token.get("access_token"), token.get("refresh_token")
    kept = [each if isinstance(each, str) and len(each) <= _LONGEST_TOKEN else "" for each in (access, refresh)]
    return Tokens(*kept)
