"""The rows by which a case is found. Written in each transaction that writes a case's identity, and in no other but the
background's, which fills in what older releases left out.

Called by the inbox (a new case), by judging (an identity that changes), by resealing (another root) and by ``filling``.
Whoever calls holds the case's lock, or has just made it.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete

from secondlook.cases.findable import findable
from secondlook.cases.identity import Identity
from secondlook.records.encryption import Vault
from secondlook.records.schema import found_by
from secondlook.records.search.tokens import name_token, number_token

# As the drivers take it: a few rows go in with every new case, and three quarters of what that cost was their bindings.
_COLUMNS = ("case_id", "token", "urgency")
_WRITE = {
    dialect: f"INSERT INTO found_by ({', '.join(_COLUMNS)}) VALUES ({', '.join(each % name for name in _COLUMNS)})"  # noqa: S608
    for dialect, each in (("sqlite", ":%s"), ("postgresql", "%%(%s)s"))
}
_FORGET = delete(found_by).where(found_by.c.case_id == bindparam("case"))


def rows_of(vault: Vault, case_id: str, identity: Identity, urgency: object) -> list[dict[str, object]]:
    """What a case with this identity is found by."""
    root, found = vault.root, findable(identity)
    tokens = [name_token(vault, found.office, word, root) for word in found.words]
    tokens += [number_token(vault, found.office, number, root) for number in found.numbers]
    return [{"case_id": case_id, "token": token, "urgency": urgency} for token in dict.fromkeys(tokens)]


def insert_rows(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Write rows of cases that have none."""
    if rows:
        connection.exec_driver_sql(_WRITE[connection.dialect.name], rows)


def rewrite(connection: Connection, case_id: str, rows: list[dict[str, object]]) -> None:
    """Put these rows in the place of what the case was found by."""
    connection.execute(_FORGET, {"case": case_id})
    insert_rows(connection, rows)
