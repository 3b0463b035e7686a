"""Whether a case's page offers to screen it as of today, and when somebody last did to no new result. Built by the
case's view.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from secondlook.cases.actors import Actor, works_on
from secondlook.cases.event_types.rescreened import RESCREENED, RESCREENING
from secondlook.cases.moves import Refuse
from secondlook.cases.state import CaseState
from secondlook.policy import Screening
from secondlook.records.reading import HistoryEntry
from secondlook.web import words


@dataclass(frozen=True, slots=True)
class RescreenView:
    """The offer. ``looked_at`` is when it was last screened again and nothing changed."""

    as_of: str
    today: str
    looked_at: datetime | None


def rescreen_view(
    state: CaseState, screening: Screening, acts: tuple[HistoryEntry, ...], actor: Actor, today: date
) -> RescreenView | None:
    """None where it would be refused, or where the screening is as of today."""
    takes = not isinstance(RESCREENING.rule_at(state.at), Refuse)
    if not takes or not works_on(actor, state) or screening.as_of >= today:
        return None
    same = (
        act.at
        for act in acts
        if act.kind == RESCREENED.short and act.detail.get("version") == state.version and act.detail.get("nothing_new")
    )
    return RescreenView(words.day(screening.as_of.isoformat()), words.day(today.isoformat()), next(same, None))
