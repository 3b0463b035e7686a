"""A person's own text as it is kept: sealed, opened for whoever may see its case. Called by what keeps such texts."""

from __future__ import annotations

from secondlook.cases.readable import CannotRead
from secondlook.records.case_row import opened
from secondlook.records.encryption import Vault

Text = str | None
"""None where it cannot be opened here."""


def opened_text(vault: Vault, sealed: bytes, row: str) -> Text:
    """The text, or None: one damaged row must not take the case's page from everybody."""
    try:
        return str(opened(vault, sealed, row).get("text", ""))
    except CannotRead:
        return None
