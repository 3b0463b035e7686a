"""``secondlook load``: events or bare cases from files into the inbox, in batches, safe to repeat.

Called by the command. A line that is refused (by its form, or by the inbox) is set aside in ``FILE.refused.jsonl`` and
never stops the others; a file that breaks off keeps what came before, and the next file is read. The set-aside lines
may hold personal data: that file, readable by its owner alone, is the only place they may be written to.
"""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from secondlook.cases.events import Acceptance, Busy, IncomingEvent, Unavailable
from secondlook.intake.lines import STANDARD_INPUT, Line, Refused, Source, Unreadable, opened

Accept = Callable[[Sequence[IncomingEvent]], list[Acceptance]]

_BATCH_LINES = 100
_BATCH_BYTES = 4 * 1024 * 1024

_REFUSED_BY_INBOX = {
    "conflict": Refused("conflict", None, "this source and id came before with other content"),
    "unknown_case": Refused("unknown_case", "data.case", "the case was never received"),
}


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """Lines that were read, by what became of them; ``failures`` names each file that could not be read to its end."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a load is: told after each batch. Bytes are as stored, None for standard input."""

    path: Path
    counts: LoadCounts
    bytes_read: int | None
    bytes_total: int | None


def refused_path(path: Path) -> Path:
    """Where the refused lines of a file are set aside."""
    if path == STANDARD_INPUT:
        return Path("stdin.refused.jsonl")
    if path.parts[:2] in (("/", "dev"), ("/", "proc")):
        return Path("-".join(path.parts[2:]) + ".refused.jsonl")
    return path.with_name(path.name + ".refused.jsonl")


def load(paths: Sequence[Path], accept: Accept, progress: Callable[[LoadProgress], None]) -> LoadCounts:
    """Load every file (``-``: standard input). Waits while the inbox is busy; stops where it is unavailable."""
    loading = _Loading(accept, progress)
    for path in paths:
        try:
            with opened(path) as source, _SetAside(refused_path(path)) as aside:
                loading.take(source, aside)
        except Unreadable as unreadable:
            loading.failures.append(str(unreadable))
        except Unavailable:
            loading.failures.append(f"{path}: the record cannot be reached; load again, what came in counts once")
            break
    return loading.counts()


class _SetAside:
    """The file of refused lines: made with the first one, and gone if this load refuses none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> "_SetAside":
        self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, line: Line, refused: Refused) -> None:
        if self._file is None:
            try:
                self._file = os.fdopen(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w")
            except OSError as error:
                raise Unreadable(self._path, 0, f"cannot be written ({error.strerror})") from None
        raw = line.raw.decode(errors="backslashreplace")
        entry = {line.unit: line.number, "reason": refused.reason, "field": refused.place, "problem": refused.problem}
        self._file.write(json.dumps({**entry, "raw": raw}) + "\n")


class _Loading:
    def __init__(self, accept: Accept, progress: Callable[[LoadProgress], None]) -> None:
        self._accept, self._progress = accept, progress
        self._read = self._accepted = self._duplicate = self._refused = 0
        self.failures: list[str] = []

    def counts(self) -> LoadCounts:
        return LoadCounts(self._read, self._accepted, self._duplicate, self._refused, tuple(self.failures))

    def take(self, source: Source, aside: _SetAside) -> None:
        batch: list[Line] = []
        size = 0
        try:
            for line in source.lines():
                batch.append(line)
                size += len(line.raw)
                if len(batch) == _BATCH_LINES or size >= _BATCH_BYTES:
                    full, batch, size = batch, [], 0
                    self._store(full, source, aside)
        except Unreadable:
            self._store(batch, source, aside)
            raise
        self._store(batch, source, aside)

    def _store(self, batch: Sequence[Line], source: Source, aside: _SetAside) -> None:
        events = [line.outcome for line in batch if isinstance(line.outcome, IncomingEvent)]
        answers = iter(self._answers(events))
        for line in batch:
            if isinstance(line.outcome, Refused):
                refused: Refused | None = line.outcome
            else:
                answer = next(answers)
                self._accepted += answer.outcome == "accepted"
                self._duplicate += answer.outcome == "duplicate"
                refused = _REFUSED_BY_INBOX.get(answer.outcome)
            if refused:
                self._refused += 1
                aside.add(line, refused)
        self._read += len(batch)
        self._progress(LoadProgress(source.path, self.counts(), source.position, source.size))

    def _answers(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        while events:
            try:
                return self._accept(events)
            except Busy as busy:
                time.sleep(busy.retry_after_seconds)
        return []
