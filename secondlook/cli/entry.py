"""The one way in and out: runs the command and turns what went wrong into a line and an exit code.

Called by the console script and ``python -m secondlook``. No message holds personal data.
"""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import structlog

from secondlook import logs
from secondlook.cli.shared import Failed, app, err
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.records.keys import WrongKeys
from secondlook.settings import SettingsError
from workers.ports import CannotListen


def main() -> NoReturn:
    """Run the command. Leaves by ``os._exit``: before Python 3.14 a process that used the SDK may abort at exit."""
    code = 0
    _open_streams()
    # Whatever is written here may hold people's data: for this user alone, whatever the shell says.
    os.umask(0o077)
    try:
        app()
    except SystemExit as leaving:
        code = {None: 0, 0: 0, 2: 2}.get(leaving.code if isinstance(leaving.code, int | None) else 1, 1)
    except (Failed, CannotListen, WrongKeys, DatabaseUnavailable, UnitFailed) as problem:
        _say(_in_words(problem))
        code = 1
    except SettingsError as problem:
        for line in problem.lines:
            _say(line)
        code = 2
    except (BrokenPipeError, KeyboardInterrupt):
        code = 1
    except OSError as problem:
        _say(f"{problem.filename or 'the system'}: {problem.strerror or 'an input or output failed'}")
        code = 1
    except Exception as problem:
        if structlog.is_configured():
            logs.crashed(problem)
        _say(f"stopped by an error that nobody expected ({_kind_and_place(problem)}): please report it")
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


def _open_streams() -> None:
    """See to it that all that is said can be: on any terminal, and where a stream was closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
        elif mode == "w":
            stream.reconfigure(errors="backslashreplace")


def _say(line: str) -> None:
    logs.to_the_person()
    with suppress(OSError):
        err.print(f"secondlook: {line}", style="red", markup=False, highlight=False, soft_wrap=True)


def _kind_and_place(problem: Exception) -> str:
    """What it was and where in the code: never its words, which may hold anything."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return f"{type(problem).__name__} in {Path(last.filename).name}, line {last.lineno}"


def _in_words(problem: Exception) -> str:
    if isinstance(problem, DatabaseUnavailable):
        return {
            "busy": "the database is busy with another writer; try again",
            "full": "the disk is full: nothing was written; make room and try again",
            "read_only": "the database is read-only: nothing was written; check the folder's permissions",
            "damaged": "the database file is damaged: restore it from a backup",
        }.get(problem.code, "the database cannot be reached: check SECONDLOOK_DATABASE_URL, or the data folder")
    if isinstance(problem, UnitFailed):
        return f"the database refused a statement ({problem}): is its schema current? Run `secondlook bootstrap`"
    return str(problem)
