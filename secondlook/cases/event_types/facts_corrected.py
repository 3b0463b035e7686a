"""An attorney found a fact wrong in the file, or missing: ``secondlook.case.facts-corrected.v1``."""

from __future__ import annotations

from typing import Final

from secondlook.cases.content import act, long_text, maybe_text
from secondlook.cases.event_type import EventType, Glossary, Sender, Told, Urgency
from secondlook.cases.facts import FACTS as FACTS_CHECK
from secondlook.cases.facts_life import FACTS
from secondlook.cases.facts_told import FactsTold


def _tell(told: FactsTold, who: str, glossary: Glossary) -> Told:
    names = ", ".join(map(glossary.fact, told.facts))
    changed = ((names, told.changed),) if told.changed else (("Facts", names),)
    texts = (*(changed if names else ()), ("Note", told.note))
    return Told(f"{who} corrected facts.", f"{who} tried to correct facts.", texts)


FACTS_CORRECTED: Final = EventType(
    name="secondlook.case.facts-corrected.v1",
    short="facts-corrected",
    summary="Facts that an attorney of the office found wrong or missing in the file, with a note",
    sender=Sender.PERSON,
    urgency=Urgency.PERSON_WAITS,
    data=act({"facts": FACTS_CHECK, "note": long_text}, optional={"changed": maybe_text}),
    read=FactsTold.of_correction,
    life=FACTS,
    tell=_tell,
    carries_facts=True,
    level=2,
)
