"""How SQLite would answer what a unit reads: for tests that hold a read to its indexes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, event

from secondlook.records.database import Database


def plans_of(sqlite: Database, unit: Callable[[Connection], object]) -> list[tuple[str, list[Row[Any]]]]:
    """Each statement that the unit runs, with the steps of its plan (``id``, ``parent``, ``detail``)."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(sqlite._reading, "before_cursor_execute", note)
    sqlite.read_now(unit)
    event.remove(sqlite._reading, "before_cursor_execute", note)

    def explain(connection: Connection) -> list[tuple[str, list[Row[Any]]]]:
        return [
            (statement, list(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)))
            for statement, parameters in asked
        ]

    return sqlite.read_now(explain)
