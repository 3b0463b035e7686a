"""Why a case is with its attorney again: a code kept in the case's state, with the sentence that the attorney reads.

One stands where its event type or stage is defined. A code of a newer release has no sentence here.
"""

from __future__ import annotations

_KNOWN: dict[str, Why] = {}


class Why(str):
    """``words`` tells the attorney (``{who}`` is whoever did it); ``text`` names the field of that event's content
    which they read below it; ``aside`` is what the history says of the decision, if one was set aside."""

    words: str
    text: str
    aside: str

    def __new__(cls, code: str, *, words: str, text: str = "", aside: str = "") -> Why:
        why = super().__new__(cls, code)
        why.words, why.text, why.aside = words, text, aside
        if _KNOWN.setdefault(code, why) is not why:
            raise ValueError(f"the reason {code} is defined twice")
        return why


def why_of(code: str) -> Why | None:
    """The reason of a code, or None for one of a newer release."""
    return _KNOWN.get(code)
