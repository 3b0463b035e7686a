"""The signed-in session: a signed cookie with staff data, an idle limit, and the token that each form must carry.

Screens ask for ``signed_in`` (a page) or ``posted_form`` (an act); both refuse by raising, and ``errors`` turns that
into a page. A form that passes neither reaches no screen.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from itsdangerous import BadSignature, TimestampSigner

from secondlook.cases.events import LARGEST_EVENT
from secondlook.web.people import Person

IDLE_SECONDS: Final = 12 * 3600
_RENEW_SECONDS: Final = 60
_OLDEST_TOKEN: Final = 2 * IDLE_SECONDS
_MOST_FIELDS: Final = 600
"""More than the 500 cases that are assigned at once, and what stands beside them."""


class NotSignedIn(Exception):
    """Nobody is signed in, or the session was idle for too long."""


class WrongToken(Exception):
    """A form came without the session's own token."""


class FormTooLarge(Exception):
    """A form's body is larger than any act may be."""


def signed_in(request: Request) -> Person:
    """The signed-in person. Raises NotSignedIn."""
    session = request.session
    try:
        person = Person.from_session(session["person"])
        idle = time.time() - float(session["seen"])
    except (KeyError, TypeError, ValueError):
        raise NotSignedIn from None
    if idle > IDLE_SECONDS:
        session.clear()
        raise NotSignedIn
    if idle > _RENEW_SECONDS and request.headers.get("X-Requested-With") != "refresh":
        session["seen"] = int(time.time())
    request.state.person = person
    return person


SignedIn = Annotated[Person, Depends(signed_in)]


@dataclass(frozen=True, slots=True)
class PostedForm:
    """A form's fields, as sent, with line ends unified; whoever reads a field checks it."""

    fields: tuple[tuple[str, str], ...]

    def one(self, name: str) -> str:
        """A field's value; empty where it is missing."""
        return next((value for field, value in self.fields if field == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """A repeated field's different values, in their order."""
        return tuple(dict.fromkeys(value for field, value in self.fields if field == name))


def new_token(secret: str, subject: str) -> str:
    """The token of a session's forms, which says whose it is to whoever has the secret."""
    return _tokens_of(secret, subject).sign(secrets.token_urlsafe(16)).decode()


def _tokens_of(secret: str, subject: str) -> TimestampSigner:
    return TimestampSigner(secret, salt=f"form {subject}")


def _is_theirs(token: str, person: Person, secret: str) -> bool:
    """Whether a form is of this session, or of one that the same person had today: what they wrote before they were
    signed out can be sent when they are back.
    """
    if hmac.compare_digest(token.encode(), person.csrf_token.encode()):
        return True
    try:
        _tokens_of(secret, person.subject).unsign(token, max_age=_OLDEST_TOKEN)
    except BadSignature:
        return False
    return True


async def read_form(request: Request) -> PostedForm:
    """The fields of a form, whoever sent it. Raises FormTooLarge."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_EVENT * 3:
            raise FormTooLarge
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise FormTooLarge from None
    return PostedForm(tuple((name, value.replace("\r\n", "\n").replace("\r", "\n")) for name, value in pairs))


async def posted_form(request: Request, person: SignedIn) -> PostedForm:
    """The form of a signed-in person. Raises NotSignedIn, WrongToken or FormTooLarge."""
    form = await read_form(request)
    if not _is_theirs(form.one("csrf_token"), person, request.app.state.form_secret):
        raise WrongToken
    return form


Posted = Annotated[PostedForm, Depends(posted_form)]
