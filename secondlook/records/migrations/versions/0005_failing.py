"""Cases whose next event or timer cannot be judged."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "failing",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=True),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_failing"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_failing_case_id"),
    )
    op.create_index("ix_failing_since", "failing", ["since"])
