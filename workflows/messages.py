"""Every model that crosses Temporal, with the names that histories hold on to. Codes, versions, times, random ids.

Fields are only ever added, with defaults; unknown ones are ignored, so that old and new workers understand each other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict
from temporalio.common import RetryPolicy, SearchAttributeKey

from secondlook.head import Head as CaseHead
from secondlook.head import SourceAsk

__all__ = ["CaseHead", "SourceAsk"]

WORKFLOW: Final = "CaseReview"
SIGNAL: Final = "event"
QUERY: Final = "head"
SCREEN: Final = "screen"
APPLY: Final = "apply"
ASK: Final = "ask"
ASK_SOURCE: Final = "ask_source"
SOURCE_UNAVAILABLE: Final = "source_unavailable"

CASE_STAGE: Final = SearchAttributeKey.for_keyword("CaseStage")
OFFICE: Final = SearchAttributeKey.for_keyword("Office")
RULESET: Final = SearchAttributeKey.for_keyword("Ruleset")

ACTIVITY_TIMEOUT: Final = timedelta(seconds=30)
ACTIVITY_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=5)
)
LOCAL_RETRY_THRESHOLD: Final = timedelta(seconds=1)
"""Longer pauses between tries are Temporal's timers; one that the worker keeps holds up its exit while tries fail."""
LEAST_WAIT: Final = timedelta(milliseconds=500)
"""A deadline that is over here but not yet for the record, whose clock may be behind, is not asked for in a loop."""

ASK_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=10),
)
ASK_TRIES: Final = 4
"""After this many a source that fails is taken to be silent. It is no limit for what is not the source's fault."""
ASK_HEARTBEAT: Final = timedelta(seconds=10)
ASK_RECORDING: Final = timedelta(seconds=10)
"""What an ask may take beyond the source's own time, to write its answer down."""
ASK_QUEUED: Final = timedelta(days=1)
"""How long an ask may wait for its turn: a source's rate is slow by design, so waiting is no failure."""


def source_queue(task_queue: str, source: str) -> str:
    """The task queue on which one source is asked, beside the cases' own queue: its rate holds for all its workers."""
    return f"{task_queue}_source_{source}"


def workflow_id(case_id: str) -> str:
    """The id of a case's workflow; rounds are runs of it."""
    return f"case-review/{case_id}"


class Message(BaseModel):
    """Base of all messages."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CaseRun(Message):
    """What a run starts from; all else is on the record. ``event_id`` and ``type`` name the event that opened it."""

    case_id: str
    epoch: int
    event_id: str | None = None
    type: str | None = None


class Bell(Message):
    """The signal ``event``: something waits in the inbox."""

    event_id: str | None = None
    type: str | None = None


class CaseTurn(Message):
    """The input of ``screen`` and ``apply``."""

    case_id: str
    epoch: int


class SourceTurn(Message):
    """The input of ``ask_source`` and ``source_unavailable``."""

    case_id: str
    epoch: int
    source: str
    number: int
