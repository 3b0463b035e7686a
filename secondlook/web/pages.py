"""Turns a template and its view into a page. Every page of the application comes out of ``page``.

Templates get ``view`` (one frozen object a screen), ``person`` (or None) and ``asset``; an unknown name fails. Views
hold words and safe values; templates hold no rules.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from secondlook import __version__
from secondlook.records.work.sessions import IDLE
from secondlook.web import words
from secondlook.web.direction import Isolation
from secondlook.web.people import Person

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"


@cache
def static_digest() -> str:
    """A digest of all static files: part of their addresses, so that they may be kept for ever."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def asset(name: str) -> str:
    """The address of a static file."""
    return f"/static/{static_digest()}/{name}"


_zone: ContextVar[tzinfo] = ContextVar("zone", default=UTC)
"""The time zone of the page that is being made."""


def moment(at: datetime) -> Markup:
    """A time for people and machines, to the minute, in the page's time zone."""
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), words.clock(at, _zone.get())
    )


_templates = Environment(
    loader=FileSystemLoader([FOLDER / "templates", FOLDER]),
    autoescape=True,
    undefined=StrictUndefined,
    extensions=[Isolation],
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["asset"] = asset
_templates.globals["version"] = __version__
_templates.globals["idle_seconds"] = int(IDLE.total_seconds())
_templates.filters["moment"] = moment


def page(request: Request, template: str, view: object, status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    """A whole page. ``template`` is its path below ``templates`` or ``web`` (``queue/queue.html``).

    Its times are those of the office that ``local_to`` has named, else UTC.
    """
    person: Person | None = getattr(request.state, "person", None)
    shown_in = _zone.set(getattr(request.state, "zone", UTC))
    try:
        html = _templates.get_template(template).render(view=view, person=person, here=request.scope["path"])
    finally:
        _zone.reset(shown_in)
    return HTMLResponse(html, status)


def document(template: str, view: object) -> bytes:
    """A page that stands by itself, for whoever reads it: it knows neither reader nor application."""
    return _templates.get_template(template).render(view=view).encode()


def local_to(request: Request, zone: tzinfo) -> None:
    """Have the page of this request say its times in a zone."""
    request.state.zone = zone


class Message:
    """A page that only says something: what happened, what it means, where to go."""

    def __init__(self, title: str, text: str, link: tuple[str, str] | None) -> None:
        self.title, self.text, self.link = title, text, link


def message_page(
    request: Request, status: HTTPStatus, title: str, text: str, *, link: tuple[str, str] | None = None
) -> HTMLResponse:
    """A page with a sentence and, where there is a way on, a link."""
    return page(request, "message.html", Message(title, text, link), status)
