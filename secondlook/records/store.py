"""Facts about this store as a whole: its epoch, the Temporal namespace it last met, whether it was stopped cleanly.

The epoch rises when the database is restored from a copy: runs that were started under another one then write nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from secondlook.cases.event_type import event_types
from secondlook.cases.lifecycle import final_stages
from secondlook.records.schema import cases, store

_READ = select(store.c.value).where(store.c.name == bindparam("name"))
SWEEP = 3
LEVEL = max(each.level for each in event_types())
"""Of this release: that of its newest event type."""


def recall(connection: Connection, name: str) -> str | None:
    """The value kept under a name, or None."""
    return connection.execute(_READ, {"name": name}).scalar()


def remember(connection: Connection, name: str, value: str) -> None:
    """Keep a value under a name."""
    if connection.execute(update(store).where(store.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(store).values(name=name, value=value))


def epoch(connection: Connection) -> int:
    """The store's epoch: 1 until the database is first restored."""
    return int(recall(connection, "epoch") or 1)


def level(connection: Connection) -> int:
    """What every process on this record understands: 1 while a release 0.1 may run beside this one."""
    return int(recall(connection, "level") or 1)


def raise_level(connection: Connection) -> None:
    """No process of an older release is left: types, signals and columns of this one may be used."""
    remember(connection, "level", str(max(level(connection), LEVEL)))


def raise_epoch(connection: Connection, now: datetime) -> int:
    """After a restore: runs of the old epoch write nothing any more, every open case is rung. Answers the new epoch."""
    raised = epoch(connection) + 1
    remember(connection, "epoch", str(raised))
    ring_all_open(connection, now)
    return raised


def ring_all_open(connection: Connection, now: datetime) -> int:
    """Have every open case rung, after everything that people wait for. Answers how many."""
    connection.execute(update(cases).where(cases.c.ring_class.is_not(None)).values(ring_at=now, rings=0))
    swept = connection.execute(
        update(cases)
        .where(cases.c.ring_class.is_(None), cases.c.stage.not_in(final_stages()))
        .values(ring_class=SWEEP, ring_at=now, rings=0)
    )
    return swept.rowcount
