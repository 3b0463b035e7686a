"""Which keys a record has, who holds them, and under which root a keyed hash stands."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("root", sa.Integer()),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("seals_since", sa.BigInteger()),
        sa.Column("retired_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("root", name=op.f("uq_keys_root")),
    )
    op.create_table(
        "key_holders",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("knows", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_holders")),
    )
    for table in ("inbox", "audit"):
        op.add_column(table, sa.Column("root", sa.String(40)))
