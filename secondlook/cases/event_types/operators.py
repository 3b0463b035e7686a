"""What operators do with events: ``event.set-aside`` and ``event.requeued``.

Neither moves a case. The act names the event, the operator and the reason; the event's own outcome has its own entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from secondlook.cases.content import text_in
from secondlook.cases.event_type import EventType, Glossary, Opened, Sender, Told, Urgency
from secondlook.cases.fields import record, text


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """Which event (the inbox's own id), and why."""

    event: str
    reason: str


def _read(opened: Opened) -> OperatorAct:
    return OperatorAct(str(opened.content["event"]), text_in(opened.content, "reason"))


def _teller(did: str) -> Callable[[OperatorAct, str, Glossary], Told]:
    def tell(act: OperatorAct, who: str, _: Glossary) -> Told:
        sentence = f"{who} {did}."
        return Told(sentence, sentence, (("Reason", act.reason),))

    return tell


def _operator_type(name: str, summary: str, did: str) -> EventType[OperatorAct]:
    return EventType(
        name=name,
        short=name,
        summary=summary,
        sender=Sender.OPERATOR,
        urgency=Urgency.NEWS,
        data=record({"event": text(64), "reason": text(2_000)}, required=("event", "reason")),
        read=_read,
        life=None,
        tell=_teller(did),
    )


SET_ASIDE: Final = _operator_type(
    "event.set-aside",
    "An operator set aside an event that cannot be judged",
    "set aside an event that could not be read",
)
REQUEUED: Final = _operator_type(
    "event.requeued",
    "An event that an older release refused as invalid is judged again",
    "had an event judged again that was refused before",
)
