"""What an audit entry leaves behind, as keyed digests: the case's row, what is known, each row written with it.

Made by the judging transaction, which writes them into the entry's detail, and made again by the replay. Sealed columns
count in clear, so that an older value, sealed for the same row and put back, is found. It reads no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import RowMapping

from secondlook.records.encryption import Vault

ROW: Final = (
    "office",
    "stage",
    "round",
    "version",
    "lane",
    "next_actor",
    "escalated",
    "late_facts",
    "state",
    "wake_at",
)
"""The columns of a case that say where it stands: all of them follow from ``state``."""
_EVENT: Final = ("seq", "event_id", "type", "received_at", "root")
_DISPOSITION: Final = ("round", "disposition", "decided_by", "concurred_by", "decided_event", "at")
_DOCUMENT: Final = ("case_id", "round", "part", "form")
_SCREENING: Final = ("version", "ruleset", "ruleset_digest", "as_of", "lane")

Values = Mapping[str, Any] | RowMapping
"""A row by the names of its columns."""


def row(vault: Vault, values: Values, judged: int, root: str | None) -> str:
    """Where a case stands, and how many events and timers were judged."""
    return vault.after_hash("row", _text(values, ROW, judged), root)


def known(vault: Vault, what: str, text: bytes, root: str | None) -> str:
    """``facts`` or ``identity``: the sealed column's JSON."""
    return vault.after_hash(what, text, root)


def event(vault: Vault, values: Values, root: str | None) -> str:
    """What the inbox says of an event beside content and outcome. Our own timers and acts have no number of a door."""
    sender_key: bytes | None = values["sender_key"]
    numbered = _EVENT if sender_key else _EVENT[1:]
    return vault.after_hash("event", _text(values, numbered, sender_key.hex() if sender_key else None), root)


def screening(vault: Vault, values: Values, result: bytes, root: str | None) -> str:
    """A screening; ``result`` is the sealed column's JSON."""
    return vault.after_hash("screening", _text(values, _SCREENING, None) + result, root)


def disposition(vault: Vault, values: Values, root: str | None) -> str:
    """A round's end."""
    return vault.after_hash("disposition", _text(values, _DISPOSITION, None), root)


def document(vault: Vault, values: Values, content: bytes, root: str | None) -> str:
    """A document about a round; ``content`` is the sealed column's."""
    return vault.after_hash("decision-record", _text(values, _DOCUMENT, None) + content, root)


def _text(values: Values, names: Sequence[str], last: object) -> bytes:
    return orjson.dumps([*(values[name] for name in names), last], default=repr)
