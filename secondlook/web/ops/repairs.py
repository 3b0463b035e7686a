"""What repairs stuck work, by its code, in a sentence. docs/upgrading.md says more of each."""

from __future__ import annotations

from typing import Final

_NEWER: Final = "A newer release wrote it: finish the roll. If none comes, secondlook case ID says more."
_NEVER_RIGHT: Final = (
    "This is never right, even under load: keep the output of secondlook status --json for a bug report. Starting a "
    "worker again rings what is overdue and harms nothing."
)
_SEE: Final = "docs/upgrading.md says what this code asks for."
REPAIRS: Final = {
    "unmoved": _NEVER_RIGHT,
    "deadline_passed": _NEVER_RIGHT,
    "rung_in_vain": _NEVER_RIGHT,
    "unknown_key": "Give the processes the key that it is sealed under (secondlook keys list).",
    "damaged": "Restore the row from a copy. What no copy has, a person sets aside: secondlook events set-aside ID.",
    "cannot_be_shown": "As for damaged, for a missing key, or for a newer release: the case's page says which.",
    "fault": "A bug of ours: the worker's log has its kind. A fixed release judges it; nothing is to be sent again.",
}


def repair(code: str) -> str:
    """What to do about stuck work of this code."""
    return REPAIRS.get(
        code, _NEWER if code.startswith("unknown_") else "docs/upgrading.md says what this code asks for."
    )
