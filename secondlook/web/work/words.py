"""Acts of people's work in sentences, for the case's history, and what the queue is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from secondlook.records.work import assignments, claims, holds, notes, second_reads
from secondlook.web import words

NOTHING_WAITS: Final = "nothing"
"""What became of asking for the next case where there was none, in the queue's address."""

WORK_ACTS: Final[Mapping[str, Callable[[str, Mapping[str, object]], str]]] = {
    claims.BROKEN: lambda who, detail: f"{who} took the case back from {detail.get('whose')}. The notes say why.",
    holds.HELD_BACK: lambda who, detail: f"{who} put the case on hold until {words.day(str(detail.get('until')))}.",
    notes.NOTED: lambda who, _: f"{who} wrote a note.",
    assignments.ASSIGNED: lambda who, detail: f"{who} assigned the case to {detail.get('to')}.",
    second_reads.READ: lambda who, _: f"{who} read the finished case a second time.",
    assignments.UNASSIGNED: lambda who, detail: f"{who} took the case off {detail.get('whose')}'s list.",
}
