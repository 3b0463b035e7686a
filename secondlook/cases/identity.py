"""Whose case it is: the A-number, read strictly and shown sparingly.

Called by intake (before any comparison or keyed hash) and by the web (to show a case without opening the public
hearing look-up). It must never put an A-number, or a part of one, into an error.
"""

import re

_SEPARATORS = str.maketrans("", "", " -.\u00a0\u2010\u2011\u2013")
_A_NUMBER = re.compile(r"[Aa]?([0-9]{7,9})")
LONGEST_A_NUMBER = 40
"""Characters of any way of writing one."""


class IdentityError(ValueError):
    """The text is no A-number. The message says what one looks like, never what was given."""


def normalise_a_number(text: str) -> str:
    """``A`` and nine digits, from any accepted way of writing (INTERFACES, "A case, as it is received").

    ``A`` is optional, spaces, hyphens and dots may separate, 7 to 9 digits are padded to nine. Raises IdentityError.
    """
    found = _A_NUMBER.fullmatch(text.translate(_SEPARATORS)) if len(text) <= LONGEST_A_NUMBER else None
    if found is None:
        raise IdentityError("must be an A-number: an optional A and 7 to 9 digits")
    return "A" + found[1].zfill(9)


def mask_a_number(a_number: str) -> str:
    """A normalised A-number with all but its last four digits hidden, for lists."""
    return "A" + "•" * 5 + a_number[-4:]
