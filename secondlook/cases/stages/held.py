"""A decision waits until its time for withdrawing is over. The window only lets a person's decision take effect."""

from typing import Final

from secondlook.cases.actors import may_withdraw
from secondlook.cases.stage import NextActor, OnTheWay, Stage, TimerKind

HELD: Final = Stage(
    "held",
    order=40,
    words="Decision held",
    next_actor=NextActor.TIMER,
    next_words="nobody: the decision takes effect when its time for withdrawing is over",
    no_form_words="A colleague has decided this case. That colleague or a supervisor of the office may withdraw the "
    "decision.",
    deadlines=lambda office: {TimerKind.WINDOW: office.withdraw_window},
    forms={"withdrawal": may_withdraw},
    on_the_way=OnTheWay(10, lambda _, office: bool(office.withdraw_window)),
)
