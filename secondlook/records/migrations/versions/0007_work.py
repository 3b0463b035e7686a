"""What people are at work on: claims, holds, assignments, drafts, notes; who decided last; who has been here."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("offices", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_people")),
    )
    _of_a_case(
        "claims",
        sa.Column("office", sa.String(8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_index(op.f("ix_claims_person"), "claims", ["person"])
    _of_a_case(
        "holds",
        sa.Column("office", sa.String(8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
    )
    op.create_index(op.f("ix_holds_office"), "holds", ["office"])
    _of_a_case(
        "assignments",
        sa.Column("office", sa.String(8), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_assignments_load", "assignments", ["office", "person"])
    _of_a_case(
        "deciders", sa.Column("at", sa.BigInteger(), nullable=False), sa.Column("back", sa.Boolean(), nullable=False)
    )
    op.create_index("ix_deciders_since", "deciders", ["at", "person"])
    op.create_index(
        "ix_deciders_back",
        "deciders",
        ["person"],
        sqlite_where=sa.text("back IS 1"),
        postgresql_where=sa.text("back IS true"),
    )
    op.create_table(
        "drafts",
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person", name=op.f("pk_drafts")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notes_case_id")),
    )
    op.create_index("ix_notes_case", "notes", ["case_id", "at"])
    in_review = sa.text("stage = 'attorney_review'")
    op.create_index(
        "ix_cases_in_review",
        "cases",
        ["office", "urgency", "received_at", "id"],
        sqlite_where=in_review,
        postgresql_where=in_review,
    )


def _of_a_case(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("case_id", name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f(f"fk_{name}_case_id")),
    )
