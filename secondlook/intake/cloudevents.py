"""CloudEvents 1.0 over HTTP: the three modes of the protocol binding, told apart by Content-Type alone.

Called by ``http``; what it answers are structured events as JSON values, which ``cases.events.parse_event`` checks. The
official SDK is not used: it guesses the mode from headers, has no batches, and replaces bytes that the binding says to
reject. Nothing here judges an event's content.
"""

import base64
import re
from collections.abc import Iterable
from enum import StrEnum

from secondlook.intake.json_text import Malformed, decode

_PREFIX = "ce-"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})?")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)"?', re.IGNORECASE)


_JSON = re.compile(r"application/[a-z0-9!#$&^_.-]+\+json")


class Mode(StrEnum):
    """How a request carries events (HTTP protocol binding, section 3)."""

    STRUCTURED = "structured"
    BINARY = "binary"
    BATCH = "batch"


class UnsupportedMediaType(Exception):
    """The Content-Type is none in which events are read here."""


def mode_of(content_type: str | None) -> Mode:
    """The mode. Raises UnsupportedMediaType."""
    if content_type is None:
        raise UnsupportedMediaType
    charset = _CHARSET.search(content_type)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType
    media_type = _media_type(content_type)
    if media_type == "application/cloudevents+json":
        return Mode.STRUCTURED
    if media_type == "application/cloudevents-batch+json":
        return Mode.BATCH
    if not _is_json(media_type) or media_type.startswith("application/cloudevents"):
        raise UnsupportedMediaType
    return Mode.BINARY


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or re.fullmatch(_JSON, media_type) is not None


def read(mode: Mode, headers: Iterable[tuple[str, str]], body: bytes) -> list[object]:
    """The events in a request, each as the JSON value of its structured form. Raises Malformed."""
    if mode is Mode.BINARY:
        return [{**_attributes(headers), "data": decode(body)}]
    value = decode(body)
    if mode is Mode.STRUCTURED:
        return [_with_data(value)]
    if not isinstance(value, list):
        raise Malformed("a batch must be a JSON array of events")
    return [_with_data(each) for each in value]


def _with_data(event: object) -> object:
    """The event with its data as a JSON value, where a sender gave bytes that hold one (JSON format, section 3.1.1).

    What cannot be decoded stays, and is refused at its place when the event is checked.
    """
    if not isinstance(event, dict) or "data" in event or not isinstance(event.get("data_base64"), str):
        return event
    content_type = event.get("datacontenttype")
    if content_type is not None and not (isinstance(content_type, str) and _is_json(_media_type(content_type))):
        return event
    try:
        data = decode(base64.b64decode(event["data_base64"], validate=True))
    except (ValueError, Malformed):
        return event
    return {name: each for name, each in event.items() if name != "data_base64"} | {"data": data}


def _attributes(headers: Iterable[tuple[str, str]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for header, value in headers:
        name = header.lower()
        if name == "content-type":
            name = "datacontenttype"
        elif name.startswith(_PREFIX) and name not in ("ce-data", "ce-data_base64", "ce-datacontenttype"):
            name, value = name.removeprefix(_PREFIX), attribute_value(value)
        elif name.startswith(_PREFIX):
            raise Malformed(
                "in binary mode the body is the data and Content-Type its type: no ce-data* header may say so"
            )
        else:
            continue
        if name in found:
            raise Malformed("a header of the event is given twice")
        found[name] = value
    if "specversion" not in found:
        raise Malformed("in binary mode the event's attributes are ce- headers; ce-specversion is missing")
    return found


def attribute_value(header: str) -> str:
    """A header's value as an attribute's: unquoted, then percent-decoded once (HTTP protocol binding, 3.1.3.2).

    Raises Malformed for characters that a header cannot carry, a ``%`` without two hexadecimal digits, and bytes that
    are no UTF-8.
    """
    if not all(" " <= character <= "~" for character in header):
        raise Malformed("a ce- header holds a character that must be percent-encoded")
    quoted = _QUOTED.fullmatch(header)
    text = _ESCAPED.sub(r"\1", quoted[1]) if quoted else header
    try:
        return _PERCENT.sub(_byte, text.encode("ascii")).decode()
    except UnicodeDecodeError:
        raise Malformed("a ce- header is not UTF-8 once percent-decoded") from None


def _byte(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        raise Malformed("a ce- header holds a % that encodes nothing")
    return bytes.fromhex(found[1].decode())
