"""The keyed hashes by which cases and events are found. Called by the doors' inbox and by what re-hashes cases."""

from __future__ import annotations

from secondlook.cases.identity import CaseKey
from secondlook.records.encryption import Vault


def case_key(vault: Vault, key: CaseKey, root: str | None = None) -> bytes:
    """The keyed hash under which the one case of an A-number and NTA date is found."""
    return vault.lookup_hash("case", key.a_number, key.nta_date, root=root)


def a_number_key(vault: Vault, a_number: str, root: str | None = None) -> bytes:
    """The keyed hash under which all cases of an A-number are found."""
    return vault.lookup_hash("a-number", a_number, root=root)


def sender_key(vault: Vault, source: str, event_id: str, root: str | None = None) -> bytes:
    """The keyed hash under which a sender's event is found again."""
    return vault.lookup_hash("sender", source, event_id, root=root)
