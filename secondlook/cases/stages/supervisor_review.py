"""A supervisor who did not decide the case concurs or returns it."""

from typing import Final

from secondlook.cases.actors import may_concur, may_withdraw
from secondlook.cases.stage import NextActor, OnTheWay, Stage, TimerKind

SUPERVISOR_REVIEW: Final = Stage(
    "supervisor_review",
    order=50,
    words="Supervisor review",
    next_actor=NextActor.SUPERVISOR,
    next_words="a supervisor of the office who did not decide the case",
    no_form_words="A colleague has decided this case. A supervisor of the office answers next.",
    deadlines=lambda office: {TimerKind.OVERDUE: office.concurrence_due},
    forms={"concurrence": may_concur, "withdrawal": may_withdraw},
    on_the_way=OnTheWay(20, lambda decision, office: decision.action in office.concurrence),
)
