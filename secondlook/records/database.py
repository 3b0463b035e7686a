"""Connections and transactions on SQLite and PostgreSQL. Everything that reads or writes the record goes through here.

SQLite has one writer: a thread of its own takes units of work as they come, runs them in one ``BEGIN IMMEDIATE``
transaction with a savepoint each, and answers only after the commit. PostgreSQL runs each unit in a transaction of its
own. Statements' parameters are never shown in errors. Nothing here waits for ever: a server that does not answer is
given up, and what waited too long for a connection is told that the record is busy.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")
Unit = Callable[[Connection], T]

WAIT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 10.0
"""How long PostgreSQL may take over one statement, before it is taken to hang."""
_CUT_OFF_SECONDS: Final = 5.0
_LOCK_POLL_SECONDS: Final = 0.001
_GROUP: Final = 64


class DatabaseUnavailable(Exception):
    """The record cannot be read or written now: never a bug, and never the fault of what was to be written.

    ``code`` is ``busy``, ``in_the_way`` (of another transaction: the same unit may pass now), ``full``, ``read_only``,
    ``unreachable``, ``damaged`` or ``closed``. ``unsure``: the answer to a commit was lost, so that the unit may have
    been written. Everywhere else nothing of it was.
    """

    def __init__(self, code: str, *, unsure: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.unsure = unsure


class UnitFailed(Exception):
    """A unit of work broke a constraint or hit a bug in a statement; carries the error's class name only.

    ``again`` says that another transaction wrote the same first: the unit, run again, finds what that one wrote.
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
            event.listen(self._writing, "do_connect", _connect_impatient)
            self._reading = self._writing.execution_options(isolation_level="REPEATABLE READ")

    async def write(self, unit: Unit[T]) -> T:
        """Run ``unit`` in a transaction and answer after its commit.

        Raises DatabaseUnavailable or UnitFailed, and whatever the unit itself raises; nothing of it is then written,
        except where DatabaseUnavailable says that it is unsure.
        """
        return await asyncio.wrap_future(self._submit(unit))

    def write_now(self, unit: Unit[T], *, within: float = ANSWER_SECONDS) -> T:
        """The same for callers without an event loop. ``within``: the seconds that one statement may take."""
        return self._submit(unit, within).result()

    async def read(self, unit: Unit[T]) -> T:
        """Run ``unit`` in a read transaction: all that it reads is of one moment."""
        return await asyncio.wrap_future(self._soon(self.read_now, unit))

    def read_now(self, unit: Unit[T], *, within: float = ANSWER_SECONDS) -> T:
        """The same for callers without an event loop."""
        try:
            with self._reading.begin() as connection, _taking(connection, within):
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

    def _submit(self, unit: Unit[T], within: float = ANSWER_SECONDS) -> Future[T]:
        if self._closed:
            raise DatabaseUnavailable("closed")
        if not self.sqlite:
            return self._soon(lambda unit: self._write_alone(unit, within), unit)
        answer: Future[T] = Future()
        self._units.put((unit, answer))
        return answer

    def _soon(self, run: Callable[[Unit[T]], T], unit: Unit[T]) -> Future[T]:
        """Run on a thread; while the server hangs, what waits behind the threads that hang must not wait for each."""
        limit = time.monotonic() + ANSWER_SECONDS

        def unless_late() -> T:
            if time.monotonic() > limit:
                raise DatabaseUnavailable("busy")
            return run(unit)

        return self._pool.submit(unless_late)

    def _write_alone(self, unit: Unit[T], within: float = ANSWER_SECONDS) -> T:
        committing = False
        try:
            with self._writing.begin() as connection, _taking(connection, within):
                value = unit(connection)
                committing = True
            return value
        except (SQLAlchemyError, sqlite3.Error) as problem:
            raise _plain(problem, committing=committing) from None

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
        committing = False
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
                committing = True
        except Exception as problem:
            for _, answer in wanted:
                if not answer.done():
                    answer.set_exception(_told(problem, committing=committing))
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


def _told(problem: Exception, *, committing: bool = False) -> Exception:
    if isinstance(problem, SQLAlchemyError | sqlite3.Error):
        return _plain(problem, committing=committing)
    return problem


def _plain(problem: SQLAlchemyError | sqlite3.Error, *, committing: bool = False) -> Exception:
    """An error without statement and parameters, which hold personal data, sorted by the database's own codes."""
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    meaning, again = _sorted(cause)
    if meaning is not None:
        return DatabaseUnavailable(meaning, unsure=committing and meaning == "unreachable")
    return UnitFailed(type(cause).__name__, again=again)


def _sorted(cause: BaseException | None) -> tuple[str | None, bool]:
    """Why the record is unavailable, if it is; otherwise whether another transaction wrote the same first."""
    match cause:
        case PoolTimeout():
            return "busy", False
        case sqlite3.Error():
            code = getattr(cause, "sqlite_errorcode", 0)
            return _SQLITE_MEANING.get(code & 0xFF), code in _SQLITE_NOT_UNIQUE
        case psycopg.Error(sqlstate=str(state)):
            return _POSTGRES_MEANING.get(state) or _POSTGRES_MEANING.get(state[:2]), state == _POSTGRES_NOT_UNIQUE
        case psycopg.OperationalError() | psycopg.InterfaceError():
            # Of the client: refused, cut off, unknown host, no TLS, no answer in time. It has no SQLSTATE.
            return "unreachable", False
        case _:
            return None, False


_SQLITE_MEANING: Final = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_INTERRUPT: "busy",
    sqlite3.SQLITE_NOMEM: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_IOERR: "unreachable",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}
_SQLITE_NOT_UNIQUE: Final = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
# By SQLSTATE, or by its class where all of a class mean the same (PostgreSQL, appendix A).
_POSTGRES_MEANING: Final = {
    "08": "unreachable",
    "25006": "read_only",
    "25P03": "unreachable",  # Cut off for idling in a transaction: this process stood still.
    "25P04": "busy",
    "28": "unreachable",
    "3D000": "unreachable",
    "40": "in_the_way",
    "53": "busy",
    "53100": "full",
    "55P03": "busy",
    "57": "unreachable",
    "57014": "busy",
    "58": "unreachable",
    "XX001": "damaged",
    "XX002": "damaged",
}
_POSTGRES_NOT_UNIQUE: Final = "23505"


class _Impatient(psycopg.Connection[Any]):
    """A connection that gives up a server that does not answer a statement; psycopg by itself waits for ever.

    No setting of the server or of TCP helps against one that was stopped (SIGSTOP) or whose host is frozen: its kernel
    goes on acknowledging. What it has of the transaction is rolled back when it finds the connection closed.
    """

    within = ANSWER_SECONDS

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        limit = time.monotonic() + (timeout or self.within)
        try:
            return super().wait(gen, interval, timeout or self.within)
        except psycopg.OperationalError:
            if time.monotonic() >= limit:
                self.pgconn.finish()
            raise


def _connect_impatient(_dialect: Dialect, _record: object, args: Any, options: Any) -> psycopg.Connection[Any]:
    return _Impatient.connect(*args, **options)


@contextmanager
def _taking(connection: Connection, within: float) -> Iterator[None]:
    """Let this transaction's statements take ``within`` seconds each."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, _Impatient) or within == ANSWER_SECONDS:
        yield
        return
    driver.within = within
    try:
        yield
    finally:
        del driver.within


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
