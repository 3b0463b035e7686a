"""What somebody looks for, as addresses carry it: sealed, because a name or an A-number must stand in no log, no
history and no link that is passed on. It opens for whoever searched and for nobody else.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from secondlook.records.encryption import UnsealError, Vault
from secondlook.web.people import Person

LONGEST: Final = 1000
"""Bytes of what is looked for; an address must stay one that every server takes."""
_STEP: Final = 64
"""Filled up to a multiple, so that an address does not tell how long a name is."""


def sealed(vault: Vault, person: Person, text: str) -> str:
    """What is looked for, for an address."""
    filled = text + " " * (-len(text.encode()) % _STEP)
    return base64.urlsafe_b64encode(vault.seal(filled, _purpose(person))).decode().rstrip("=")


def opened(vault: Vault, person: Person, address: str) -> str | None:
    """What was sealed for this person; None for anything else, as after a key is gone or an address is cut."""
    try:
        padded = address.encode("ascii") + b"=" * (-len(address) % 4)
        text = vault.open(base64.b64decode(padded, altchars=b"-_", validate=True), _purpose(person))
    except (UnsealError, binascii.Error, UnicodeEncodeError):
        return None
    return text.rstrip(" ") if isinstance(text, str) else None


def _purpose(person: Person) -> str:
    return f"search/{person.subject}"
