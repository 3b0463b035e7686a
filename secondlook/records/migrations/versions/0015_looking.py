"""Who has a case open, and what people had in view before they saw its lane."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "looking",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person", name=op.f("pk_looking")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_looking_case_id")),
    )
    op.create_table(
        "first_views",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "round", "person", name=op.f("pk_first_views")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_first_views_case_id")),
    )
