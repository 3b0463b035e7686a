"""Transactions on both databases: all or nothing, neighbours unhurt, errors coded and without a parameter."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import StatementError

from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.schema import store
from secondlook.records.store import recall, remember

CANARY = "A000123456"
Unit = Callable[[Connection], object]


def put(name: str, value: str = "x") -> Callable[[Connection], int]:
    def unit(connection: Connection) -> int:
        connection.execute(insert(store).values(name=name, value=value))
        return 1

    return unit


MADE_WITH_THE_RECORD = ("level", "found_by_to", "requests")


def names(database: Database) -> list[str]:
    written = select(store.c.name).where(store.c.name.not_in(MADE_WITH_THE_RECORD)).order_by(store.c.name)
    return database.read_now(lambda c: list(c.execute(written).scalars()))


@contextmanager
def writer_is_busy(database: Database) -> Iterator[None]:
    """What is written inside forms one group, which begins when this ends."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        go_on.wait(10)

    held = database._submit(hold)
    assert begun.wait(10)
    yield
    go_on.set()
    held.result(10)


def together(database: Database, *units: Unit) -> list[object]:
    """What units of one group answer: their value, or their problem."""
    with writer_is_busy(database):
        futures: list[Future[object]] = [database._submit(unit) for unit in units]
    return [future.exception(10) or future.result() for future in futures]


def test_a_unit_is_written_whole_or_not_at_all(database: Database) -> None:
    def half(connection: Connection) -> None:
        put("half")(connection)
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(half)

    assert names(database) == []


def test_a_unit_that_fails_hurts_no_neighbour_in_its_group(sqlite: Database) -> None:
    def fails(connection: Connection) -> None:
        put("never")(connection)
        raise LookupError

    answers = together(sqlite, put("a"), fails, put("b"), put("a"), put("c"))

    assert [type(each) for each in answers] == [int, LookupError, int, UnitFailed, int]
    assert names(sqlite) == ["a", "b", "c"]


def test_a_group_is_answered_after_its_commit(sqlite: Database) -> None:
    def not_committed_yet(_: Connection) -> int:
        return len(names(sqlite))

    assert together(sqlite, put("a"), not_committed_yet) == [1, 0]
    assert names(sqlite) == ["a"]


def test_a_commit_that_fails_fails_all_of_its_group(sqlite: Database) -> None:
    sqlite.write_now(lambda c: c.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)")))
    deferred = "CREATE TABLE child (of INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
    sqlite.write_now(lambda c: c.execute(text(deferred)))

    answers = together(sqlite, put("a"), lambda c: c.execute(text("INSERT INTO child VALUES (1)")), put("b"))

    assert [type(each) for each in answers] == [UnitFailed] * 3
    assert names(sqlite) == []
    assert sqlite.write_now(put("later")) == 1


def test_a_full_disk_is_said_and_what_was_answered_stays(sqlite: Database) -> None:
    def no_room_left(connection: Connection) -> None:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    def room_again(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count = 1000000"))

    sqlite.write_now(put("before"))
    sqlite.write_now(no_room_left)

    answers = together(sqlite, put("a"), put("large", "x" * 200_000), put("b"))

    assert [each.code for each in answers if isinstance(each, DatabaseUnavailable)] == ["full"] * 3
    assert names(sqlite) == ["before"]
    sqlite.write_now(room_again)
    assert sqlite.write_now(put("after")) == 1
    assert names(sqlite) == ["after", "before"]


def test_a_record_that_may_only_be_read_says_so(sqlite: Database) -> None:
    sqlite.write_now(put("a"))
    only_reading = Database(f"sqlite:///file:{sqlite.url.database}?mode=ro&uri=true")

    with pytest.raises(DatabaseUnavailable) as refused:
        only_reading.write_now(put("b"))

    assert refused.value.code == "read_only"
    assert names(only_reading) == ["a"]
    only_reading.close()


def test_another_process_that_holds_the_record_makes_it_busy(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondlook.records.database.WAIT_SECONDS", 0.05)
    impatient = Database(sqlite.url)

    def while_it_is_held(_: Connection) -> str:
        with pytest.raises(DatabaseUnavailable) as refused:
            impatient.write_now(put("b"))
        return refused.value.code

    assert sqlite.write_now(while_it_is_held) == "busy"
    assert impatient.write_now(put("b")) == 1
    impatient.close()


def test_a_lock_on_postgresql_makes_the_record_busy(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondlook.records.database.WAIT_SECONDS", 1)
    impatient = Database(postgres.url)

    def while_it_is_held(connection: Connection) -> str:
        connection.execute(text("LOCK TABLE store IN EXCLUSIVE MODE"))
        with pytest.raises(DatabaseUnavailable) as refused:
            impatient.write_now(put("b"))
        return refused.value.code

    assert postgres.write_now(while_it_is_held) == "busy"
    impatient.close()


@pytest.mark.parametrize(("place", "code"), [("no/such/folder/x.db", "unreachable"), ("notes.txt", "damaged")])
def test_a_file_that_is_no_record_is_unavailable(tmp_path: Path, place: str, code: str) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, and no database at all. " * 100)
    database = Database(f"sqlite:///{tmp_path / place}")

    for way in (database.write_now, database.read_now):
        with pytest.raises(DatabaseUnavailable) as refused:
            way(lambda connection: recall(connection, "epoch"))
        assert refused.value.code == code
    database.close()


def test_a_server_that_is_not_there_is_unreachable() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    for way in (database.write_now, database.read_now):
        with pytest.raises(DatabaseUnavailable) as refused:
            way(lambda connection: recall(connection, "epoch"))
        assert refused.value.code == "unreachable"
    database.close()


@pytest.mark.parametrize("statement", ["INSERT INTO store VALUES (:a, :a)", "INSERT INTO nowhere VALUES (:a)"])
def test_errors_never_hold_what_was_written(database: Database, statement: str) -> None:
    database.write_now(put(CANARY))

    def breaks(connection: Connection) -> None:
        connection.execute(text(statement), {"a": CANARY})

    with pytest.raises(UnitFailed) as refused:
        database.write_now(breaks)

    shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    assert CANARY not in shown
    assert "INSERT INTO" not in str(refused.value)


def test_the_databases_own_errors_hide_what_was_written(database: Database) -> None:
    for engine in (database._writing, database._reading):
        with engine.connect() as connection, pytest.raises(StatementError) as problem:
            connection.execute(text("SELECT 1 FROM nowhere WHERE name = :a"), {"a": CANARY})
        assert CANARY not in str(problem.value)


def test_only_what_another_transaction_stood_in_the_way_of_is_worth_another_try(database: Database) -> None:
    database.write_now(put("a"))
    with pytest.raises(UnitFailed) as in_the_way:
        database.write_now(put("a"))
    with pytest.raises(UnitFailed) as a_bug:
        database.write_now(lambda c: c.execute(text("SELECT nothing FROM nowhere")))

    assert in_the_way.value.again
    assert not a_bug.value.again


async def test_a_caller_who_gives_up_does_not_stop_those_behind(database: Database) -> None:
    if database.sqlite:
        with writer_is_busy(database):
            given_up = asyncio.ensure_future(database.write(put("given up")))
            await asyncio.sleep(0)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
    else:
        given_up = asyncio.ensure_future(database.write(put("given up")))
        given_up.cancel()

    assert await asyncio.wait_for(database.write(put("behind")), 10) == 1


async def test_a_caller_who_gives_up_while_being_served_does_not_stop_the_writer(sqlite: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go_on.wait(10)
        put("served")(connection)

    given_up = asyncio.ensure_future(sqlite.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    go_on.set()

    assert await asyncio.wait_for(sqlite.write(put("behind")), 10) == 1
    assert names(sqlite) == ["behind", "served"]


def test_a_reader_sees_one_moment(database: Database) -> None:
    """Several statements of one reading agree, though somebody writes between them."""

    def read_twice(connection: Connection) -> tuple[str | None, str | None]:
        first = recall(connection, "a")
        database.write_now(lambda c: remember(c, "a", "changed"))
        return first, recall(connection, "a")

    database.write_now(put("a", "as it was"))

    assert database.read_now(read_twice) == ("as it was", "as it was")


def test_a_closed_record_takes_nothing_and_has_written_all_that_it_took(sqlite: Database) -> None:
    with writer_is_busy(sqlite):
        futures = [sqlite._submit(put(f"n{number}")) for number in range(5)]
    sqlite.close()

    assert [future.result(10) for future in futures] == [1] * 5
    with pytest.raises(DatabaseUnavailable) as refused:
        sqlite.write_now(put("late"))
    assert refused.value.code == "closed"


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_what_is_accepted_survives_a_power_cut_on_the_accepting_connection(
    tmp_path: Path, durable: bool, level: int
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}", durable=durable)

    assert database.write_now(lambda c: c.execute(text("PRAGMA synchronous")).scalar_one()) == level
    assert database.write_now(lambda c: c.execute(text("PRAGMA journal_mode")).scalar_one()) == "wal"
    database.close()


def test_postgresql_is_told_to_wait_for_the_disk_on_every_commit(postgres: Database) -> None:
    assert postgres.write_now(lambda c: c.execute(text("SHOW synchronous_commit")).scalar_one()) == "on"


def test_one_writer_at_a_time_begins_at_once_on_sqlite(sqlite: Database) -> None:
    """BEGIN IMMEDIATE: the lock is taken before the first statement, so nothing that was read can change meanwhile."""

    def somebody_else_begins(_: Connection) -> str:
        other = sqlite3.connect(str(sqlite.url.database), timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError) as locked:
            other.execute("BEGIN IMMEDIATE")
        other.close()
        return str(locked.value)

    assert sqlite.write_now(somebody_else_begins) == "database is locked"
