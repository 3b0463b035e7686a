"""Where a case stands on the record, and what its run does next: the one model that judging answers and Temporal
carries.

Codes, versions and times only. It imports nothing but pydantic, because workflows read it too. Fields are only ever
added, with defaults; unknown ones are ignored, so that old and new workers understand each other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Step(StrEnum):
    """What a case's run does next."""

    SCREEN = "screen"
    APPLY = "apply"
    ASK = "ask"
    WAIT = "wait"
    END = "end"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Judged(_Message):
    """One thing that a call judged: the event type's short name, the reason if it was refused, the lane if it was
    screened. A case that the database does not know, or whose store was restored meanwhile, answers that as
    ``kind``."""

    kind: str
    refused: str | None = None
    lane: str | None = None

    @property
    def words(self) -> str:
        """As Temporal's pages show it."""
        if self.kind in ("no_such_case", "superseded"):
            return self.kind
        return f"{self.kind} refused: {self.refused}" if self.refused else f"{self.kind} applied"


class SourceAsk(_Message):
    """One outside source to be asked; ``number`` counts from 0 how often it was asked for this case to no avail."""

    source: str
    number: int
    timeout: timedelta


class Head(_Message):
    """Where a case stands. ``ask`` names the outside sources to be asked, whatever the step; ``wake_at`` is an
    absolute UTC time. ``judged`` is what this call judged; Temporal sees ``outcomes``, the same in words."""

    stage: str
    version: int
    step: Step
    round: int = 1
    office: str = ""
    ruleset: str = ""
    disposition: str | None = None
    next_actor: str = ""
    wake_at: datetime | None = None
    outcomes: tuple[str, ...] = ()
    judged: tuple[Judged, ...] = Field(default=(), exclude=True)
    ask: tuple[SourceAsk, ...] = ()
