"""Splits text into its JSON values, an array at the top into its items, in bounded memory. Called by ``lines``.

It decides where a value ends and nothing else: each is handed on as it stands, to be read as strictly as a line is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

_CHUNK = 64 * 1024
_DEEPEST = 1_000
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|"|[\[\]{},]|\s+', re.DOTALL)


class Reads(Protocol):
    """Bytes as they come."""

    def read1(self, size: int = -1, /) -> bytes: ...


class BrokenOff(Exception):
    """The text ends inside a value or an array, or closes what was never opened; ``problem`` says which."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


def values(stream: Reads, longest: int) -> Iterator[tuple[bytes, bool]]:
    """Each value as it stands, and whether it is whole: of one longer than ``longest`` only the beginning is kept.

    Raises BrokenOff after the last value that could be told apart.
    """
    split = _Split(longest)
    while data := stream.read1(_CHUNK):
        yield from split.feed(data)
    yield from split.end()


class _Split:
    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._kept = bytearray()
        self._length = 0
        self._depth = 0
        self._in_array = False
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bool]]:
        data = self._rest + data
        self._rest = b""
        at = 0
        for token in _TOKEN.finditer(data):
            start, end = token.span()
            kind = data[start : start + 1]
            if kind == b'"' and end == start + 1:
                # A string that goes on in what comes next; one without end is not kept whole.
                self._keep(data[at:start])
                self._rest, at = data[start:], len(data)
                if len(self._rest) > self._longest + _CHUNK:
                    raise BrokenOff("a text in quotes does not end")
                break
            self._keep(data[at:start])
            at = end
            yield from self._take(kind, data[start:end])
        self._keep(data[at:])

    def end(self) -> Iterator[tuple[bytes, bool]]:
        self._keep(self._rest)
        broken = self._depth > 0 or self._in_array
        yield from self._done()
        if broken:
            raise BrokenOff("the JSON ends too early")

    def _take(self, kind: bytes, token: bytes) -> Iterator[tuple[bytes, bool]]:
        match kind:
            case b"[" if not self._depth and not self._in_array and not self._length:
                self._in_array = True
            case b"]" if not self._depth and self._in_array:
                yield from self._done()
                self._in_array = False
            case b"," if not self._depth and self._in_array:
                yield from self._done()
            case b"{" | b"[":
                self._keep(token)
                self._depth += 1
                if self._depth > _DEEPEST:
                    raise BrokenOff("the JSON is nested too deeply")
            case b"}" | b"]":
                if not self._depth:
                    raise BrokenOff("the JSON closes what was never opened")
                self._keep(token)
                self._depth -= 1
                if not self._depth and not self._in_array:
                    yield from self._done()
            case b'"' | b",":
                self._keep(token)
            case _ if self._length and (self._depth or self._in_array):
                self._keep(token)
            case _:
                yield from self._done()

    def _keep(self, part: bytes) -> None:
        self._length += len(part)
        if len(self._kept) < self._longest:
            self._kept += part[: self._longest - len(self._kept)]

    def _done(self) -> Iterator[tuple[bytes, bool]]:
        if self._length:
            yield bytes(self._kept).rstrip(), self._length <= self._longest
        self._kept.clear()
        self._length = 0
