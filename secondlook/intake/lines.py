"""A file of events or bare cases, read line by line in bounded memory.

Called by ``files`` (loading) and by ``secondlook screen``. Plain or gzip is told by the first bytes, an event from a
bare case by ``specversion``. A line that cannot be used is answered as a refusal, never raised: it must not stop the
others.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from secondlook.cases.events import LARGEST_EVENT, IncomingEvent, bare_case_event, parse_event
from secondlook.cases.fields import Invalid
from secondlook.intake.json_text import Malformed, decode

STANDARD_INPUT = Path("-")
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """A file cannot be read, or not on; ``line`` is the last one that was read whole (0: none)."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        self.path, self.line, self.problem = path, line, problem
        super().__init__(
            f"{path}: {problem}" + (f" after line {line}; the lines up to there were read" if line else "")
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line was not used. ``place`` names the field where there is one; ``problem`` never holds a value."""

    reason: str
    place: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, counted from 1: the event in it, or why there is none."""

    number: int
    raw: bytes
    outcome: IncomingEvent | Refused


class Source:
    """One open file (``-``: standard input) with its lines; ``position`` and ``size`` are bytes as stored."""

    def __init__(self, path: Path, stored: BinaryIO, size: int | None) -> None:
        self.path, self.size = path, size
        self._stored = stored

    @property
    def position(self) -> int | None:
        """How far the stored bytes were read; None for standard input."""
        return None if self.size is None else self._stored.tell()

    def lines(self) -> Iterator[Line]:
        """Every line that is not blank. Raises Unreadable where the file breaks off."""
        number = 0
        try:
            for number, (raw, whole) in enumerate(_bounded(_decompressed(self._stored)), 1):
                if raw.strip():
                    outcome = _event(raw) if whole else _TOO_LONG
                    yield Line(number, raw, outcome)
        except EOFError:
            raise Unreadable(self.path, number, "the gzip data ends too early") from None
        except (gzip.BadGzipFile, zlib.error):
            raise Unreadable(self.path, number, "the gzip data is damaged") from None
        except OSError as error:
            raise Unreadable(self.path, number, error.strerror or "cannot be read on") from None


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open for reading. Raises Unreadable."""
    if path == STANDARD_INPUT:
        yield Source(path, sys.stdin.buffer, None)
        return
    try:
        stored = path.open("rb")
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(path, 0, error.strerror or "cannot be opened") from None
    with stored:
        yield Source(path, stored, size)


_TOO_LONG = Refused("too_long", None, f"a line may have at most {LARGEST_EVENT} bytes")


def _decompressed(stored: BinaryIO) -> BinaryIO | gzip.GzipFile:
    if isinstance(stored, io.BufferedReader) and stored.peek(len(_GZIP)).startswith(_GZIP):
        # Not wrapped in another buffer: one would drop what precedes the place where truncated data breaks off.
        return gzip.GzipFile(fileobj=stored)
    return stored


def _bounded(stream: BinaryIO | gzip.GzipFile) -> Iterator[tuple[bytes, bool]]:
    """Each line without its ending, and whether it is whole: of an endless one only the beginning is kept."""
    first = True
    while line := stream.readline(LARGEST_EVENT + 2):
        if first:
            line, first = line.removeprefix(_BYTE_ORDER_MARK), False
        end = line
        while end and not end.endswith(b"\n"):
            end = stream.readline(LARGEST_EVENT)
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        yield content[:LARGEST_EVENT], len(content) <= LARGEST_EVENT


def _event(raw: bytes) -> IncomingEvent | Refused:
    try:
        document = decode(raw)
        is_event = isinstance(document, dict) and "specversion" in document
        return parse_event(document) if is_event else bare_case_event(document)
    except Malformed as malformed:
        return Refused("malformed", None, malformed.problem)
    except Invalid as invalid:
        return Refused("invalid", invalid.problems[0].place, str(invalid))
