"""Keeps the direction of one text from reaching the text beside it. ``pages`` builds its templates with it.

A name with a right-to-left override would otherwise turn round the A-number next to it. No template has to think of it:
each ``{{ ... }}`` passes through here by where it stands. Among text it gets a ``bdi`` where it could disturb; in a
title, an option or an attribute that is read out, where no element can stand, the characters that do the same. Markup
and fields' values go through untouched, so what somebody typed comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup, escape

from secondlook.cases.plain_text import keeps_its_direction

_CONTROLS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates, and what ends them."""
_TURNS: Final = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""What is written from right to left, and what changes direction."""
_READ_OUT: Final = re.compile(r"""(?:aria-label|title|alt|placeholder)="[^"]*$""")
_NO_ELEMENTS: Final = ("title", "option")
_LAST_ELEMENT: Final = re.compile(r"<(/?)(title|option|textarea|script|style)\b[^>]*>")


def isolated(value: object) -> object:
    """A value among text; text that could turn what is beside it stands in a ``bdi``."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isascii() or not _TURNS.search(value):
        return value
    return Markup("<bdi>{}</bdi>").format(_contained(value))


def isolated_plainly(value: object) -> object:
    """The same where no element may stand: between first-strong isolate and its end."""
    if not isinstance(value, str) or value.isascii() or not _TURNS.search(value):
        return value
    return escape(f"\u2068{_contained(value)}\u2069")


def _contained(text: str) -> str:
    """The text without what would end an isolation around it."""
    return text if keeps_its_direction(text) else _CONTROLS.sub("", text)


class Isolation(Extension):
    """Gives each ``{{ ... }}`` of a template the filter of its place: text, read out without elements, or none."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["isolated"] = isolated
        environment.filters["isolated_plainly"] = isolated_plainly

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Jinja calls this with each template's tokens."""
        html = ""
        wanted: str | None = None
        for token in stream:
            if token.type == "data":
                html += str(token.value)
            if token.type == "variable_begin":
                yield token
                wanted = _filter_at(html)
                yield Token(token.lineno, "lparen", "(")
                continue
            if token.type == "variable_end":
                yield Token(token.lineno, "rparen", ")")
                if wanted:
                    yield Token(token.lineno, "pipe", "|")
                    yield Token(token.lineno, "name", wanted)
            yield token


def _filter_at(html: str) -> str | None:
    if html.rfind("<") > html.rfind(">"):
        return "isolated_plainly" if _READ_OUT.search(html[html.rfind("<") :]) else None
    elements = _LAST_ELEMENT.findall(html)
    if elements and not elements[-1][0]:
        return "isolated_plainly" if elements[-1][1] in _NO_ELEMENTS else None
    return "isolated"
