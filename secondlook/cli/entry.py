"""The one way in and out: runs the command and turns what went wrong into a line and an exit code.

Called by the console script and ``python -m secondlook``. No message holds personal data.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn

from secondlook import logs
from secondlook.cli.shared import Failed, app, err
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.records.keys import WrongKeys
from secondlook.settings import SettingsError
from workers.ports import CannotListen


def main() -> NoReturn:
    """Run the command. Leaves by ``os._exit``: before Python 3.14 a process that used the SDK may abort at exit."""
    code = 0
    # Whatever is written here may hold people's data: for this user alone, whatever the shell says.
    os.umask(0o077)
    try:
        app()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except (Failed, CannotListen, WrongKeys, DatabaseUnavailable, UnitFailed) as problem:
        logs.to_the_person()
        err.print(f"secondlook: {_in_words(problem)}", style="red", markup=False, highlight=False, soft_wrap=True)
        code = 1
    except SettingsError as problem:
        logs.to_the_person()
        for line in problem.lines:
            err.print(f"secondlook: {line}", style="red", markup=False, highlight=False, soft_wrap=True)
        code = 2
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


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
