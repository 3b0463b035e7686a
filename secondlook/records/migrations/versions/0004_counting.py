"""Indexes with which counting what waits, what is rung and what is stuck reads no rows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_PENDING = sa.text("state = 'pending'")
_RUNG = sa.text("rings > 0")
_UNMOVED = sa.text("((stage = 'held' AND wake_at IS NULL) OR (stage = 'screening' AND ring_class IS NULL)) IS TRUE")


_REFUSED = sa.text("state = 'refused'")
_ESCALATED = sa.column("escalated", sa.Boolean()).is_(True)


def upgrade() -> None:
    op.create_index("ix_cases_rung", "cases", ["ring_at"], sqlite_where=_RUNG, postgresql_where=_RUNG)
    op.create_index("ix_cases_unmoved", "cases", ["id"], sqlite_where=_UNMOVED, postgresql_where=_UNMOVED)
    # SQLite answers from a partial index alone only where it holds the column of its own condition as well.
    for table, name, columns, condition in (
        ("inbox", "ix_inbox_pending", ["case_id", "seq", "received_at", "state"], _PENDING),
        ("inbox", "ix_inbox_refused", ["state"], _REFUSED),
        ("cases", "ix_cases_escalated", ["office", "urgency", "escalated"], _ESCALATED),
    ):
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
