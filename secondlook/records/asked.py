"""People's events as the lifecycle reads them. Called by the judging transaction with the opened content of the inbox.

The doors have checked the content; what one let through nevertheless is refused here, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast, get_args

from secondlook.cases.events import Actor, EventType
from secondlook.cases.lifecycle import Action, Answer, CaseEvent, Concurred, Reviewed, Withdrawn

Content = Mapping[str, object]


def asked(kind: str, event_id: str, content: Content) -> CaseEvent:
    """What the event asks for. Raises KeyError, TypeError or ValueError on content that a door let through."""
    return _READ[EventType(kind)](event_id, content)


def actor_of(content: Content) -> Actor:
    """The person in whose name the event came in. Raises as ``asked`` does."""
    given = content["actor"]
    if not isinstance(given, Mapping):
        raise TypeError
    return Actor(str(given["subject"]), tuple(given["roles"]), tuple(given["offices"]))


def _reviewed(event_id: str, content: Content) -> Reviewed:
    action = cast(Action, _one_of(content["action"], get_args(Action)))
    return Reviewed(event_id, action, actor_of(content), _version(content))


def _concurred(_: str, content: Content) -> Concurred:
    answer = cast(Answer, _one_of(content["answer"], get_args(Answer)))
    return Concurred(answer, actor_of(content), _version(content))


def _withdrawn(_: str, content: Content) -> Withdrawn:
    return Withdrawn(actor_of(content), _version(content))


_READ: Mapping[EventType, Callable[[str, Content], CaseEvent]] = {
    EventType.REVIEWED: _reviewed,
    EventType.CONCURRED: _concurred,
    EventType.WITHDRAWN: _withdrawn,
}


def _one_of(value: object, words: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in words:
        raise ValueError
    return value


def _version(content: Content) -> int:
    version = content["case_version"]
    if not isinstance(version, int):
        raise TypeError
    return version
