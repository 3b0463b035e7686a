"""The case was received; its facts go through the rule set by themselves."""

from typing import Final

from secondlook.cases.stage import NextActor, Stage

SCREENING: Final = Stage(
    "screening",
    order=10,
    words="Being screened",
    next_actor=NextActor.SYSTEM,
    next_words="the screening, by itself",
    no_form_words="The case is being screened. The review form is here as soon as the screening is.",
)
