"""What Temporal's own pages say of a case, in words: summaries of runs, steps and timers, and a run's details.

Made of codes and times only. Words are no part of what a replay compares, so they may change with any release; when
search attributes are written is.
"""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

from workflows.messages import CASE_STAGE, OFFICE, RULESET, CaseHead

NEW_CASE = "A new case: screening, then an attorney's review"
TAKEN_UP = "A case taken up where its record stands"

_WHOM = {
    "attorney": "an attorney",
    "supervisor": "a supervisor",
    "sender_and_attorney": "facts that were asked for",
    "timer": "the time to withdraw to pass",
}


def judging(kind: str | None) -> str:
    """A step's summary; ``kind`` is the short name of the event that rang, None where the run woke by itself."""
    return f"Judging: {kind or 'what waits or is due'}"


def waiting(head: CaseHead) -> str:
    """A timer's summary."""
    until = f" until {_moment(head.wake_at)}" if head.wake_at else ""
    return f"Waiting for {_WHOM.get(head.next_actor, head.next_actor)}{until}"


def details(head: CaseHead) -> str:
    """A run's details: where the case stands and what comes next."""
    if head.step == "end":
        return f"Ended as {head.stage}, version {head.version}."
    wakes = f" Wakes by itself on {_moment(head.wake_at)}." if head.wake_at else ""
    sources = f" Asking: {', '.join(ask.source for ask in head.ask)}." if head.ask else ""
    return f"Stage: {head.stage}, version {head.version}. Next: {head.next_actor}.{wakes}{sources}"


def show(head: CaseHead, before: CaseHead) -> None:
    """Search attributes where they changed, each of which costs, and the run's details."""
    changed = [
        key.value_set(now)
        for key, now, was in (
            (CASE_STAGE, head.stage, before.stage),
            (OFFICE, head.office, before.office),
            (RULESET, head.ruleset, before.ruleset),
        )
        if now and now != was
    ]
    if changed:
        workflow.upsert_search_attributes(changed)
    workflow.set_current_details(details(head))


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M} UTC"
