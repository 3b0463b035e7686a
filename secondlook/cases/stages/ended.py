"""The three ends of a round. Each carries out the action that a person decided; nothing leaves them by itself."""

from typing import Final

from secondlook.cases.actors import may_answer_late_facts
from secondlook.cases.stage import NextActor, Stage


def _end(code: str, order: int, words: str, action: str) -> Stage:
    return Stage(
        code,
        order=order,
        words=words,
        next_actor=NextActor.NOBODY,
        next_words="nobody: this round has ended",
        no_form_words="This round of review has ended. Nothing can be decided on it any more.",
        forms={"late-facts": may_answer_late_facts},
        ends=action,
    )


CLOSED: Final = _end("closed", 910, "Administratively closed", "close")
DISMISSED: Final = _end("dismissed", 920, "Dismissed", "dismiss")
CONTINUED: Final = _end("continued", 930, "Proceedings continue", "continue")
