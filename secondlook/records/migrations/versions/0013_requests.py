"""What senders are told of the facts that attorneys ask for, and the number up to which they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("still_open", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_requests_case_id")),
        sa.UniqueConstraint("number", name=op.f("uq_requests_number")),
        sa.CheckConstraint("state IN ('open', 'answered', 'withdrawn')", name=op.f("ck_requests_state")),
    )
    op.create_index(op.f("ix_requests_event_id"), "requests", ["event_id"])
    op.execute("INSERT INTO store (name, value) VALUES ('requests', '0')")
