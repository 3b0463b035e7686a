"""Whoever is signed in, and the token that each of their forms must carry.

The browser holds a random secret in a signed cookie, and from which lists it came to cases (``queue.beside``);
everything else stands in the session's row. Screens ask for ``signed_in`` (a page) or ``posted_form`` (an act); both
refuse by raising, and ``errors`` turns that into a page. A form that passes neither reaches no screen.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from fastapi import Depends, Request
from itsdangerous import BadSignature, TimestampSigner

from secondlook import metrics
from secondlook.cases.events import LARGEST_EVENT
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.records.work import sessions
from secondlook.records.work.sessions import Session
from secondlook.web.people import Person
from secondlook.web.provider import NotVouchedFor, Provider, ProviderAway

if TYPE_CHECKING:
    from secondlook.web.record import Record

log = structlog.get_logger()

COOKIE_SECONDS: Final = int(sessions.LONGEST.total_seconds())
HELD_AS: Final = "session"
"""Under what the cookie holds the secret."""
POLLING: Final = "X-Requested-With"
"""A header that scripts send when nobody did anything: it keeps no session from being idle."""
_SEEN_EVERY: Final = sessions.IDLE / 30
_OLDEST_TOKEN: Final = 2 * COOKIE_SECONDS
_MOST_FIELDS: Final = 600
"""More than the 500 cases that are assigned at once, and what stands beside them."""
_ASKED_BY_ANOTHER: Final = 0.1, 50
"""Seconds between looks, and how many, while another request asks the provider."""


class NotSignedIn(Exception):
    """Nobody is signed in, or the session is over."""


class NotVouched(Exception):
    """The provider must be asked what this person may do, and does not answer."""


class WrongToken(Exception):
    """A form came without the session's own token, or from elsewhere."""


class FormTooLarge(Exception):
    """A form's body is larger than any act may be."""


async def signed_in(request: Request) -> Person:
    """The signed-in person. Raises NotSignedIn, NotVouched or DatabaseUnavailable."""
    secret = request.session.get(HELD_AS)
    if not isinstance(secret, str):
        raise NotSignedIn
    record: Record = request.app.state.record
    now = datetime.now(UTC)
    session = await _current(record, secret, now)
    if now >= session.check_due:
        session = await _asked_again(record, request.app.state.provider, secret, session, now)
    if now - session.seen_at > _SEEN_EVERY and request.headers.get(POLLING) != "refresh":
        with suppress(DatabaseUnavailable, UnitFailed):
            await record.write(lambda connection: sessions.seen(connection, session, now))
    who = session.who
    person = Person(who.subject, who.name, who.roles, who.offices, session.form_token)
    request.state.person, request.state.session = person, session
    return person


async def _current(record: Record, secret: str, now: datetime) -> Session:
    session = await record.read(lambda connection: sessions.current(connection, record.vault, secret, now))
    if session is None:
        raise NotSignedIn
    return session


async def _asked_again(
    record: Record, provider: Provider | None, secret: str, session: Session, now: datetime
) -> Session:
    """The session with what the provider says of the person now. One request asks; others wait for it where what was
    said before is too old to count.
    """
    if provider is None:
        raise NotSignedIn
    if not await record.write(lambda connection: sessions.claim_check(connection, session, now)):
        return await _asked_by_another(record, secret, session, now)
    try:
        who, tokens = await provider.ask_again(session)
    except NotVouchedFor as problem:
        log.info("session.ended", reason=str(problem))
        metrics.sign_ins.labels("withdrawn").inc()
        await record.write(lambda connection: sessions.end(connection, session))
        raise NotSignedIn from None
    except ProviderAway as problem:
        log.warning("sign_in.provider_unusable", error=str(problem))
        metrics.sign_ins.labels("provider_away").inc()
        if now - session.checked_at > sessions.STALE_AFTER:
            raise NotVouched from None
        return session
    await record.write(lambda connection: sessions.checked(connection, record.vault, session, who, tokens, now))
    return await _current(record, secret, now)


async def _asked_by_another(record: Record, secret: str, session: Session, now: datetime) -> Session:
    pause, times = _ASKED_BY_ANOTHER
    for _ in range(times):
        if now - session.checked_at <= sessions.STALE_AFTER:
            return session
        await asyncio.sleep(pause)
        session = await _current(record, secret, now)
    raise NotVouched


def is_from_here(request: Request) -> bool:
    """Whether a browser says that a form was sent from one of our own pages; one that says nothing is believed."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours: str | None = request.app.state.origin
    return origin == ours if ours else urlsplit(origin).netloc == request.headers.get("Host")


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
    if not is_from_here(request) or not _is_theirs(form.one("csrf_token"), person, request.app.state.form_secret):
        raise WrongToken
    return form


Posted = Annotated[PostedForm, Depends(posted_form)]
