"""Why an event changed nothing: a reason code with the sentence that says what to do.

Shown to the event's sender and kept on record. A reason that only one event type gives stands in that type's file;
those that several give stand here. A code of a newer release is text without a sentence.
"""

from __future__ import annotations

from typing import Final

_KNOWN: dict[str, Refusal] = {}


class Refusal(str):
    """A reason code; ``words`` is the sentence for whoever sent the event."""

    words: str

    def __new__(cls, code: str, words: str) -> Refusal:
        refusal = super().__new__(cls, code)
        refusal.words = words
        if _KNOWN.setdefault(code, refusal) is not refusal:
            raise ValueError(f"the refusal {code} is defined twice")
        return refusal


def refusals() -> dict[str, Refusal]:
    """Every reason that this release gives, by its code."""
    return dict(_KNOWN)


STALE: Final = Refusal(
    "stale",
    "The case changed after you opened it. Read what is new in the history and the criteria, then send the form again "
    "if you still stand by it.",
)
NOT_ALLOWED: Final = Refusal(
    "not_allowed",
    "Your role or your offices do not include this act on this case. Ask a colleague of the case's office, or have "
    "your access corrected.",
)
ENDED: Final = Refusal(
    "ended",
    "This round of review has ended, so nothing can change it. Facts that came later are on the supervisors' list.",
)
UNKNOWN_CASE: Final = Refusal("unknown_case", "The case is not on record. Go back to the queue and open it from there.")
INVALID: Final = Refusal(
    "invalid",
    "The record could not take this form. Check every field and send it again; if it is refused again, tell the "
    "operators.",
)
SET_ASIDE: Final = Refusal(
    "set_aside", "An operator set this aside, because it could not be read. The history says who did, and why."
)
