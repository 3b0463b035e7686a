"""Places in the queue as addresses carry them: sealed, because a place tells of custody and of a hearing's date, and
addresses stand in logs and histories. Called by the queue's paging alone.

A place gives nothing away and grants nothing: what is beside it is looked up among the offices of whoever asks.
"""

from __future__ import annotations

import base64
import binascii

from secondlook.records.encryption import UnsealError, Vault
from secondlook.records.queue import Place
from secondlook.records.reading import Sort


def sealed(vault: Vault, sort: Sort, place: Place) -> str:
    """A place in this order, for an address."""
    return base64.urlsafe_b64encode(vault.seal([place.value, place.case_id], _purpose(sort))).decode().rstrip("=")


def opened(vault: Vault, sort: Sort, text: str) -> Place | None:
    """What was sealed for this order; None for anything else, as after a key is gone or an address is cut."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        match vault.open(base64.b64decode(padded, altchars=b"-_", validate=True), _purpose(sort)):
            case [int(value), str(case_id)]:
                return Place(value, case_id)
    except (UnsealError, binascii.Error, UnicodeEncodeError):
        pass
    return None


def _purpose(sort: Sort) -> str:
    return f"queue place/{sort.value}"
