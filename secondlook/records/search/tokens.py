"""What stands on record for a word of a name or a number: keyed bytes of one office.

A word's token begins with the bytes of each of its beginnings, so that the names that begin with some letters are one
stretch of an index. Called by ``rows``, which writes tokens, and by ``finding``, which looks them up; never stored or
shown anywhere else.
"""

from __future__ import annotations

from typing import Final

from secondlook.records.encryption import Vault

SHORTEST_BEGINNING: Final = 3
"""Letters: the first three make one step, so that the bytes say nothing of one or two."""
_LETTERS: Final = 10
"""Longer words are found by so many; shorter ones are filled up, so that no length can be seen."""
_FIRST, _NEXT = 6, 3


def name_token(vault: Vault, office: str, word: str, root: str | None) -> bytes:
    """A word of a name."""
    filled = word[:_LETTERS].ljust(_LETTERS, "\0")
    hashed = vault.search_hash("name", office, root)
    hashed.update(filled[:SHORTEST_BEGINNING].encode())
    parts = [hashed.digest()[:_FIRST]]
    for letter in filled[SHORTEST_BEGINNING:]:
        hashed.update(letter.encode())
        parts.append(hashed.digest()[:_NEXT])
    return b"".join(parts)


def beginning_of(token: bytes, word: str) -> tuple[bytes, bytes]:
    """From where up to before where the tokens of words lie that begin as this one, whose own token it is."""
    length = _FIRST + _NEXT * (max(SHORTEST_BEGINNING, min(len(word), _LETTERS)) - SHORTEST_BEGINNING)
    low = token[:length]
    return low, low + b"\xff" * (len(token) - length + 1)


def number_token(vault: Vault, office: str, number: str, root: str | None) -> bytes:
    """A number of another system."""
    hashed = vault.search_hash("number", office, root)
    hashed.update(number.encode())
    return hashed.digest()
