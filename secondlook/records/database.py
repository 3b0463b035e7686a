"""Connections and transactions on SQLite and PostgreSQL. Everything that reads or writes the record goes through here.

SQLite has one writer: a thread of its own takes units of work as they come, runs them in one ``BEGIN IMMEDIATE``
transaction with a savepoint each, and answers only after the commit. PostgreSQL runs each unit in a transaction of its
own. Statements' parameters are never shown in errors.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")
Unit = Callable[[Connection], T]

WAIT_SECONDS: Final = 3.0
_CUT_OFF_SECONDS: Final = 5.0
_LOCK_POLL_SECONDS: Final = 0.001
_GROUP: Final = 64


class DatabaseUnavailable(Exception):
    """The record cannot be read or written now; ``code`` is ``busy``, ``full``, ``read_only``, ``unreachable``, ..."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnitFailed(Exception):
    """A unit of work broke a constraint or hit a bug in a statement; carries the error's class name only.

    ``again`` says that another transaction was in the way and that the same unit may now pass.
    """

    def __init__(self, kind: str, *, again: bool) -> None:
        super().__init__(kind)
        self.again = again


class Database:
    """One process's way to the record.

    ``durable`` commits survive a power cut (SQLite ``synchronous=FULL``): for connections that accept events from
    outside. PostgreSQL is durable as configured on the server.
    """

    def __init__(self, url: str | URL, *, durable: bool = False, readers: int = 4) -> None:
        self.url = make_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._pool = ThreadPoolExecutor(max_workers=readers, thread_name_prefix="record")
        self._closed = False
        if self.sqlite:
            self._writing = _sqlite_engine(self.url, _begin_writing, durable=durable)
            self._reading = _sqlite_engine(self.url, _begin_reading, durable=durable)
            self._units: queue.SimpleQueue[tuple[Unit[Any], Future[Any]] | None] = queue.SimpleQueue()
            self._writer = threading.Thread(target=self._write_groups, name="record-writer", daemon=True)
            self._writer.start()
        else:
            self._writing = create_engine(
                self.url,
                hide_parameters=True,
                pool_size=readers + 2,
                pool_timeout=WAIT_SECONDS,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": int(WAIT_SECONDS),
                    # A host that is cut off inside a transaction must not hold its locks for long.
                    "options": f"-c lock_timeout={int(WAIT_SECONDS * 1000)} -c synchronous_commit=on"
                    f" -c idle_in_transaction_session_timeout={int(_CUT_OFF_SECONDS * 1000)}",
                },
            )
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ")

    async def write(self, unit: Unit[T]) -> T:
        """Run ``unit`` in a transaction and answer after its commit.

        Raises DatabaseUnavailable or UnitFailed, and whatever the unit itself raises; nothing of it is then written.
        """
        return await asyncio.wrap_future(self._submit(unit))

    def write_now(self, unit: Unit[T]) -> T:
        """The same for callers without an event loop."""
        return self._submit(unit).result()

    async def read(self, unit: Unit[T]) -> T:
        """Run ``unit`` in a read transaction: all that it reads is of one moment."""
        return await asyncio.wrap_future(self._pool.submit(self.read_now, unit))

    def read_now(self, unit: Unit[T]) -> T:
        """The same for callers without an event loop."""
        try:
            with self._reading.begin() as connection:
                return unit(connection)
        except (SQLAlchemyError, sqlite3.Error) as problem:
            raise _plain(problem) from None

    def close(self) -> None:
        """Finish what was submitted and let the connections go."""
        if self._closed:
            return
        self._closed = True
        if self.sqlite:
            self._units.put(None)
            self._writer.join()
        self._pool.shutdown(wait=True)
        self._writing.dispose()
        self._reading.dispose()

    def _submit(self, unit: Unit[T]) -> Future[T]:
        if self._closed:
            raise DatabaseUnavailable("closed")
        if not self.sqlite:
            return self._pool.submit(self._write_alone, unit)
        answer: Future[T] = Future()
        self._units.put((unit, answer))
        return answer

    def _write_alone(self, unit: Unit[T]) -> T:
        try:
            with self._writing.begin() as connection:
                return unit(connection)
        except (SQLAlchemyError, sqlite3.Error) as problem:
            raise _plain(problem) from None

    def _write_groups(self) -> None:
        while (first := self._units.get()) is not None:
            group = [first]
            last = False
            while len(group) < _GROUP:
                try:
                    more = self._units.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    last = True
                    break
                group.append(more)
            self._write_group(group)
            if last:
                return

    def _write_group(self, group: list[tuple[Unit[Any], Future[Any]]]) -> None:
        # A caller may have given up while its unit waited; from here on it no longer can.
        wanted = [(unit, answer) for unit, answer in group if answer.set_running_or_notify_cancel()]
        if len(wanted) == 1:
            self._write_single(*wanted[0])
            return
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self._writing.begin() as connection:
                for unit, answer in wanted:
                    savepoint = connection.begin_nested()
                    try:
                        value = unit(connection)
                        savepoint.commit()
                    except Exception as problem:
                        if not _in_transaction(connection):
                            raise
                        savepoint.rollback()
                        answer.set_exception(_told(problem))
                    else:
                        done.append((answer, value))
        except Exception as problem:
            for _, answer in wanted:
                if not answer.done():
                    answer.set_exception(_told(problem))
            return
        for answer, value in done:
            answer.set_result(value)

    def _write_single(self, unit: Unit[Any], answer: Future[Any]) -> None:
        """A unit that has nobody beside it needs no savepoint."""
        try:
            value = self._write_alone(unit)
        except Exception as problem:
            answer.set_exception(problem)
        else:
            answer.set_result(value)


def _in_transaction(connection: Connection) -> bool:
    """Whether SQLite still holds the group's transaction: on a full disk it rolls all of it back, savepoints too."""
    driver = connection.connection.dbapi_connection
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction


def _told(problem: Exception) -> Exception:
    return _plain(problem) if isinstance(problem, SQLAlchemyError | sqlite3.Error) else problem


def _plain(problem: SQLAlchemyError | sqlite3.Error) -> Exception:
    """An error without statement and parameters, which hold personal data."""
    cause = problem if isinstance(problem, sqlite3.Error) else getattr(problem, "orig", None)
    kind = type(cause or problem).__name__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorname", "") or ""
        for start, meaning in _SQLITE_MEANING.items():
            if code.startswith(start):
                return DatabaseUnavailable(meaning)
        return UnitFailed(kind, again=kind in _IN_THE_WAY)
    if kind in _UNREACHABLE:
        return DatabaseUnavailable("unreachable")
    if kind in _POSTGRES_MEANING:
        return DatabaseUnavailable(_POSTGRES_MEANING[kind])
    return UnitFailed(kind, again=kind in _IN_THE_WAY)


_SQLITE_MEANING: Final = {
    "SQLITE_BUSY": "busy",
    "SQLITE_LOCKED": "busy",
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read_only",
    "SQLITE_IOERR": "unreachable",
    "SQLITE_CANTOPEN": "unreachable",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
}
_POSTGRES_MEANING: Final = {"LockNotAvailable": "busy", "DiskFull": "full", "ReadOnlySqlTransaction": "read_only"}
_UNREACHABLE: Final = frozenset(
    {
        "OperationalError",
        "InterfaceError",
        "TimeoutError",
        "AdminShutdown",
        "CrashShutdown",
        "CannotConnectNow",
        "IdleInTransactionSessionTimeout",
    }
)
_IN_THE_WAY: Final = frozenset({"IntegrityError", "UniqueViolation", "DeadlockDetected", "SerializationFailure"})


def _sqlite_engine(url: URL, begin: Callable[[sqlite3.Connection], None], *, durable: bool) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'NORMAL'}",
            "foreign_keys=ON",
            "cache_size=-32000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101
        begin(driver)

    return engine


def _begin_reading(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")


def _begin_writing(connection: sqlite3.Connection) -> None:
    """Take the write lock. SQLite's own wait sleeps ever longer, up to 0.1 s, so whoever waits longest is starved."""
    limit = time.monotonic() + WAIT_SECONDS
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > limit:
                    raise
                time.sleep(_LOCK_POLL_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout={int(WAIT_SECONDS * 1000)}")
