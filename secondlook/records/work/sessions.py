"""Who is signed in: one row a session, found by the hash of what the browser holds. Called by the web, and by the
command that ends somebody's sessions (docs/decisions/0023).

What a session may do is sealed, so that nobody raises their roles by writing to the database. A session is over when it
was idle for too long, or is too old, or its row is gone; nothing brings it back.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from secondlook.cases.content import words
from secondlook.cases.readable import CannotRead
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault
from secondlook.records.schema import sessions
from secondlook.records.work.people import Known

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
CHECK_AFTER: Final = timedelta(minutes=10)
"""How long the provider's word on somebody's roles is taken before it is asked again."""
STALE_AFTER: Final = timedelta(minutes=15)
"""How long it counts at most."""
_TRIED_AGAIN: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave to ask it again with; either may be empty."""

    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is not over: whose, as the provider last told them. ``check_due`` is when it is asked again."""

    id: bytes
    who: Known
    form_token: str
    tokens: Tokens
    seen_at: datetime
    checked_at: datetime
    check_due: datetime


def begin(
    connection: Connection,
    vault: Vault,
    secret: str,
    who: Known,
    form_token: str,
    tokens: Tokens,
    now: datetime,
) -> None:
    """Keep a new session; ``secret`` is what the browser holds. Those that are over go."""
    over = or_(sessions.c.seen_at < now - IDLE, sessions.c.started_at < now - LONGEST)
    connection.execute(delete(sessions).where(over))
    id_ = _id(secret)
    connection.execute(
        insert(sessions),
        {
            "id": id_,
            "person": who.subject,
            "content": _sealed(vault, id_, who, form_token, tokens),
            "started_at": now,
            "seen_at": now,
            "checked_at": now,
            "check_due": now + CHECK_AFTER,
        },
    )


def current(connection: Connection, vault: Vault, secret: str, now: datetime) -> Session | None:
    """The session; None where it is over, or cannot be opened here."""
    row = connection.execute(select(sessions).where(sessions.c.id == _id(secret))).one_or_none()
    if row is None or now - row.seen_at > IDLE or now - row.started_at > LONGEST:
        return None
    try:
        kept = opened(vault, row.content, _row(row.id))
    except CannotRead:
        return None
    return Session(
        id=row.id,
        who=Known(row.person, str(kept["name"]), words(kept["roles"]), words(kept["offices"])),
        form_token=str(kept["form_token"]),
        tokens=Tokens(str(kept["access"]), str(kept["refresh"])),
        seen_at=row.seen_at,
        checked_at=row.checked_at,
        check_due=row.check_due,
    )


def seen(connection: Connection, session: Session, now: datetime) -> None:
    """They are at work: it is idle from now on."""
    connection.execute(update(sessions).where(sessions.c.id == session.id).values(seen_at=now))


def claim_check(connection: Connection, session: Session, now: datetime) -> bool:
    """Whether this request is the one that asks the provider; others go on meanwhile."""
    mine = connection.execute(
        update(sessions)
        .where(sessions.c.id == session.id, sessions.c.check_due == session.check_due)
        .values(check_due=now + _TRIED_AGAIN)
    )
    return mine.rowcount == 1


def checked(connection: Connection, vault: Vault, session: Session, who: Known, tokens: Tokens, now: datetime) -> None:
    """Keep what the provider says now."""
    content = _sealed(vault, session.id, who, session.form_token, tokens)
    connection.execute(
        update(sessions)
        .where(sessions.c.id == session.id)
        .values(content=content, checked_at=now, check_due=now + CHECK_AFTER)
    )


def end(connection: Connection, session: Session) -> None:
    """It is over."""
    connection.execute(delete(sessions).where(sessions.c.id == session.id))


def end_all_of(connection: Connection, subject: str) -> int:
    """End every session of a person; how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.person == subject)).rowcount


def _id(secret: str) -> bytes:
    """The secret is random and long, so a plain hash tells nothing of it."""
    return hashlib.sha256(secret.encode()).digest()


def _row(id_: bytes) -> str:
    return f"sessions/{id_.hex()}"


def _sealed(vault: Vault, id_: bytes, who: Known, form_token: str, tokens: Tokens) -> bytes:
    content = {
        "name": who.name,
        "roles": list(who.roles),
        "offices": list(who.offices),
        "form_token": form_token,
        "access": tokens.access,
        "refresh": tokens.refresh,
    }
    return vault.seal(content, _row(id_))
