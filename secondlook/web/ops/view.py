"""What the operators' page says. Templates get ``OpsView`` alone. A number that cannot be known here is said to be
unknown, never shown as 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from secondlook.cases.lifecycle import stages
from secondlook.records import acts
from secondlook.records.reports import HEARD_WITHIN, Heard
from secondlook.records.status import Counts, Stuck
from secondlook.web import words
from secondlook.web.audit.chain import outcome
from secondlook.web.ops.figures import Figure, figures
from secondlook.web.ops.numbers import Numbers
from secondlook.web.ops.repairs import repair

UNKNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class Fact:
    """One number or state, with what it means. ``bad`` asks for somebody to look."""

    name: str
    value: str
    words: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One worker process."""

    process: str
    release: str
    heard: str
    silent: bool
    places: int
    in_flight: int
    temporal: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One outside source, over all workers that were heard of."""

    name: str
    state: str
    bad: bool
    asked: str


@dataclass(frozen=True, slots=True)
class StuckKind:
    """Stuck work of one code, the oldest first, by opaque ids, and what repairs it."""

    code: str
    reason: str
    repair: str
    found: tuple[tuple[str, str, str], ...]
    """Case, event, since when."""


@dataclass(frozen=True, slots=True)
class OpsView:
    at: datetime
    counted_at: datetime | None
    days_at: datetime | None
    late: bool
    health: tuple[Fact, ...]
    work: tuple[Fact, ...]
    stages: tuple[tuple[str, int], ...]
    figures: tuple[Figure, ...]
    workers: tuple[WorkerLine, ...]
    sources: tuple[SourceLine, ...]
    stuck: tuple[StuckKind, ...]


def ops_view(numbers: Numbers, sign_in: bool | None, database: str) -> OpsView:
    """The page for these numbers; ``sign_in`` says whether the provider answers, None where there is none."""
    counts = numbers.now.value if numbers.now else None
    live = [each for each in numbers.heard if numbers.at - each.at <= HEARD_WITHIN]
    known = [str(each) for each in stages()]
    return OpsView(
        at=numbers.at,
        counted_at=numbers.now.at if numbers.now else None,
        days_at=numbers.days.at if numbers.days else None,
        late=numbers.late,
        health=(
            Fact("Database", "Answers", f"{database}, in {_milliseconds(numbers.took)}"),
            _temporal(live),
            _sign_in(sign_in),
            _audit(numbers),
            _verified(numbers),
        ),
        work=_work(counts, live),
        stages=tuple(
            (words.stage(stage) if stage in known else f"{words.UNKNOWN_STAGE} ({stage})", number)
            for stage, number in (counts.cases if counts else {}).items()
        ),
        figures=figures(numbers.days.value, numbers.at) if numbers.days else (),
        workers=tuple(_worker(each, numbers.at) for each in numbers.heard),
        sources=_sources(numbers, live),
        stuck=tuple(_stuck(counts.stuck if counts else ())),
    )


def _stuck(stuck: Sequence[Stuck]) -> Iterator[StuckKind]:
    by_code: dict[str, list[Stuck]] = {}
    for each in stuck:
        by_code.setdefault(each.code, []).append(each)
    for code, found in by_code.items():
        found.sort(key=lambda each: -(each.since_seconds or 0))
        lines = tuple(
            (
                each.case_id,
                each.event_id or "",
                UNKNOWN if each.since_seconds is None else _length(timedelta(seconds=each.since_seconds)),
            )
            for each in found
        )
        yield StuckKind(code, found[0].reason, repair(code), lines)


def _work(counts: Counts | None, live: list[Heard]) -> tuple[Fact, ...]:
    if counts is None:
        return (Fact("Events that wait", UNKNOWN, "nobody has counted yet"),)
    empty = counts.seconds_to_empty
    busy = sum(each.report.in_flight for each in live)
    places = sum(each.report.places for each in live)
    return (
        Fact("Events that wait", f"{counts.backlog:,}", f"{counts.events['in_flight']:,} of them are being judged"),
        Fact("The oldest of them", _length(timedelta(seconds=counts.oldest_seconds)) if counts.backlog else "None"),
        Fact("Judged in a second", f"{counts.drained_per_second:,.1f}", "over the last ten seconds"),
        Fact(
            "Time to empty",
            UNKNOWN if empty is None else _length(timedelta(seconds=empty)) if counts.backlog else "Nothing waits",
            "nothing is being judged" if empty is None else "",
            bad=empty is None,
        ),
        Fact(
            "Workers",
            f"{len(live):,}" if live else UNKNOWN,
            "heard of in the last 30 seconds" if live else "no worker was heard of in the last 30 seconds",
            bad=not live,
        ),
        Fact(
            "Their places for cases",
            f"{busy:,} of {places:,} taken" if live else UNKNOWN,
            "what people wait for has places of its own" if live else "",
        ),
        Fact("Overdue", f"{counts.escalated:,}", "open cases on the supervisors' list"),
        Fact("Stuck", f"{len(counts.stuck):,}", "see below" if counts.stuck else "", bad=bool(counts.stuck)),
        Fact("Refused events", f"{counts.events['refused']:,}", f"{counts.events['applied']:,} were applied"),
    )


def _temporal(live: list[Heard]) -> Fact:
    if not live:
        return Fact("Temporal", UNKNOWN, "only workers ask it, and none was heard of in the last 30 seconds", bad=True)
    answered = sum(each.report.temporal_answers for each in live)
    state = "Answers" if answered == len(live) else "Does not answer" if not answered else "Answers some"
    return Fact("Temporal", state, f"{answered} of {len(live)} workers were answered", bad=answered < len(live))


def _sign_in(answers: bool | None) -> Fact:
    if answers is None:
        return Fact("Sign-in", "Not configured", bad=True)
    return Fact(
        "Sign-in", "Answers" if answers else "Does not answer", "the provider, asked from here", bad=not answers
    )


def _audit(numbers: Numbers) -> Fact:
    check = numbers.checked
    if check is None:
        return Fact("Audit trail", UNKNOWN, "no checkpoint was written that says so here; run secondlook audit verify")
    value = f"{check.broken:,} broken" if check.broken else "In order"
    replayed = f"{check.replayed:,} changed case{'' if check.replayed == 1 else 's'} told again"
    return Fact("Audit trail", value, f"{replayed} {_ago(numbers.at - check.at)}", bad=bool(check.broken))


def _verified(numbers: Numbers) -> Fact:
    last = numbers.verified
    if last is None:
        return Fact("Verified whole", UNKNOWN, "no auditor has asked for it")
    broken = last.kind != acts.VERIFIED or bool(last.detail.get("broken"))
    return Fact("Verified whole", _ago(numbers.at - last.at), outcome(last), bad=broken)


def _worker(each: Heard, now: datetime) -> WorkerLine:
    return WorkerLine(
        process=each.process,
        release=each.report.release,
        heard=_ago(now - each.at),
        silent=now - each.at > HEARD_WITHIN,
        places=each.report.places,
        in_flight=each.report.in_flight,
        temporal="Answers" if each.report.temporal_answers else "Does not answer",
    )


def _sources(numbers: Numbers, live: list[Heard]) -> tuple[SourceLine, ...]:
    asked = numbers.days.value.asked if numbers.days else {}
    told: dict[str, list[bool | None]] = {name: [] for name in asked}
    for each in live:
        for name, is_open in each.report.sources.items():
            told.setdefault(name, []).append(is_open)
    return tuple(_source(name, told[name], asked.get(name, {})) for name in sorted(told))


def _source(name: str, breakers: list[bool | None], asked: Mapping[str, int]) -> SourceLine:
    left_alone = sum(each is True for each in breakers)
    if not breakers:
        state = "Not known: no worker that asks it was heard of"
    elif left_alone:
        state = f"Left alone because it failed, by {left_alone} of {len(breakers)} workers"
    elif all(each is None for each in breakers):
        state = "Not asked yet since the workers started"
    else:
        state = "Asked"
    counted = ", ".join(f"{number:,} {words.plain(code).lower()}" for code, number in sorted(asked.items()))
    return SourceLine(name, state, bool(left_alone), counted or "nothing")


def _milliseconds(took: timedelta) -> str:
    return f"{took.total_seconds() * 1000:.1f} ms"


def _ago(since: timedelta) -> str:
    return f"{_length(since)} ago"


def _length(time: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = max(0, round(time.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:,} {unit}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
