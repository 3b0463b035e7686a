"""By what a case is found: the words of its family name, and the numbers that other systems have for it.

Pure. One way of writing each, so that case, accents, apostrophes, hyphens and the order of words make no difference.
Called where the record makes a case findable and where somebody's search is read; both must write alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from secondlook.cases.identity import Identity

MOST_WORDS: Final = 8
"""Of one name."""

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")
_MARKS: Final = frozenset({"Mn", "Me", "Cf"})
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart and that people write without their stroke."""


@dataclass(frozen=True, slots=True)
class Findable:
    """What one case is found by. ``words`` are those of the family name, and all of them as one."""

    office: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]


def findable(identity: Identity) -> Findable:
    """What a case with this identity is found by."""
    words = words_in(identity.family_name)
    several = (each for each in words if len(each) > 1) if len(words) > 1 else ()
    numbers = map(number_in, (*identity.sender_numbers, *(each.value for each in identity.identifiers)))
    return Findable(
        office=identity.office,
        words=tuple(dict.fromkeys((*several, "".join(words)))) if words else (),
        numbers=tuple(dict.fromkeys(each for each in numbers if each)),
    )


def wanted_names(text: str) -> tuple[tuple[str, ...], ...]:
    """What a name that somebody wrote may be: any one of these, each a set of words to find together, longest first.

    ``O'Brien``, ``O Brien`` and ``Obrien`` are one name, and so are ``Garcia Lopez`` and ``Lopez-Garcia``.
    """
    words = words_in(text)
    if not words:
        return ()
    apart = tuple(sorted({each for each in words if len(each) > 1}, key=lambda each: (-len(each), each)))
    together = ("".join(words),)
    return (apart, together) if len(words) > 1 and apart else (together,)


def words_in(name: str) -> tuple[str, ...]:
    """The words of a name without case, accents and punctuation, in their order."""
    text = name.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(each for each in text if unicodedata.category(each) not in _MARKS).translate(_LETTERS)
    return tuple(each for each in _NOT_A_LETTER.split(text) if each)[:MOST_WORDS]


def number_in(text: str) -> str:
    """A number as it is compared: letters and digits alone, without case. What has none of them stays as it is."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_A_LETTER.sub("", folded) or folded.strip()
