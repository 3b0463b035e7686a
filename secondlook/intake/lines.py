"""A file of events or bare cases, read one by one in bounded memory: JSON lines, a JSON array, or documents over lines.

Called by ``files`` (loading) and by ``secondlook screen``. Plain or gzip, coding and layout are told by the first bytes
(``kinds``), an event from a bare case by ``specversion``. What cannot be used is answered as a refusal, never raised:
it must not stop the others. A line that a load set aside is read as what it was before.
"""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from secondlook.cases.events import LARGEST_EVENT, IncomingEvent, bare_case_event, parse_event
from secondlook.cases.fields import Invalid
from secondlook.intake.json_text import Malformed, decode
from secondlook.intake.kinds import HEAD, Layout, WrongKind, check_signature, coding, layout
from secondlook.intake.values import BrokenOff, Reads, values

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STANDARD_INPUT = Path("-")
SET_ASIDE_FIELDS = frozenset({"reason", "field", "problem", "raw"})
_GZIP = b"\x1f\x8b"
_CHUNK = 128 * 1024


class Unreadable(Exception):
    """A file cannot be read, or not on; ``line`` is the last line or item that was read whole (0: none)."""

    def __init__(self, path: Path, line: int, problem: str, unit: str = "line") -> None:
        self.path, self.line, self.problem = path, line, problem
        super().__init__(
            f"{path}: {problem}" + (f" after {unit} {line}; the {unit}s up to there were read" if line else "")
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line was not used. ``place`` names the field where there is one; ``problem`` never holds a value."""

    reason: str
    place: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line (or item of an array) that is not blank, counted from 1: the event in it, or why there is none."""

    number: int
    raw: bytes
    outcome: IncomingEvent | Refused
    unit: str = "line"


class Source:
    """One open file (``-``: standard input) with its lines; ``position`` and ``size`` are bytes as stored."""

    def __init__(self, path: Path, stored: BinaryIO, size: int | None) -> None:
        self.path, self.size = path, size
        self._stored = stored

    @property
    def position(self) -> int | None:
        """How far the stored bytes were read; None for what is no plain file."""
        return None if self.size is None else self._stored.tell()

    def lines(self) -> Iterator[Line]:
        """Every line or item that is not blank. Raises Unreadable for no JSON, and where the file breaks off."""
        number, unit = 0, Layout.LINES.value
        try:
            text, found = _text(cast(Reads, self._stored))
            if found is None:
                return
            unit = found.value
            pieces = _bounded(text) if found is Layout.LINES else values(text, LARGEST_EVENT)
            for number, (raw, whole) in enumerate(pieces, 1):
                if raw.strip():
                    yield Line(number, raw, _event(raw) if whole else _TOO_LONG, unit)
        except WrongKind as problem:
            raise Unreadable(self.path, 0, str(problem)) from None
        except BrokenOff as broken:
            raise Unreadable(self.path, number, broken.problem, unit) from None
        except UnicodeDecodeError as problem:
            raise Unreadable(self.path, number, f"the {problem.encoding} text is damaged", unit) from None
        except EOFError:
            raise Unreadable(self.path, number, "the gzip data ends too early", unit) from None
        except (gzip.BadGzipFile, zlib.error):
            raise Unreadable(self.path, number, "the gzip data is damaged", unit) from None
        except OSError as error:
            raise Unreadable(self.path, number, error.strerror or "cannot be read on", unit) from None


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open for reading. Raises Unreadable."""
    if path == STANDARD_INPUT:
        yield Source(path, sys.stdin.buffer, None)
        return
    try:
        stored = path.open("rb", buffering=_CHUNK)
        status = path.stat()
    except OSError as error:
        raise Unreadable(path, 0, error.strerror or "cannot be opened") from None
    with stored:
        yield Source(path, stored, status.st_size if stat.S_ISREG(status.st_mode) else None)


_TOO_LONG = Refused("too_long", None, f"an event or case may have at most {LARGEST_EVENT} bytes")


class _Ahead(io.RawIOBase):
    """A stream of which the beginning was read ahead, ``mark`` bytes of it left out; an error comes in its place."""

    def __init__(self, stream: Reads) -> None:
        self._stream = stream
        self._head = b""
        self._problem: Exception | None = None

    def look(self, size: int) -> bytes:
        """The first bytes: fewer only where the stream ends or breaks off."""
        try:
            while self._problem is None and len(self._head) < size and (more := self._stream.read1(size)):
                self._head += more
        except (EOFError, OSError, zlib.error, UnicodeDecodeError) as problem:
            self._problem = problem
        return self._head

    @property
    def broken(self) -> bool:
        return self._problem is not None

    def drop(self, size: int) -> None:
        """Leave out the first bytes of what was looked at."""
        self._head = self._head[size:]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        data = self._head[: len(room)]
        if data:
            self._head = self._head[len(data) :]
        elif self._problem is not None:
            raise self._problem
        else:
            data = self._stream.read1(len(room))
        room[: len(data)] = data
        return len(data)


class _Recoded:
    """A stream in another coding as UTF-8. Half a surrogate pair stays one, so that whoever decodes it refuses it."""

    def __init__(self, stream: Reads, name: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(name)("surrogatepass")

    def read1(self, size: int = -1, /) -> bytes:
        while data := self._stream.read1(max(size // 4, 1) if size > 0 else _CHUNK):
            if text := self._decoder.decode(data):
                return text.encode("utf-8", "surrogatepass")
        return self._decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def _text(stored: Reads) -> tuple[io.BufferedReader, Layout | None]:
    """The file's text as UTF-8 without a mark, and how cases stand in it. Raises WrongKind."""
    ahead = _Ahead(stored)
    if ahead.look(HEAD).startswith(_GZIP):
        ahead = _Ahead(gzip.GzipFile(fileobj=io.BufferedReader(ahead, _CHUNK)))
    head = ahead.look(HEAD)
    check_signature(head)
    name, mark = coding(head)
    ahead.drop(mark)
    if name != "utf-8":
        ahead = _Ahead(_Recoded(io.BufferedReader(ahead, _CHUNK), name))
    found = layout(ahead.look(HEAD))
    return io.BufferedReader(ahead, _CHUNK), found if found is not None or not ahead.broken else Layout.LINES


def _bounded(stream: io.BufferedReader) -> Iterator[tuple[bytes, bool]]:
    """Each line without its ending, and whether it is whole: of an endless one only the beginning is kept."""
    while line := stream.readline(LARGEST_EVENT + 2):
        end = line
        while end and not end.endswith(b"\n"):
            end = stream.readline(LARGEST_EVENT)
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        yield content[:LARGEST_EVENT], len(content) <= LARGEST_EVENT


def _event(raw: bytes) -> IncomingEvent | Refused:
    try:
        document = decode(raw)
        if isinstance(document, dict) and is_set_aside(document):
            document = decode(str(document["raw"]).encode())
        is_event = isinstance(document, dict) and "specversion" in document
        return parse_event(document) if is_event else bare_case_event(document)
    except Malformed as malformed:
        return Refused("malformed", None, malformed.problem)
    except Invalid as invalid:
        return Refused("invalid", invalid.problems[0].place, str(invalid))


def is_set_aside(document: dict[str, object]) -> bool:
    """Whether this is what ``files`` writes of a line that it sets aside."""
    return (
        "raw" in document
        and document.keys() - {"line", "item"} == SET_ASIDE_FIELDS
        and isinstance(document["raw"], str)
    )
