"""The tables. Migrations create them; every statement in ``records`` is written against these definitions.

Personal data stands only in the sealed columns (``SEALED``) and, as keyed hashes, in ``key``, ``a_number_key``,
``sender_key``, ``digest`` and ``token``. Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole microseconds so that both databases compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_AutoNumber = BigInteger().with_variant(Integer(), "sqlite")

store = Table(
    "store",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("root", Integer, unique=True),
    Column("added_at", UtcTime, nullable=False),
    Column("seals_since", UtcTime),
    Column("retired_at", UtcTime),
)

key_holders = Table(
    "key_holders",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("knows", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("key", LargeBinary, nullable=False, unique=True),
    Column("a_number_key", LargeBinary, nullable=False, index=True),
    Column("identity", LargeBinary, nullable=False),
    Column("facts", LargeBinary),
    Column("office", String(8), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("round", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("lane", String(24)),
    Column("next_actor", String(24), nullable=False),
    Column("decided_by", String(200)),  # Release 0.1 writes it; nothing reads it.
    Column("escalated", Boolean, nullable=False),
    Column("late_facts", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("detained", Boolean, nullable=False),
    Column("hearing_date", String(10)),
    Column("urgency", BigInteger, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),  # The same.
    Column("audit_seq", Integer, nullable=False),
    Column("audit_head", LargeBinary, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("ring_class", SmallInteger),
    Column("ring_at", UtcTime, nullable=False),
    Column("rings", Integer, nullable=False),
    Column("rung_seq", BigInteger, nullable=False),
    Column("wake_at", UtcTime),
)
Index(
    "ix_cases_ring",
    cases.c.ring_class,
    cases.c.office,
    cases.c.urgency,
    sqlite_where=cases.c.ring_class.is_not(None),
    postgresql_where=cases.c.ring_class.is_not(None),
)
Index(
    "ix_cases_wake",
    cases.c.wake_at,
    sqlite_where=cases.c.wake_at.is_not(None),
    postgresql_where=cases.c.wake_at.is_not(None),
)
Index("ix_cases_rung", cases.c.ring_at, sqlite_where=cases.c.rings > 0, postgresql_where=cases.c.rings > 0)
UNMOVED = text("((stage = 'held' AND wake_at IS NULL) OR (stage = 'screening' AND ring_class IS NULL)) IS TRUE")
"""Cases without a next actor or timer. There should be none; the index on them is empty, and tells so at once.

IS TRUE keeps SQLite from taking the two sides apart and reading an index of the stage for each.
"""
Index("ix_cases_unmoved", cases.c.id, sqlite_where=UNMOVED, postgresql_where=UNMOVED)
# Each is one order of the queue (docs/decisions/0006): of a stage and lane in an office, or in all of them. Counting by
# stage, lane and office reads them too.
Index("ix_cases_lane", cases.c.office, cases.c.stage, cases.c.lane, cases.c.urgency, cases.c.id)
Index("ix_cases_lane_age", cases.c.office, cases.c.stage, cases.c.lane, cases.c.received_at, cases.c.id)
Index("ix_cases_everywhere", cases.c.stage, cases.c.lane, cases.c.urgency, cases.c.id)
Index("ix_cases_everywhere_age", cases.c.stage, cases.c.lane, cases.c.received_at, cases.c.id)
Index(
    "ix_cases_escalated",
    cases.c.office,
    cases.c.urgency,
    cases.c.escalated,
    sqlite_where=cases.c.escalated.is_(True),
    postgresql_where=cases.c.escalated.is_(True),
)
Index(
    "ix_cases_late_facts",
    cases.c.office,
    cases.c.urgency,
    sqlite_where=cases.c.late_facts.is_(True),
    postgresql_where=cases.c.late_facts.is_(True),
)

inbox = Table(
    "inbox",
    metadata,
    Column("seq", _AutoNumber, primary_key=True, autoincrement=True),
    Column("event_id", String(64), nullable=False),
    Column("case_id", String(40), ForeignKey("cases.id"), nullable=False),
    Column("sender_key", LargeBinary, unique=True),
    Column("digest", LargeBinary, nullable=False),
    Column("type", String(60), nullable=False),
    Column("content", LargeBinary),
    Column("received_at", UtcTime, nullable=False),
    Column("state", String(8), nullable=False),
    Column("reason", String(24)),
    Column("judged_order", Integer),
    Column("judged_at", UtcTime),
    Column("version", Integer),
    Column("root", String(40)),
    UniqueConstraint("case_id", "event_id"),
    CheckConstraint("state IN ('pending', 'applied', 'refused')", name="state"),
    CheckConstraint("(state = 'pending') = (judged_order IS NULL)", name="judged"),
    sqlite_autoincrement=True,
)
Index(
    "ix_inbox_pending",
    inbox.c.case_id,
    inbox.c.seq,
    inbox.c.received_at,
    inbox.c.state,
    sqlite_where=inbox.c.state == "pending",
    postgresql_where=inbox.c.state == "pending",
)
Index(
    "ix_inbox_judged",
    inbox.c.judged_at,
    sqlite_where=inbox.c.judged_at.is_not(None),
    postgresql_where=inbox.c.judged_at.is_not(None),
)
Index(
    "ix_inbox_refused",
    inbox.c.state,
    sqlite_where=inbox.c.state == "refused",
    postgresql_where=inbox.c.state == "refused",
)

screenings = Table(
    "screenings",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("ruleset", String(60), nullable=False),
    Column("ruleset_digest", String(80), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("lane", String(24), nullable=False),
    Column("result", LargeBinary, nullable=False),
)

dispositions = Table(
    "dispositions",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("disposition", String(12), nullable=False),
    Column("decided_by", String(200), nullable=False),
    Column("concurred_by", String(200)),
    Column("decided_event", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    CheckConstraint("decided_by <> concurred_by", name="two_people"),
    CheckConstraint("disposition IN ('closed', 'dismissed', 'continued')", name="disposition"),
)

decision_records = Table(
    "decision_records",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("part", String(8), primary_key=True),
    Column("form", String(8), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor", String(200)),
    Column("event_id", String(64)),
    Column("content_digest", LargeBinary),
    Column("detail", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("root", String(40)),
)
# The trail of all cases in the order of time (records.trail): of everybody, of a person, of a kind.
Index("ix_audit_at", audit.c.at)
Index(
    "ix_audit_actor",
    audit.c.actor,
    audit.c.at,
    sqlite_where=audit.c.actor.is_not(None),
    postgresql_where=audit.c.actor.is_not(None),
)
Index("ix_audit_kind", audit.c.kind, audit.c.at)

# What people did with the record as a whole (records.acts): a chain of its own.
acts = Table(
    "acts",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("root", String(40)),
)

# Counts, made now and then by one process for all (records.counted), and what running workers say of themselves.
counted = Table(
    "counted",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("due_at", UtcTime, nullable=False),
    Column("at", UtcTime),
    Column("took_ms", Integer),
    Column("value", Text),
)

reports = Table(
    "reports",
    metadata,
    Column("process", String(40), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("value", Text, nullable=False),
)

failing = Table(
    "failing",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("event_id", String(64)),
    Column("code", String(40), nullable=False),
    Column("since", UtcTime, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False),
)

source_asks = Table(
    "source_asks",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("ask_again_at", UtcTime),
    CheckConstraint("state IN ('due', 'answered', 'unavailable')", name="state"),
)
Index(
    "ix_source_asks_again",
    source_asks.c.ask_again_at,
    sqlite_where=source_asks.c.ask_again_at.is_not(None),
    postgresql_where=source_asks.c.ask_again_at.is_not(None),
)

requests = Table(
    "requests",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("case_id", String(40), ForeignKey("cases.id"), nullable=False),
    Column("event_id", String(64), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("places", Text, nullable=False),
    Column("still_open", Text, nullable=False),
    CheckConstraint("state IN ('open', 'answered', 'withdrawn')", name="state"),
)

# What people are at work on (docs/decisions/0014). Nothing of it moves a case, and a case's row holds none of it.
people = Table(
    "people",
    metadata,
    Column("subject", String(200), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("roles", Text, nullable=False),
    Column("offices", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

# Who is signed in (docs/decisions/0023): found by the hash of what the browser holds, with all that it may do sealed.
sessions = Table(
    "sessions",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("person", String(200), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("checked_at", UtcTime, nullable=False),
    Column("check_due", UtcTime, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(200), nullable=False, index=True),
    Column("office", String(8), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("office", String(8), nullable=False, index=True),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("reason", LargeBinary, nullable=False),
)

assignments = Table(
    "assignments",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("office", String(8), nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", UtcTime, nullable=False),
)
Index("ix_assignments_load", assignments.c.office, assignments.c.person)

deciders = Table(
    "deciders",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("back", Boolean, nullable=False),
)
Index("ix_deciders_since", deciders.c.at, deciders.c.person)
Index("ix_deciders_person", deciders.c.person, deciders.c.at)
Index(
    "ix_deciders_back",
    deciders.c.person,
    sqlite_where=deciders.c.back.is_(True),
    postgresql_where=deciders.c.back.is_(True),
)

drafts = Table(
    "drafts",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

notes = Table(
    "notes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", String(40), ForeignKey("cases.id"), nullable=False),
    Column("person", String(200), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
Index("ix_notes_case", notes.c.case_id, notes.c.at)

# Finished rounds that chance wants read once more (docs/decisions/0022); ``reader`` is None until somebody has.
second_reads = Table(
    "second_reads",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("office", String(8), nullable=False),
    Column("decided", String(12), nullable=False),
    Column("drawn_at", UtcTime, nullable=False),
    Column("reader", String(200)),
    Column("read_at", UtcTime),
    Column("action", String(12)),
    Column("agrees", Boolean),
    Column("content", LargeBinary),
)
Index("ix_second_reads_office", second_reads.c.office, second_reads.c.drawn_at)

# By what cases are searched (docs/decisions/0017): made from the sealed identity, and made again whenever it changes.
found_by = Table(
    "found_by",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("token", LargeBinary, primary_key=True),
    Column("urgency", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_found_by_token", found_by.c.token, found_by.c.urgency, found_by.c.case_id)

views = Table(
    "views",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(200), nullable=False, index=True),
    Column("office", String(8), index=True),
    Column("name", String(60), nullable=False),
    Column("address", String(300), nullable=False),
    Column("at", UtcTime, nullable=False),
)

looking = Table(
    "looking",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("since", UtcTime, nullable=False),
)

first_views = Table(
    "first_views",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("action", String(20), nullable=False),
    Column("at", UtcTime, nullable=False),
)

IN_REVIEW = text("stage = 'attorney_review'")
"""Spelled out wherever its index is to be used: neither database takes a partial index for a bound value."""
Index(
    "ix_cases_in_review",
    cases.c.office,
    cases.c.urgency,
    cases.c.received_at,
    cases.c.id,
    sqlite_where=IN_REVIEW,
    postgresql_where=IN_REVIEW,
)

# What came back to an attorney, by what its state says in attorney review alone. PostgreSQL calls ``instr`` ``strpos``.
FACTS_ARRIVED = 'instr(cases.state, \'"came_back":"facts_arrived"\') > 0'
RETURNED = 'instr(cases.state, \'"came_back":"\') > 0 AND instr(cases.state, \'"came_back":"facts_arrived"\') = 0'
for _name, _came_back in (("ix_cases_facts_arrived", FACTS_ARRIVED), ("ix_cases_returned", RETURNED)):
    _where = _came_back.replace("cases.", "")
    Index(
        _name,
        cases.c.office,
        cases.c.urgency,
        cases.c.id,
        sqlite_where=text(_where),
        postgresql_where=text(_where.replace("instr", "strpos")),
    )
