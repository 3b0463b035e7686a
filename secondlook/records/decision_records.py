"""Decision records: the documents about a round that has ended, kept sealed as they were first rendered.

Called by the web, which renders them, and by the replay. The first rendering that comes here counts, whoever else was
at it: its digest goes into the case's audit chain with it, and each later print serves those bytes. What a document
says is not known here, and nothing here may render one anew.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, insert, select

from secondlook.cases.readable import CannotRead
from secondlook.records import after
from secondlook.records.audit import append_web_act
from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.schema import cases, decision_records

Part = Literal["record", "annex"]
Form = Literal["html", "pdf"]

MADE: Final = "decision-record.made"
"""The kind of the entry that holds a document's digest."""
PRINTED: Final = "decision-record.printed"
"""The kind under which each print is kept."""
WHICH: Final = ("round", "part", "form")
"""What tells a case's documents apart, in their row and in an entry's detail."""
DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: the record of a round, or its annex of protected facts, as a page or for paper."""

    case_id: str
    round: int
    part: Part
    form: Form

    @property
    def row(self) -> str:
        """What its sealed content is bound to."""
        return f"decision_records/{self.case_id}/{self.round}/{self.part}/{self.form}"

    @property
    def detail(self) -> dict[str, object]:
        """How an entry of its case names it."""
        return {"round": self.round, "part": self.part, "form": self.form}


def document_of(row: Row[Any]) -> Document:
    """Which document a row of the table holds."""
    return Document(row.case_id, row.round, row.part, row.form)


def kept(connection: Connection, vault: Vault, document: Document) -> bytes | None:
    """The document as it was first rendered, or None where it was not yet. Raises CannotRead."""
    here = (decision_records.c[name] == value for name, value in asdict(document).items())
    sealed = connection.execute(select(decision_records.c.content).where(*here)).scalar()
    if sealed is None:
        return None
    try:
        return vault.open_text(sealed, document.row)
    except UnsealError as problem:
        raise CannotRead(problem.code) from None


def keep(
    connection: Connection, vault: Vault, document: Document, content: bytes, by: str, office: str, now: datetime
) -> bytes:
    """Keep a document that was just rendered, unless somebody was quicker; the one that counts. Raises CannotRead."""
    connection.execute(select(cases.c.id).where(cases.c.id == document.case_id).with_for_update(key_share=True)).one()
    before = kept(connection, vault, document)
    if before is not None:
        return before
    values = asdict(document)
    digest = after.document(vault, values, content, vault.root)
    connection.execute(insert(decision_records), {**values, "content": vault.seal_text(content, document.row)})
    detail = {"office": office, **document.detail, DIGEST: digest}
    append_web_act(connection, vault, document.case_id, now, MADE, by, detail)
    return content


def note_print(
    connection: Connection, vault: Vault, document: Document, by: str, office: str, reason: str, now: datetime
) -> None:
    """Put a print on record, before its bytes are given out."""
    detail = {"office": office, **document.detail, **({"reason": reason} if reason else {})}
    append_web_act(connection, vault, document.case_id, now, PRINTED, by, detail)
