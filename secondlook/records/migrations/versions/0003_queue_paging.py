"""Indexes that give each order of the queue for all offices at once; those that are the beginning of another go."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("ix_cases_everywhere", "cases", ["stage", "lane", "urgency", "id"], unique=False)
    op.create_index("ix_cases_everywhere_age", "cases", ["stage", "lane", "received_at", "id"], unique=False)
    for name in ("ix_cases_queue", "ix_cases_age", "ix_cases_stage"):
        op.drop_index(name, table_name="cases")
