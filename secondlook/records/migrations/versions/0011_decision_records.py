"""The documents about rounds that have ended, as they were first rendered."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "decision_records",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "round", "part", "form", name=op.f("pk_decision_records")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decision_records_case_id")),
    )
