"""An attorney asked for facts. They may come, and nobody has to wait for them."""

from typing import Final

from secondlook.cases.actors import works_on
from secondlook.cases.stage import NextActor, Stage, TimerKind

AWAITING_FACTS: Final = Stage(
    "awaiting_facts",
    order=30,
    words="Awaiting facts",
    next_actor=NextActor.SENDER_AND_ATTORNEY,
    next_words="whoever sends the facts, or an attorney of the office",
    no_form_words="An attorney of the office asked for facts.",
    deadlines=lambda office: {TimerKind.REMINDER: office.reminder_every, TimerKind.OVERDUE: office.facts_due},
    forms={"review": works_on, "withdrawal": works_on},
)
