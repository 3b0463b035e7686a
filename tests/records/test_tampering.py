"""Every column of every table, as somebody changes it who can write to the database and has no key: changed, blanked,
exchanged for another row's, put back to what it was before; and every row deleted. Each is found and its case named, or
stands in docs/audit.md with the reason why it is harmless. On SQLite, where checks and references can be switched off.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from secondlook.records.audit import append_web_act
from secondlook.records.checkpoints import Place, Signer, compare, take
from secondlook.records.decision_records import Document, Part, keep
from secondlook.records.schema import UtcTime, metadata
from tests.records.docket import MINUTE, Docket, case_event, facts_event

SIGNER = Signer(b"\5" * 32)
_LISTED = re.findall(r"^\| `([\w.]+)` \|", (Path(__file__).parents[2] / "docs" / "audit.md").read_text(), re.M)
TABLES = {table.name: table for table in metadata.sorted_tables if table.name not in _LISTED}
COLUMNS = [
    (table, column.name)
    for table in TABLES
    for column in TABLES[table].columns
    if f"{table}.{column.name}" not in _LISTED
]

PARTS: tuple[Part, ...] = ("record", "annex")
Value = str | int | bytes | None
Row = dict[str, Value]


class Record:
    """A record with rows of all kinds, of which each change is looked at and taken back."""

    def __init__(self, docket: Docket, folder: Path) -> None:
        self.docket, self.place = docket, Place(folder)
        self.file = str(docket.database.url.database)
        self.mine = self._lived(1)
        self.before = {table: self.rows(table) for table in TABLES}
        self._goes_on(self.mine)
        self._lived(2)
        self._goes_on(docket.in_review(3))
        docket.database.read_now(lambda c: take(c, docket.vault, self.place, SIGNER, docket.now))
        with closing(self.connect()) as raw:
            for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger}")

    def _lived(self, number: int) -> str:
        docket = self.docket
        case_id = docket.in_review(number, facts={"prior_removals": number})
        docket.now += MINUTE
        docket.held(case_id)
        return case_id

    def _goes_on(self, case_id: str) -> None:
        """To its end, with a fact, another office and back, a reveal, a refusal, and something that still waits."""
        docket = self.docket
        docket.take(facts_event(case_id, f"more-{case_id}", prior_removals=5))
        docket.judge(case_id)
        docket.now += MINUTE
        number = self._number(case_id)
        docket.take(case_event(number, f"moved-{case_id}", office="DEN", custody="detained"))
        docket.judge(case_id)
        docket.now += MINUTE
        docket.take(case_event(number, f"back-{case_id}", office="BAL", custody="released"))
        docket.judge(case_id)
        version = docket.case(case_id).version
        docket.review(case_id, "close", version=version)
        docket.judge(case_id)
        docket.pass_window(case_id)
        docket.concur(case_id, version=docket.case(case_id).version)
        docket.judge(case_id)
        docket.review(case_id)
        docket.judge(case_id)
        docket.database.write_now(
            lambda c: append_web_act(c, docket.vault, case_id, docket.now, "a-number.revealed", "attorney1", {})
        )
        docket.take(facts_event(case_id, f"late-{case_id}", prior_removals=6))
        for part in PARTS:
            kept = Document(case_id, 1, part, "html")
            docket.database.write_now(
                lambda c, kept=kept: keep(c, docket.vault, kept, kept.row.encode(), "attorney1", "BAL", docket.now)
            )

    def _number(self, case_id: str) -> int:
        identity = self.docket.vault.open(self.docket.case(case_id).identity, f"cases.identity/{case_id}")
        assert isinstance(identity, dict)
        return int(str(identity["a_number"])[-6:])

    def connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(self.file, isolation_level=None)
        raw.row_factory = sqlite3.Row
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("PRAGMA ignore_check_constraints = ON")
        return raw

    def rows(self, table: str) -> list[Row]:
        """The rows of the case that is tampered with."""
        key = "id" if table == "cases" else "case_id"
        with closing(self.connect()) as raw:
            return [
                dict(row) for row in raw.execute(f"SELECT rowid AS place, * FROM {table} WHERE {key} = ?", [self.mine])
            ]

    def found(self) -> bool:
        """Whether verifying names the case."""
        newest = self.place.check(SIGNER.public)[-1]
        docket = self.docket
        gone = docket.database.read_now(lambda c: list(compare(c, docket.vault, self.place, newest)))
        return self.mine in {each.case_id for each in [*docket.breaks(), *gone]}

    def is_found(self, table: str, statements: list[tuple[str, list[Value]]]) -> bool:
        """Whether what these do is found. All is as it was afterwards."""
        with closing(self.connect()) as raw:
            raw.execute(f"CREATE TABLE kept AS SELECT rowid AS place, * FROM {table}")
            try:
                for statement, values in statements:
                    raw.execute(statement, values)
                return self.found()
            except sqlite3.IntegrityError:
                return True  # The database refused: two rows of one key.
            finally:
                names = ", ".join(column.name for column in TABLES[table].columns)
                raw.execute(f"DELETE FROM {table}")
                raw.execute(f"INSERT INTO {table} (rowid, {names}) SELECT place, {names} FROM kept")
                raw.execute("DROP TABLE kept")


def changed(value: Value, kind: type[object]) -> Value:
    """Another value of the column's own kind."""
    match value:
        case None:
            return b"x" if kind is bytes else "x" if kind is str else 1
        case str():
            return f"{value}x" if value else "x"
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1]) if value else b"x"
    return value + 1


@pytest.fixture
def record(small_docket: Docket, tmp_path: Path) -> Iterator[Record]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    yield Record(small_docket, folder)


def test_each_column_is_in_one_list_and_each_change_of_it_is_found(record: Record) -> None:
    assert not record.found()
    missed: list[str] = []
    for table, column in COLUMNS:
        rows, tries = record.rows(table), 0
        for row in (rows[0], rows[-1]):
            for how, statements in attacks(record, table, column, row):
                tries += 1
                if not record.is_found(table, statements):
                    missed.append(f"{table}.{column} of row {row['place']}: {how}")
        assert tries, f"nothing tries {table}.{column}"
    assert missed == []
    assert not record.found(), "each was taken back"


def attacks(record: Record, table: str, column: str, row: Row) -> Iterator[tuple[str, list[tuple[str, list[Value]]]]]:
    if (table, column) == ("inbox", "seq") and row["sender_key"] is None:
        return  # A timer's or an operator's act: docs/audit.md.
    put = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
    value, place = row[column], row["place"]
    others = [each for each in everybody_s(record, table) if each[column] != value]
    if column == "seq" and isinstance(value, int):
        yield "changed", [(put, [value + 1000, place])]
        return
    kind = TABLES[table].c[column].type.python_type if not isinstance(TABLES[table].c[column].type, UtcTime) else int
    yield "changed", [(put, [changed(value, kind), place])]
    empty: Value = None if TABLES[table].c[column].nullable else b"" if isinstance(value, bytes) else ""
    if isinstance(value, int) and empty == "":
        empty = 0
    if value not in (empty, None):
        yield "blanked", [(put, [empty, place])]
    if others:
        temporary: Value = b"\0temporary" if isinstance(value, bytes) else -1
        theirs = others[0]
        yield (
            "exchanged",
            [(put, [temporary, theirs["place"]]), (put, [theirs[column], place]), (put, [value, theirs["place"]])],
        )
    for before in record.before[table]:
        if before["place"] == place and before[column] != value:
            yield "put back", [(put, [before[column], place])]


def everybody_s(record: Record, table: str) -> list[Row]:
    with closing(record.connect()) as raw:
        return [dict(row) for row in raw.execute(f"SELECT rowid AS place, * FROM {table}")]


def test_each_row_that_is_deleted_is_found(record: Record) -> None:
    for table in TABLES:
        for row in record.rows(table):
            gone = f"DELETE FROM {table} WHERE rowid = ?"
            assert record.is_found(table, [(gone, [row["place"]])]), f"{table}: {row['place']}"


def test_the_list_of_what_is_harmless_names_what_there_is() -> None:
    everything = {table.name for table in metadata.sorted_tables}
    everything |= {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert set(_LISTED) <= everything
    assert {"cases", "inbox", "screenings", "dispositions", "audit", "decision_records"} <= TABLES.keys()
