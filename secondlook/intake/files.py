"""``secondlook load``: events or bare cases from files into the inbox, in batches, safe to repeat; or only looked at.

Called by the command. A line that is refused (by its form, or by the inbox) is set aside in ``FILE.refused.jsonl`` and
never stops the others; a file that breaks off keeps what came before, and the next file is read. The set-aside lines
may hold personal data: that file, readable by its owner alone, is the only place they may be written to.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

from secondlook.cases.events import LARGEST_EVENT, Acceptance, Busy, IncomingEvent, Unavailable
from secondlook.intake.json_text import Malformed, decode
from secondlook.intake.lines import STANDARD_INPUT, Line, Refused, Source, Unreadable, is_set_aside, opened

Accept = Callable[[Sequence[IncomingEvent]], list[Acceptance]]

Aside = Callable[[Line, Refused], None]

_BATCH_LINES = 100
_BATCH_BYTES = 4 * 1024 * 1024

_REFUSED_BY_INBOX = {
    "conflict": Refused("conflict", None, "this source and id came before with other content"),
    "unknown_case": Refused("unknown_case", "data.case", "the case was never received"),
}


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """Lines that were read, by what became of them; ``failures`` names each file that could not be read to its
    end, ``set_aside`` the files of refused lines, ``notes`` what else a person should hear."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    failures: tuple[str, ...] = ()
    set_aside: tuple[Path, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


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
    """Load every file (``-``: standard input). Waits while the inbox is busy; stops where it is unavailable.

    Files of lines that an earlier load set aside are left out where others are named with them, as by ``*.jsonl``.
    """
    loading = _Loading(accept, progress)
    wanted = _wanted(paths, loading)
    asked = {path.absolute() for path in wanted}
    for path in wanted:
        try:
            with opened(path) as source, _SetAside(source, asked) as aside:
                try:
                    loading.take(source, aside.add)
                finally:
                    loading.aside += aside.made
            if aside.problem is not None:
                loading.failures.append(aside.problem)
        except Unreadable as unreadable:
            loading.failures.append(str(unreadable))
        except Unavailable as problem:
            why = _UNAVAILABLE.get(problem.code, "the record cannot be reached")
            loading.failures.append(f"{path}: {why}; load again then, what came in counts once")
            break
        except KeyboardInterrupt:
            loading.failures.append(f"{path}: stopped; load again, what came in counts once")
            break
    return loading.counts()


_UNAVAILABLE = {
    "full": "the disk of the record is full: make room",
    "read_only": "the record may only be read: look at its file's rights",
    "damaged": "the record is damaged: restore it from a copy",
}


def check(
    paths: Sequence[Path], told: Callable[[Path, Line, Refused], None], progress: Callable[[LoadProgress], None]
) -> LoadCounts:
    """Read every file and tell what would be refused; nothing is stored or set aside.

    Whether a case was received, and whether something came in before, only the record knows.
    """
    loading = _Loading(_Seen().accept, progress)
    for path in _wanted(paths, loading):
        try:
            with opened(path) as source:
                loading.take(source, lambda line, refused, path=path: told(path, line, refused))  # type: ignore[misc]
        except Unreadable as unreadable:
            loading.failures.append(str(unreadable))
    return loading.counts()


class _Seen:
    """What the files themselves repeat: an event's source and id, and its content."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str, str], bytes] = {}

    def accept(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        return [Acceptance(self._outcome(event), None, None) for event in events]

    def _outcome(self, event: IncomingEvent) -> Literal["accepted", "duplicate", "conflict"]:
        content = hashlib.sha256(event.content).digest()
        before = self._contents.setdefault((event.source, event.id), content)
        if before is content:
            return "accepted"
        return "duplicate" if before == content else "conflict"


def _wanted(paths: Sequence[Path], loading: "_Loading") -> list[Path]:
    """Without the files of refused lines among others: who names only such files wants them read again."""
    ours = [path for path in paths if path != STANDARD_INPUT and path.is_file() and _is_ours(path)]
    if len(ours) == len(paths):
        return list(paths)
    for path in ours:
        loading.notes.append(
            f"{path} holds lines that an earlier load refused: left out. Name it alone to load them again."
        )
    return [path for path in paths if path not in ours]


class _SetAside:
    """The file of refused lines: made with the first one. It replaces one of an earlier load of the same plain file,
    and nothing else: what somebody else wrote there, or asked to have read, stays, and another name is taken.
    """

    def __init__(self, source: Source, asked: Collection[Path]) -> None:
        self._path = _free(refused_path(source.path), asked, replace=source.size is not None)
        self._file: TextIO | None = None
        self.problem: str | None = None

    def __enter__(self) -> "_SetAside":
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._attempt(self._file.close)

    def add(self, line: Line, refused: Refused) -> None:
        if self.problem is None:
            raw = line.raw.decode(errors="backslashreplace")
            entry = {line.unit: line.number, "reason": refused.reason, "field": refused.place}
            text = json.dumps({**entry, "problem": refused.problem, "raw": raw}) + "\n"
            self._attempt(lambda: self._write(text))

    @property
    def made(self) -> list[Path]:
        return [self._path] if self._file is not None else []

    def _write(self, text: str) -> None:
        if self._file is None:
            self._file = os.fdopen(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w")
        self._file.write(text)

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError as error:
            self.problem = f"{self._path}: refused lines cannot be set aside here ({error.strerror})"


def _free(path: Path, asked: Collection[Path], *, replace: bool) -> Path:
    number = 1
    found = path
    while os.path.lexists(found) and not (replace and found.absolute() not in asked and _is_ours(found)):
        number += 1
        found = path.with_name(f"{path.name.removesuffix('.jsonl')}-{number}.jsonl")
    return found


def _is_ours(path: Path) -> bool:
    """Whether a load has written this file: its first line says so."""
    try:
        with path.open("rb") as file:
            document = decode(file.readline(3 * LARGEST_EVENT))
    except (OSError, Malformed):
        return False
    return isinstance(document, dict) and is_set_aside(document)


class _Loading:
    def __init__(self, accept: Accept, progress: Callable[[LoadProgress], None]) -> None:
        self._accept, self._progress = accept, progress
        self._read = self._accepted = self._duplicate = self._refused = 0
        self.failures: list[str] = []
        self.aside: list[Path] = []
        self.notes: list[str] = []

    def counts(self) -> LoadCounts:
        return LoadCounts(
            self._read,
            self._accepted,
            self._duplicate,
            self._refused,
            tuple(self.failures),
            tuple(self.aside),
            tuple(self.notes),
        )

    def take(self, source: Source, aside: Aside) -> None:
        batch: list[Line] = []
        size = 0
        before = self._accepted + self._duplicate, self._refused, self._read
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
        taken, refused = self._accepted + self._duplicate - before[0], self._refused - before[1]
        if self._read == before[2]:
            self.notes.append(f"{source.path}: it is empty, so there was nothing to load")
        if refused and not taken:
            self.failures.append(f"{source.path}: nothing of it was taken: all {refused} were refused")

    def _store(self, batch: Sequence[Line], source: Source, aside: Aside) -> None:
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
                aside(line, refused)
        self._read += len(batch)
        self._progress(LoadProgress(source.path, self.counts(), source.position, source.size))

    def _answers(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        while events:
            try:
                return self._accept(events)
            except Busy as busy:
                time.sleep(busy.retry_after_seconds)
        return []
