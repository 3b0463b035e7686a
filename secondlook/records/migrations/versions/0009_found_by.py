"""By what cases are searched: keyed words of names, and keyed numbers. A record without a case has nothing to fill in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "found_by",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("urgency", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "token", name=op.f("pk_found_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_found_by_case_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_found_by_token", "found_by", ["token", "urgency", "case_id"])
    filled = "INSERT INTO store (name, value) SELECT 'found_by_to', 'done' WHERE NOT EXISTS (SELECT 1 FROM cases)"
    op.execute(filled)
