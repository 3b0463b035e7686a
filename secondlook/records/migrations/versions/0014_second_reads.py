"""Second, blind readings of finished cases. Rounds that ended before are not drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "second_reads",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(8), nullable=False),
        sa.Column("decided", sa.String(12), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.String(200)),
        sa.Column("read_at", sa.BigInteger()),
        sa.Column("action", sa.String(12)),
        sa.Column("agrees", sa.Boolean()),
        sa.Column("content", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_second_reads_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "round", name=op.f("pk_second_reads")),
    )
    op.create_index("ix_second_reads_office", "second_reads", ["office", "drawn_at"])
