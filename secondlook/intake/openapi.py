"""How ``POST /events`` is described in ``/openapi.json``: from the event types themselves. Read by the doors only."""

from __future__ import annotations

from typing import Any

from secondlook.cases.event_type import EventType
from secondlook.cases.events import from_outside

_COUNTS = {
    "accepted": {"type": "integer", "minimum": 0},
    "duplicate": {"type": "integer", "minimum": 0},
    "refused": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["index", "reason"],
            "properties": {
                "index": {"type": "integer", "minimum": 0},
                "reason": {"enum": ["invalid", "conflict", "unknown_case"]},
                "problems": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["place", "problem"],
                        "properties": {"place": {"type": "string"}, "problem": {"type": "string"}},
                    },
                },
            },
        },
    },
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        **_COUNTS,
    },
}
_CONTENT = {kind.short: kind.data.schema for kind in from_outside()}


def _event(kind: EventType[Any]) -> dict[str, object]:
    return {
        "type": "object",
        "title": kind.short,
        "description": kind.summary,
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1, "maxLength": 512},
            "source": {"type": "string", "format": "uri-reference", "minLength": 1, "maxLength": 1024},
            "type": {"const": kind.name},
            "subject": {"type": "string", "minLength": 1, "maxLength": 512},
            "time": {"type": "string", "format": "date-time"},
            "data": _CONTENT[kind.short],
        },
    }


_EVENT: dict[str, object] = {"oneOf": [_event(kind) for kind in from_outside()]}

OPENAPI: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": _EVENT},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _EVENT, "maxItems": 10_000}},
            "application/json": {"schema": {"anyOf": list(_CONTENT.values())}},
        },
    }
}

_PROBLEMS = {
    400: "Malformed",
    401: "The intake token is missing or wrong",
    409: "The same source and id came before with other content",
    413: "Too large",
    415: "Not a media type of CloudEvents in JSON",
    422: "Nothing acceptable",
    429: "Busy; see Retry-After",
    503: "The record cannot be reached",
}
RESPONSES: dict[int | str, dict[str, object]] = {
    202: {
        "description": "Durably stored, but for what is listed as refused",
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["accepted", "duplicate", "refused"], "properties": _COUNTS}
            }
        },
    },
    **{
        status: {"description": description, "content": {"application/problem+json": {"schema": PROBLEM}}}
        for status, description in _PROBLEMS.items()
    },
}
