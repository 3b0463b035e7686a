"""Counts of the record, made now and then by one process for all, and what running workers say of themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "counted",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger()),
        sa.Column("took_ms", sa.Integer()),
        sa.Column("value", sa.Text()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counted")),
    )
    op.create_table(
        "reports",
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_reports")),
    )
