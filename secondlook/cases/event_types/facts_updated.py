"""Facts of a known case that changed: ``secondlook.case.facts-updated.v1``."""

from __future__ import annotations

from typing import Final

from secondlook.cases.content import case
from secondlook.cases.event_type import EventType, Glossary, Sender, Told, Urgency
from secondlook.cases.facts import FACTS as FACTS_CHECK
from secondlook.cases.facts_life import FACTS
from secondlook.cases.facts_told import FactsTold
from secondlook.cases.fields import record


def _tell(told: FactsTold, _: str, glossary: Glossary) -> Told:
    names = ", ".join(map(glossary.fact, told.facts))
    return Told("New facts came in.", "New facts came in.", (("Facts", names),) if names else ())


FACTS_UPDATED: Final = EventType(
    name="secondlook.case.facts-updated.v1",
    short="facts-updated",
    summary="Facts of a known case: only those that changed",
    sender=Sender.OUTSIDE,
    urgency=Urgency.NEWS,
    data=record({"case": case, "facts": FACTS_CHECK}, required=("case", "facts")),
    read=FactsTold.of_update,
    life=FACTS,
    tell=_tell,
    carries_facts=True,
)
