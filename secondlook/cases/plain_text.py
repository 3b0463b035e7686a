"""Which text from outside may be stored and shown: without control characters, without a direction control that turns
the text around it, and not blank to the eye. Used by the checks of ``fields``.
"""

import re

# Control characters other than tab, line feed and carriage return; half surrogate pairs, which no UTF-8 text can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# All that leaves no mark: white space, Unicode's format characters, and what it calls ignorable or draws as nothing
# (fillers, variation selectors, the empty Braille cell).
_MARK = re.compile(
    "[^\\s\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_CLOSED_BY = dict.fromkeys("\u202a\u202b\u202d\u202e", _POP_EMBEDDING) | dict.fromkeys(
    "\u2066\u2067\u2068", _POP_ISOLATE
)
TURNS = "must end each change of writing direction in it, and no other"


def is_printable(text: str) -> bool:
    """Whether every character can be stored and shown."""
    return _UNPRINTABLE.search(text) is None


def is_blank(text: str) -> bool:
    """Whether the eye sees nothing of it."""
    return not text.strip() if text.isascii() else _MARK.search(text) is None


def keeps_its_direction(text: str) -> bool:
    """Whether what turns the direction of writing (Unicode TR 9: embeddings, overrides, isolates) also ends in it."""
    if text.isascii():
        return True
    waiting: list[str] = []
    for control in _CONTROLS.findall(text):
        if control in _CLOSED_BY:
            waiting.append(_CLOSED_BY[control])
        elif not waiting or waiting.pop() != control:
            return False
    return not waiting
