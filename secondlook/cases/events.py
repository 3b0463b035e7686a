"""What can happen to a case, as events: their content, checked, and the words of the door that takes them in.

Every door (HTTP, files, web forms) turns what it got into an ``IncomingEvent`` here; the inbox stores it, the lifecycle
judges it. Reviews, concurrences and withdrawals are people's acts and come from the web's builders alone, never from an
outside sender. Nothing here may put a value into a problem.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from secondlook.cases.actors import Actor as Actor
from secondlook.cases.content import mapping
from secondlook.cases.envelope import check_envelope
from secondlook.cases.event_type import EventType, Sender, event_type, event_types
from secondlook.cases.event_types.concurred import CONCURRED
from secondlook.cases.event_types.received import CASE_RECEIVED
from secondlook.cases.event_types.reviewed import REVIEWED
from secondlook.cases.event_types.withdrawn import WITHDRAWN
from secondlook.cases.facts import CASE, normalised_case
from secondlook.cases.fields import FieldProblem, Invalid
from secondlook.cases.identity import SENDER_NUMBERS, normalise_a_number
from secondlook.cases.identity import CaseKey as CaseKey

OURS = "secondlook:"
WEB_SOURCE = f"{OURS}web"
LOAD_SOURCE = f"{OURS}load"
_ASKS_LEVEL = 3
LARGEST_EVENT = 256 * 1024
"""Bytes of a line or a body that holds one event. Every field is bounded by itself to less than that in all."""


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """One checked event. ``source`` and ``id`` identify it for ever and stay inside the database."""

    source: str
    id: str
    type: EventType[Any]
    subject: str | None
    time: str | None
    case: CaseKey | str
    data: dict[str, object]
    content: bytes
    """Canonical bytes of type, subject and data as sent: equal exactly where those are equal as JSON values."""

    @property
    def level(self) -> int:
        """What every process must understand before it may be taken in: an older one would not tell a sender of what
        a review asks for.
        """
        return max(self.type.level, _ASKS_LEVEL if self.type is REVIEWED and "ask" in self.data else 1)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the inbox did with one event; the ids are its own.

    ``claimed`` is a review of a case that somebody else has: nothing of it is on record.
    """

    outcome: Literal["accepted", "duplicate", "conflict", "unknown_case", "claimed"]
    event_id: str | None
    case_id: str | None


class Busy(Exception):
    """Too much waits already: the sender should come again."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"busy; again in {retry_after_seconds} s")


class Unavailable(Exception):
    """The record cannot be reached: nothing was stored, unless ``unsure``: then it may have been.

    Sent again it is stored once, whichever it was. ``code`` says what is the matter: ``full``, ``read_only``, ...
    """

    def __init__(self, *, unsure: bool = False, code: str = "unreachable") -> None:
        super().__init__("unsure" if unsure else "nothing was stored")
        self.unsure, self.code = unsure, code


def parse_event(raw: object, *, from_web: bool = False) -> IncomingEvent:
    """A decoded CloudEvent in its structured form, checked. Raises Invalid with every problem found.

    People's acts are accepted with ``from_web`` only, and so are the sources that this product itself writes.
    """
    problems: list[FieldProblem] = []
    check_envelope(raw, problems)
    if problems or not isinstance(raw, dict):
        raise Invalid(problems)
    kind = event_type(raw["type"])
    senders = (Sender.OUTSIDE, Sender.PERSON) if from_web else (Sender.OUTSIDE,)
    if kind is None or kind.sender not in senders:
        kind = None
        problems.append(
            FieldProblem(
                "type",
                f"must be one of {', '.join(each.name for each in from_outside())}; no other comes in at this door",
            )
        )
    if not from_web and raw["source"].startswith(OURS):
        problems.append(FieldProblem("source", "is reserved for this product's own events"))
    if kind is not None:
        kind.data(raw["data"], "data", problems)
    if problems or kind is None:
        raise Invalid(problems)
    return _event(raw["source"], raw["id"], kind, raw.get("subject"), raw.get("time"), raw["data"])


def from_outside() -> tuple[EventType[Any], ...]:
    """The types that intake systems may send."""
    return tuple(each for each in event_types() if each.sender is Sender.OUTSIDE)


def bare_case_event(raw: object) -> IncomingEvent:
    """A case that came in a file without an event around it. The same content is the same event. Raises Invalid."""
    problems: list[FieldProblem] = []
    CASE(raw, "", problems)
    if problems or not isinstance(raw, dict):
        raise Invalid(problems)
    content = _content(CASE_RECEIVED, None, raw)
    return _event(LOAD_SOURCE, hashlib.sha256(content).hexdigest(), CASE_RECEIVED, None, None, raw)


def act_event(kind: EventType[Any], event_id: str, case_id: str, actor: Actor, **fields: object) -> IncomingEvent:
    """A person's act, with the fields of its type. Raises Invalid, with places below ``data``."""
    by = {"subject": actor.subject, "roles": list(actor.roles), "offices": list(actor.offices)}
    data = {"case": case_id, "actor": by, **fields}
    envelope = {"specversion": "1.0", "source": WEB_SOURCE, "id": event_id, "type": kind.name, "data": data}
    return parse_event(envelope, from_web=True)


def review_event(
    event_id: str,
    case_id: str,
    actor: Actor,
    *,
    action: str,
    reasons: Sequence[str],
    rationale: str,
    findings: Mapping[str, str],
    case_version: int,
    ask: Sequence[Mapping[str, str]] = (),
    shown: Sequence[str] = (),
) -> IncomingEvent:
    """An attorney's review, with what they ask for and the codes of what they were shown. Raises Invalid, with places
    below ``data``.
    """
    return act_event(
        REVIEWED,
        event_id,
        case_id,
        actor,
        action=action,
        reasons=list(reasons),
        rationale=rationale,
        findings=dict(findings),
        case_version=case_version,
        **({"ask": [dict(each) for each in ask]} if ask else {}),
        **({"shown": list(shown)} if shown else {}),
    )


def concurrence_event(
    event_id: str,
    case_id: str,
    actor: Actor,
    *,
    answer: str,
    note: str,
    case_version: int,
    checked: Sequence[str] = (),
) -> IncomingEvent:
    """A supervisor's answer, with what they checked. Raises Invalid, with places below ``data``."""
    fields: dict[str, object] = {"answer": answer, "note": note, "case_version": case_version}
    return act_event(CONCURRED, event_id, case_id, actor, **fields, **({"checked": list(checked)} if checked else {}))


def withdrawal_event(event_id: str, case_id: str, actor: Actor, *, reason: str, case_version: int) -> IncomingEvent:
    """A decision taken back within its window. Raises Invalid, with places below ``data``."""
    return act_event(WITHDRAWN, event_id, case_id, actor, reason=reason, case_version=case_version)


def _content(kind: EventType[Any], subject: str | None, data: Mapping[str, object]) -> bytes:
    return orjson.dumps([kind.name, subject, data], option=orjson.OPT_SORT_KEYS)


def _event(
    source: str, event_id: str, kind: EventType[Any], subject: str | None, time: str | None, data: dict[str, object]
) -> IncomingEvent:
    content = _content(kind, subject, data)
    case: CaseKey | str
    if kind.opens_case:
        normalised = normalised_case(data) | ({SENDER_NUMBERS: [subject]} if subject else {})
        nta = mapping(data["nta"])
        case = CaseKey(str(normalised["a_number"]), str(nta["date"]))
    else:
        named = data["case"]
        if isinstance(named, dict):
            case = CaseKey(normalise_a_number(named["a_number"]), named["nta_date"])
            normalised = {**data, "case": {"a_number": case.a_number, "nta_date": case.nta_date}}
        else:
            case = str(named)
            normalised = data
    return IncomingEvent(source, event_id, kind, subject, time, case, normalised, content)
