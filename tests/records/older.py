"""Audit entries as release 0.1 wrote them: hashed, and nothing said of what they leave behind."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, select, text, update

from secondlook.records.audit import AFTER, GENESIS, Entry, hash_of
from secondlook.records.schema import audit, cases
from tests.records.docket import Docket


def without_triggers(connection: Connection) -> None:
    """What somebody with every right on the database can do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP TRIGGER IF EXISTS audit_append_only ON audit"))
    else:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        connection.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))


def as_an_older_release_wrote(docket: Docket, case_id: str, *, since: int = 1, **last: object) -> None:
    """Write the entries from ``since`` on anew without what they bind; ``last`` changes what the newest one says."""

    def unit(connection: Connection) -> None:
        without_triggers(connection)
        mine = select(audit).where(audit.c.case_id == case_id).order_by(audit.c.seq)
        entries = connection.execute(mine).all()
        head = GENESIS
        for row in entries:
            said = orjson.loads(row.detail)
            if row.seq >= since:
                said.pop(AFTER, None)
            if row is entries[-1]:
                said |= last
            detail = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
            entry = Entry(row.case_id, row.at, row.kind, row.actor, row.event_id, row.content_digest, {})
            head = hash_of(docket.vault, head, row.seq, entry, detail, row.root)
            here = (audit.c.case_id == case_id) & (audit.c.seq == row.seq)
            connection.execute(update(audit).where(here).values(detail=detail, hash=head))
        connection.execute(update(cases).where(cases.c.id == case_id).values(audit_head=head))

    docket.database.write_now(unit)
