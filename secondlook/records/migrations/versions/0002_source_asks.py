"""What outside sources were asked for which case, and when they are asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "source_asks",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ask_again_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('due', 'answered', 'unavailable')", name=op.f("ck_source_asks_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_source_asks_case_id")),
        sa.PrimaryKeyConstraint("case_id", "source", name=op.f("pk_source_asks")),
    )
    op.create_index(
        "ix_source_asks_again",
        "source_asks",
        ["ask_again_at"],
        unique=False,
        sqlite_where=sa.text("ask_again_at IS NOT NULL"),
        postgresql_where=sa.text("ask_again_at IS NOT NULL"),
    )
