"""Has pages set for paper, one after the other, each by a process of its own. Called by ``routes``; one a web process.

Setting a page is seconds of work in Python: in this process it would hold up every page of everybody. The one that does
it runs below everybody's priority, and is ended where it takes too long.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import structlog

from secondlook.web.decision_record.typeset import NO_LETTERS, NO_LIBRARY

log = structlog.get_logger()

WITHIN: Final = 90.0
"""Seconds for a document, with the wait for the ones before it."""
_ENVIRONMENT: Final = {"LANG": "C.UTF-8"}
_WHY: Final = {NO_LIBRARY: "library", NO_LETTERS: "letters"}
_PROGRAM: Final = (sys.executable, "-I", "-m", "secondlook.web.decision_record.typeset")


class CannotPrint(Exception):
    """There is no PDF. ``code`` is ``library`` or ``letters`` where this machine lacks one, else ``failed``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Printer:
    """One document at a time."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def pdf(self, html: bytes) -> bytes:
        """The page for paper. Raises CannotPrint."""
        try:
            async with asyncio.timeout(WITHIN), self._one:
                return await _typeset(html)
        except TimeoutError:
            raise CannotPrint("failed") from None


async def _typeset(html: bytes) -> bytes:
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *_PROGRAM, stdin=pipe, stdout=pipe, stderr=nowhere, env=_ENVIRONMENT, cwd="/"
    )
    try:
        written, _ = await process.communicate(html)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.warning("a decision record was not set as a PDF", code=process.returncode)
        raise CannotPrint(_WHY.get(process.returncode or 0, "failed"))
    return written
