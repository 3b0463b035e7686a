"""Every model that crosses Temporal, with the names that histories hold on to. Codes, versions, times, random ids.

Fields are only ever added, with defaults; unknown ones are ignored, so that old and new workers understand each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue, SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from secondlook.head import Head as CaseHead
from secondlook.head import SourceAsk

__all__ = ["CaseHead", "SourceAsk"]

WORKFLOW: Final = "CaseReview"
BELL: Final = "event"
"""The one signal that workers of release 0.1.0 hear. Now signals are named as their event is: ``reviewed``."""
RUNG: Final = "rung"
"""The signal of a ring that names no event: something may wait, the record knows."""
QUERY: Final = "head"
SCREEN: Final = "screen"
APPLY: Final = "apply"
ASK: Final = "ask"
ASK_SOURCE: Final = "ask_source"
SOURCE_UNAVAILABLE: Final = "source_unavailable"

CASE_STAGE: Final = SearchAttributeKey.for_keyword("CaseStage")
OFFICE: Final = SearchAttributeKey.for_keyword("Office")
RULESET: Final = SearchAttributeKey.for_keyword("Ruleset")
SCREENING: Final = TypedSearchAttributes([SearchAttributePair(CASE_STAGE, "screening")])
"""What every run is started with; it shows its case's own stage from its first step on."""


def source_queue(task_queue: str, source: str) -> str:
    """The task queue on which one source is asked, beside the cases' own queue: its rate holds for all its workers."""
    return f"{task_queue}_source_{source}"


def workflow_id(case_id: str) -> str:
    """The id of a case's workflow; rounds are runs of it."""
    return f"case-review/{case_id}"


_CODE: Final = r"^[A-Za-z0-9_.:-]{1,80}$"
Code = Annotated[str, StringConstraints(pattern=_CODE)]
"""A code or an opaque id. What an operator sends by hand is none, and goes into no summary and no log."""
NO_INPUT: Final = RawValue(Payload())


class Message(BaseModel):
    """Base of all messages."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def given(cls, *payloads: RawValue) -> Self | None:
        """Read what came from outside the product's own code; None where it is anything else than one such message."""
        try:
            return cls.model_validate_json(payloads[0].payload.data) if len(payloads) == 1 else None
        except ValidationError:
            return None


class CaseRun(Message):
    """What a run starts from; all else is on the record. ``event_id`` and ``type`` name the event that opened it.

    ``failed`` counts the runs in a row before this one that could not have the case judged.
    """

    case_id: Code
    epoch: int
    event_id: Code | None = None
    type: Code | None = None
    failed: int = 0


class Bell(Message):
    """What a signal carries beside its name: something waits in the inbox. The record alone says what."""

    event_id: Code | None = None
    type: Code | None = None

    @classmethod
    def heard(cls, name: str, payloads: Sequence[RawValue]) -> Self:
        """Any signal is a bell, whatever its name and input; of those only codes are kept."""
        bell = cls.given(*payloads) or cls()
        if name == BELL:
            return bell
        return cls(event_id=bell.event_id, type=name if re.fullmatch(_CODE, name) else None)


class CaseTurn(Message):
    """The input of ``screen`` and ``apply``; ``event_id`` is the bell's, for the log only."""

    case_id: str
    epoch: int
    event_id: str | None = None


class SourceTurn(Message):
    """The input of ``ask_source`` and ``source_unavailable``."""

    case_id: str
    epoch: int
    source: str
    number: int
