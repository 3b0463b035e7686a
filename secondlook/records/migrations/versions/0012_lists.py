"""Lists of what came back and of what somebody has done, and the views that people keep."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ARRIVED = 'instr(state, \'"came_back":"facts_arrived"\')'
_WHERE = {
    "ix_cases_facts_arrived": f"{_ARRIVED} > 0",
    "ix_cases_returned": f'instr(state, \'"came_back":"\') > 0 AND {_ARRIVED} = 0',
}


def upgrade() -> None:
    for name, where in _WHERE.items():
        op.create_index(
            name,
            "cases",
            ["office", "urgency", "id"],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where.replace("instr", "strpos")),
        )
    op.create_index("ix_deciders_person", "deciders", ["person", "at"])
    op.create_table(
        "views",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("office", sa.String(8)),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
    )
    op.create_index("ix_views_person", "views", ["person"])
    op.create_index("ix_views_office", "views", ["office"])
