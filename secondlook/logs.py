"""Structured logs, one JSON object a line, with an allow-list of fields. Every process sets it up first.

Fields that are not on the list are dropped. Of what other libraries say only the place in their code, the logger and
the kind of error are written, never a word of the message, whatever it is made of: what is not written can't leak. A
log that cannot be written (the disk is full) loses the line and never stops the work.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from io import TextIOBase
from pathlib import Path
from types import TracebackType

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "role", "pid", "case_id", "event_id", "type", "stage", "version",
        "outcome", "reason", "error", "code", "count", "seconds", "port", "address", "status", "route", "method",
        "signal", "attempt", "activity", "epoch", "how", "office", "ruleset", "line", "file", "key_id",
    }
)  # fmt: skip

_RUN = re.compile(r"case-review/(c_[0-9a-f]{20})")


def _only_allowed(_logger: object, _name: str, fields: MutableMapping[str, object]) -> MutableMapping[str, object]:
    return {name: value for name, value in fields.items() if name in ALLOWED}


class _Lines(TextIOBase):
    """Writes each line whole, so that processes which share a file don't mix theirs."""

    def __init__(self, number: int) -> None:
        self._number = number

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            os.write(self._number, text.encode("utf-8", "replace"))
        return len(text)


class _Stray(TextIOBase):
    """In place of standard error: what is printed there by nobody's plan is counted, not written."""

    def write(self, text: str) -> int:
        if text.strip():
            structlog.get_logger().warning("a library printed to standard error", count=len(text))
        return len(text)


class _Foreign(logging.Handler):
    """Other libraries' records: where in the code they were made and the kind of error, and of which case they speak.

    What our own workflow says is written as it stands there: a constant text.
    """

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        fields = {"logger": _module(record.name)} | _place(record.pathname, record.lineno)
        if kind is not None:
            fields["error"] = kind.__name__
        run = getattr(record, "temporal_workflow", {}).get("workflow_id", "")
        if (case := _RUN.fullmatch(run)) is not None:
            fields["case_id"] = case[1]
        ours = record.name == "temporalio.workflow" and not record.args
        said = str(record.msg) if ours else "a library has something to say"
        structlog.get_logger().log(record.levelno, said, **fields)


def set_up(role: str, file: Path | None = None) -> None:
    """Send this process's logs to ``file`` (appended, mode 0600), or to standard error."""
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if file is not None else 2
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=_Lines(number)),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(role=role)
    logging.basicConfig(handlers=[_Foreign()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    sys.stderr = _Stray()
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)


def to_the_person() -> None:
    """From here on standard error is the terminal's again: for the last line of a command."""
    sys.stderr = sys.__stderr__


def crashed(problem: BaseException) -> None:
    """Write down an exception that ends the process: what kind it is and where it came from, never its text."""
    _crashed(type(problem), problem, problem.__traceback__)


def _crashed(kind: type[BaseException], _problem: BaseException | None, trace: TracebackType | None) -> None:
    last = traceback.extract_tb(trace)[-1:] if trace else []
    where = _place(last[0].filename, last[0].lineno or 0) if last else {}
    structlog.get_logger().error("crashed", error=kind.__name__, **where)


def _place(path: str, line: int) -> dict[str, object]:
    """Where in the code; a file that is none of a module's is left out, as anything may be its name."""
    return {"file": Path(path).name, "line": line} if path.endswith(".py") and Path(path).is_file() else {}


def _module(logger: str) -> str:
    """The logger's name as far as it is a module's: the rest may be anything."""
    parts = logger.split(".")
    known = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((name for name in known if name in sys.modules), "another")
