"""A case comes in, or comes again with more: ``secondlook.case.received.v1``."""

from __future__ import annotations

from typing import Final

from secondlook.cases.event_type import EventType, Glossary, Sender, Told, Urgency
from secondlook.cases.facts import CASE
from secondlook.cases.facts_life import FACTS
from secondlook.cases.facts_told import FactsTold


def _tell(_: FactsTold, __: str, ___: Glossary) -> Told:
    return Told("The case was received and screened.", "The case came again.")


CASE_RECEIVED: Final = EventType(
    name="secondlook.case.received.v1",
    short="received",
    summary="A case, as it is received; sent again it brings news of the same case",
    sender=Sender.OUTSIDE,
    urgency=Urgency.NEWS,
    data=CASE,
    read=FactsTold.of_case,
    life=FACTS,
    tell=_tell,
    carries_facts=True,
    opens_case=True,
)
