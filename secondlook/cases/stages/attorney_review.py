"""An attorney looks at the evidence and decides."""

from typing import Final

from secondlook.cases.actors import works_on
from secondlook.cases.stage import NextActor, Stage, TimerKind

ATTORNEY_REVIEW: Final = Stage(
    "attorney_review",
    order=20,
    words="Attorney review",
    next_actor=NextActor.ATTORNEY,
    next_words="an attorney of the office",
    no_form_words="An attorney of the office decides this case.",
    deadlines=lambda office: {TimerKind.OVERDUE: office.review_due},
    forms={"review": works_on},
)
