"""The state of the chains in words: when they were last checked, what that found, and what people did with the record
as a whole. For the audit page and the operators'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from secondlook.records import acts, checked, checking
from secondlook.records.acts import Act
from secondlook.records.checked import Checked
from secondlook.records.checking import Running
from secondlook.web import words

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """Something that a verification found."""

    case_id: str
    entry: int
    problem: str


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act on the whole record."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Chain:
    """``verified`` is the newest verification that somebody asked for here, whatever came of it."""

    checked: Checked | None
    running: Running | None
    verified_at: datetime | None
    verified: str
    in_order: bool
    broken: tuple[BrokenLine, ...]
    acts: tuple[ActLine, ...]


def read(connection: Connection, names: Mapping[str, str], now: datetime) -> Chain:
    """As it stands."""
    last = next(iter(acts.newest(connection, 1, acts.VERIFIED, acts.VERIFY_FAILED)), None)
    first = last.detail.get("first") if last else None
    return Chain(
        checked=checked.newest(connection),
        running=checking.running(connection, now),
        verified_at=last.at if last else None,
        verified=outcome(last) if last else "",
        in_order=bool(last and last.kind == acts.VERIFIED and not last.detail.get("broken")),
        broken=tuple(BrokenLine(str(each["case"]), int(each["seq"]), str(each["problem"])) for each in first)
        if isinstance(first, list)
        else (),
        acts=tuple(
            ActLine(each.at, names.get(each.actor, each.actor), _what(each)) for each in acts.newest(connection, _SHOWN)
        ),
    )


def outcome(act: Act) -> str:
    """What came of a verification."""
    if act.kind != acts.VERIFIED:
        return _FAILED.get(str(act.detail.get("why")), "It did not come to an end.")
    counts = {name: int(str(act.detail.get(name, 0))) for name in ("cases", "entries", "broken", "unbound", "seconds")}
    found = f"{counts['broken']:,} broken" if counts["broken"] else "none broken"
    text = f"{counts['cases']:,} chains with {counts['entries']:,} entries checked in {counts['seconds']:,} s: {found}."
    if counts["unbound"]:
        text += f" {counts['unbound']:,} were judged by an older release, whose entries say less."
    if act.detail.get("checkpoint") is None:
        text += " There is no checkpoint: a deleted case or a cut-off end would not be noticed."
    return text


_FAILED = {
    "took_too_long": "It was stopped after an hour. Run secondlook audit verify on the machine.",
    "stopped": "It was stopped with the web process. Ask for it again.",
    "no_answer": "It could not be done. Run secondlook audit verify on the machine: it says why.",
}


def _what(act: Act) -> str:
    if act.kind == acts.VERIFYING:
        return "Asked for a verification"
    if act.kind in (acts.VERIFIED, acts.VERIFY_FAILED):
        return f"Verification ended. {outcome(act)}"
    if act.kind == acts.EXPORTED:
        asked = ", ".join(f"{name} {value}" for name, value in act.detail.items() if value)
        return f"Exported the trail{': ' + asked if asked else ', all of it'}"
    if act.kind == acts.SESSIONS_ENDED:
        return f"Ended the sessions of {act.detail.get('person')}: {act.detail.get('sessions')}"
    return words.plain(act.kind)
