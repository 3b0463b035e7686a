"""The audit trail of all cases in the order of time: of everybody, of a person, of a kind."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_audit_at", "audit", ["at"])
    by_somebody = sa.text("actor IS NOT NULL")
    op.create_index("ix_audit_actor", "audit", ["actor", "at"], sqlite_where=by_somebody, postgresql_where=by_somebody)
    op.create_index("ix_audit_kind", "audit", ["kind", "at"])
