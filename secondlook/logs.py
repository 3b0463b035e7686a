"""Structured logs, one JSON object a line, with an allow-list of fields. Every process sets it up first.

Fields that are not on the list are dropped, and so are other libraries' message arguments and traceback texts: what is
not written can't leak.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "role", "pid", "case_id", "event_id", "type", "stage", "version",
        "outcome", "reason", "error", "code", "count", "seconds", "port", "address", "status", "route", "method",
        "signal", "attempt", "epoch", "how", "office", "ruleset", "line", "file",
    }
)  # fmt: skip


def _only_allowed(_logger: object, _name: str, fields: MutableMapping[str, object]) -> MutableMapping[str, object]:
    return {name: value for name, value in fields.items() if name in ALLOWED}


class _Foreign(logging.Handler):
    """Other libraries' records: their template and the kind of error, never the arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        template = record.msg if isinstance(record.msg, str) and "%" in record.msg else record.name
        fields = {"logger": record.name} | ({"error": error} if error else {})
        structlog.get_logger().log(record.levelno, str(template)[:200], **fields)


def set_up(role: str, file: Path | None = None) -> None:
    """Send this process's logs to ``file`` (appended), or to standard error."""
    out = file.open("a", buffering=1) if file is not None else sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(role=role)
    logging.basicConfig(handlers=[_Foreign()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _crashed(kind: type[BaseException], _problem: BaseException | None, trace: TracebackType | None) -> None:
    """An exception that nobody caught: what kind it was and where, never its text."""
    last = traceback.extract_tb(trace)[-1:] if trace else []
    where = {"file": Path(last[0].filename).name, "line": last[0].lineno} if last else {}
    structlog.get_logger().error("crashed", error=kind.__name__, **where)
