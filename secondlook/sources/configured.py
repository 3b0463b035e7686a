"""The configured sources: a YAML file that names each source, its address, the facts it gives and how hard it is asked.

``secondlook.settings`` reads it, where ``SECONDLOOK_SOURCES_FILE`` names one. It must never let through a file that is
only partly understood, nor hold a secret: the file names the environment variable in which a source's token stands.

    sources:
      criminal-records:
        address: https://records.example.org/facts
        token_from: CRIMINAL_RECORDS_TOKEN
        facts: [convictions, prior_removals]
        timeout_seconds: 10
        asks_a_minute: 300
        asks_at_once: 4
        ask_again_minutes: 15
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from secondlook.cases.fact_table import FACTS
from secondlook.policy.located import Located, RuleSetError, read_located

_NAME = re.compile("[a-z][a-z0-9-]{0,39}")
_VARIABLE = re.compile("[A-Z][A-Z0-9_]{0,99}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SourcesError(ValueError):
    """The file of sources cannot be used; the message names file, line and field."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source. ``a_minute`` bounds its asks over all workers, ``at_once`` those of one worker process.

    ``timeout`` is for one ask. ``ask_again`` is the wait after it stayed silent for a case; it doubles each time.
    """

    name: str
    address: str
    token_from: str
    facts: tuple[str, ...]
    timeout: timedelta
    a_minute: int
    at_once: int
    ask_again: timedelta


def read_sources(path: Path | None) -> tuple[Source, ...]:
    """The sources of a file, in its order; none without a file. Raises SourcesError for the first thing wrong."""
    if path is None:
        return ()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SourcesError(f"{path}: cannot be read as a text file") from None
    try:
        return _sources(read_located(str(path), text).mapping(("sources",))["sources"])
    except RuleSetError as problem:
        raise SourcesError(str(problem)) from None


def _sources(place: Located) -> tuple[Source, ...]:
    found: list[Source] = []
    given_by: dict[str, str] = {}
    for name, entry in place.entries().items():
        if _NAME.fullmatch(name) is None:
            raise entry.error(f"{name!r} must be lower-case letters, digits and hyphens, at most 40")
        source = _source(name, entry)
        for fact in source.facts:
            if fact in given_by:
                raise entry.error(f"{name}: {fact!r} is already asked of {given_by[fact]!r}")
            given_by[fact] = name
        found.append(source)
    return tuple(found)


def _source(name: str, place: Located) -> Source:
    entries = place.mapping(
        ("address", "token_from", "facts", "timeout_seconds", "asks_a_minute", "asks_at_once"), ("ask_again_minutes",)
    )
    again = entries.get("ask_again_minutes")
    return Source(
        name=name,
        address=_address(entries["address"], f"{name}.address"),
        token_from=_variable(entries["token_from"], f"{name}.token_from"),
        facts=_facts(entries["facts"], f"{name}.facts"),
        timeout=timedelta(seconds=_number(entries["timeout_seconds"], f"{name}.timeout_seconds", 600)),
        a_minute=_number(entries["asks_a_minute"], f"{name}.asks_a_minute", 60_000),
        at_once=_number(entries["asks_at_once"], f"{name}.asks_at_once", 100),
        ask_again=timedelta(minutes=_number(again, f"{name}.ask_again_minutes", 1440) if again else 15),
    )


def _address(place: Located, field: str) -> str:
    """Identities go there: encrypted, except to this same machine."""
    address = place.text()
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and parts.port != 0 and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise place.error(f"{field}: must be an https address without user or query (http on this machine only)")
    return address


def _variable(place: Located, field: str) -> str:
    name = place.text()
    if _VARIABLE.fullmatch(name) is None:
        raise place.error(f"{field}: must name an environment variable in capital letters; never write a token here")
    return name


def _facts(place: Located, field: str) -> tuple[str, ...]:
    named: list[str] = []
    for item in place.items():
        fact = item.text()
        if fact not in FACTS or fact in named:
            raise item.error(f"{field}: must name facts, each once; known are {', '.join(FACTS)}")
        named.append(fact)
    return tuple(named)


def _number(place: Located, field: str, most: int) -> int:
    value = place.scalar()
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise place.error(f"{field}: must be a whole number from 1 to {most}")
    return value
