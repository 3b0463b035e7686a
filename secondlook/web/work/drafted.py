"""What of a review form is kept as a draft. Called by whatever saves one."""

from __future__ import annotations

from typing import Final

from secondlook.cases.events import LARGEST_EVENT
from secondlook.records.work.drafts import Fields
from secondlook.web.sessions import FormTooLarge, PostedForm

_DRAFTED: Final = ("action", "reasons", "rationale")
_DRAFTED_PARTS: Final = ("finding.", "ask.")


def drafted(form: PostedForm) -> Fields:
    """The fields that somebody fills in. Raises FormTooLarge."""
    fields = tuple(each for each in form.fields if each[0] in _DRAFTED or each[0].startswith(_DRAFTED_PARTS))
    if sum(len(name) + len(value) for name, value in fields) > LARGEST_EVENT:
        raise FormTooLarge
    return fields
