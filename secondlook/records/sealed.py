"""Every sealed column, and how each is bound to its row. Read by whatever goes through all that is sealed.

A test holds it against the schema: a new sealed column that is not named here would stay under its key for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Row, Table, func, literal, or_

from secondlook.records.encryption import mark_of
from secondlook.records.schema import (
    cases,
    decision_records,
    drafts,
    holds,
    inbox,
    notes,
    screenings,
    second_reads,
    sessions,
)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One sealed column; ``row`` names the row that a value is bound to."""

    column: Column[Any]
    row: Callable[[Row[Any]], str]

    @property
    def table(self) -> Table:
        """The table it stands in."""
        table = self.column.table
        assert isinstance(table, Table)  # noqa: S101
        return table

    @property
    def ids(self) -> tuple[Column[Any], ...]:
        """The columns by which its rows are found, in their order."""
        return tuple(self.table.primary_key.columns)

    def under(self, keys: Iterable[str]) -> ColumnElement[bool]:
        """Whether a value was sealed under one of these keys."""
        marks = [mark_of(key) for key in keys]
        return or_(
            *(func.substr(self.column, 1, len(mark)) == literal(mark, LargeBinary) for mark in marks),
        )


SEALED = (
    SealedColumn(cases.c.identity, lambda row: f"cases.identity/{row.id}"),
    SealedColumn(cases.c.facts, lambda row: f"cases.facts/{row.id}"),
    SealedColumn(inbox.c.content, lambda row: f"inbox/{row.case_id}/{row.event_id}"),
    SealedColumn(screenings.c.result, lambda row: f"screenings/{row.case_id}/{row.version}"),
    SealedColumn(drafts.c.content, lambda row: f"drafts/{row.case_id}/{row.person}"),
    SealedColumn(holds.c.reason, lambda row: f"holds/{row.case_id}"),
    SealedColumn(notes.c.content, lambda row: f"notes/{row.case_id}/{row.id}"),
    SealedColumn(sessions.c.content, lambda row: f"sessions/{row.id.hex()}"),
    SealedColumn(second_reads.c.content, lambda row: f"second_reads/{row.case_id}/{row.round}"),
    SealedColumn(
        decision_records.c.content,
        lambda row: f"decision_records/{row.case_id}/{row.round}/{row.part}/{row.form}",
    ),
)
