"""The kinds of entries in the audit trail, in words. A kind of a newer release is shown as it is written."""

from __future__ import annotations

from typing import Final

from secondlook.cases.event_type import event_types
from secondlook.records.audit import NOTED as AS_FOUND
from secondlook.records.decision_records import MADE, PRINTED
from secondlook.records.work import assignments, claims, holds, notes
from secondlook.web import words
from secondlook.web.case.history import REVEALED, SHOWN

KINDS: Final = {
    "received": "Case received",
    "facts-updated": "Facts updated",
    "facts-corrected": "Facts corrected",
    "rescreened": "Screened as of today",
    "reviewed": "Review",
    "concurred": "Supervisor's answer",
    "withdrawn": "Decision withdrawn",
    "late-facts-answered": "Answer to late facts",
    "timer.window": "Time to withdraw over",
    "timer.reminder": "Reminder of facts asked for",
    "timer.overdue": "Overdue",
    "event.set-aside": "Event set aside",
    "event.requeued": "Event judged again",
    REVEALED: "A-number shown in full",
    SHOWN: "Protected facts shown",
    MADE: "Decision record made",
    PRINTED: "Decision record printed",
    assignments.ASSIGNED: "Case assigned",
    assignments.UNASSIGNED: "Case taken off a list",
    claims.BROKEN: "Case taken back",
    holds.HELD_BACK: "Put on hold",
    notes.NOTED: "Note written",
    AS_FOUND: "Noted as found at the upgrade",
}


def kind(code: str) -> str:
    """A kind in words."""
    return KINDS.get(code, words.plain(code.replace(".", " ")))


def unnamed() -> set[str]:
    """Event types that have no words here."""
    return {each.short for each in event_types()} - KINDS.keys()
