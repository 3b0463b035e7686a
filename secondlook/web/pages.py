"""Turns a template and its view into a page. Every page of the application comes out of ``page``.

Templates get ``view`` (one frozen object a screen), ``person`` (or None) and ``asset``; an unknown name fails. Views
hold words and safe values; templates hold no rules.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from secondlook import __version__
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


def moment(at: datetime) -> Markup:
    """A time for people and machines, in UTC to the minute."""
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), f"{at.day} {at:%b %Y, %H:%M} UTC"
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
_templates.filters["moment"] = moment


def page(request: Request, template: str, view: object, status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    """A whole page. ``template`` is its path below ``templates`` or ``web`` (``queue/queue.html``)."""
    person: Person | None = getattr(request.state, "person", None)
    html = _templates.get_template(template).render(view=view, person=person, here=request.scope["path"])
    return HTMLResponse(html, status)


def document(template: str, view: object) -> bytes:
    """A page that stands by itself, for whoever reads it: it knows neither reader nor application."""
    return _templates.get_template(template).render(view=view).encode()


class Message:
    """A page that only says something: what happened, what it means, where to go."""

    def __init__(self, title: str, text: str, link: tuple[str, str] | None) -> None:
        self.title, self.text, self.link = title, text, link


def message_page(
    request: Request, status: HTTPStatus, title: str, text: str, *, link: tuple[str, str] | None = None
) -> HTMLResponse:
    """A page with a sentence and, where there is a way on, a link."""
    return page(request, "message.html", Message(title, text, link), status)
