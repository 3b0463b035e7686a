"""The first tables; the audit trail refuses to be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_APPEND_ONLY = {
    "sqlite": [
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("a_number_key", sa.LargeBinary(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
        sa.Column("office", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=24), nullable=True),
        sa.Column("next_actor", sa.String(length=24), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("late_facts", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detained", sa.Boolean(), nullable=False),
        sa.Column("hearing_date", sa.String(length=10), nullable=True),
        sa.Column("urgency", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("audit_head", sa.LargeBinary(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("ring_class", sa.SmallInteger(), nullable=True),
        sa.Column("ring_at", sa.BigInteger(), nullable=False),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("rung_seq", sa.BigInteger(), nullable=False),
        sa.Column("wake_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("key", name=op.f("uq_cases_key")),
    )
    op.create_index("ix_cases_a_number_key", "cases", ["a_number_key"], unique=False)
    op.create_index("ix_cases_queue", "cases", ["office", "stage", "urgency", "id"], unique=False)
    op.create_index("ix_cases_lane", "cases", ["office", "stage", "lane", "urgency", "id"], unique=False)
    op.create_index("ix_cases_age", "cases", ["office", "stage", "received_at", "id"], unique=False)
    op.create_index("ix_cases_lane_age", "cases", ["office", "stage", "lane", "received_at", "id"], unique=False)
    op.create_index(
        "ix_cases_escalated",
        "cases",
        ["office", "urgency"],
        unique=False,
        sqlite_where=sa.text("escalated IS 1"),
        postgresql_where=sa.text("escalated IS true"),
    )
    op.create_index(
        "ix_cases_late_facts",
        "cases",
        ["office", "urgency"],
        unique=False,
        sqlite_where=sa.text("late_facts IS 1"),
        postgresql_where=sa.text("late_facts IS true"),
    )
    op.create_index(
        "ix_cases_ring",
        "cases",
        ["ring_class", "office", "urgency"],
        unique=False,
        sqlite_where=sa.text("ring_class IS NOT NULL"),
        postgresql_where=sa.text("ring_class IS NOT NULL"),
    )
    op.create_index("ix_cases_stage", "cases", ["stage"], unique=False)
    op.create_index(
        "ix_cases_wake",
        "cases",
        ["wake_at"],
        unique=False,
        sqlite_where=sa.text("wake_at IS NOT NULL"),
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )

    op.create_table(
        "store",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_store")),
    )
    op.create_table(
        "audit",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=True),
        sa.Column("event_id", sa.String(length=64), nullable=True),
        sa.Column("content_digest", sa.LargeBinary(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_audit_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "dispositions",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("concurred_by", sa.String(length=200), nullable=True),
        sa.Column("decided_event", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "disposition IN ('closed', 'dismissed', 'continued')", name=op.f("ck_dispositions_disposition")
        ),
        sa.CheckConstraint("decided_by <> concurred_by", name=op.f("ck_dispositions_two_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_dispositions_case_id")),
        sa.PrimaryKeyConstraint("case_id", "round", name=op.f("pk_dispositions")),
    )
    op.create_table(
        "inbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("sender_key", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("judged_order", sa.Integer(), nullable=True),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'pending') = (judged_order IS NULL)", name=op.f("ck_inbox_judged")),
        sa.CheckConstraint("state IN ('pending', 'applied', 'refused')", name=op.f("ck_inbox_state")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_inbox_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox")),
        sa.UniqueConstraint("case_id", "event_id", name=op.f("uq_inbox_case_id_event_id")),
        sa.UniqueConstraint("sender_key", name=op.f("uq_inbox_sender_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_judged",
        "inbox",
        ["judged_at"],
        unique=False,
        sqlite_where=sa.text("judged_at IS NOT NULL"),
        postgresql_where=sa.text("judged_at IS NOT NULL"),
    )
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["case_id", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_inbox_refused",
        "inbox",
        ["case_id"],
        unique=False,
        sqlite_where=sa.text("state = 'refused'"),
        postgresql_where=sa.text("state = 'refused'"),
    )

    op.create_table(
        "screenings",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ruleset", sa.String(length=60), nullable=False),
        sa.Column("ruleset_digest", sa.String(length=80), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.String(length=24), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_screenings_case_id")),
        sa.PrimaryKeyConstraint("case_id", "version", name=op.f("pk_screenings")),
    )
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
