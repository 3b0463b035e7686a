"""Decision records in words: what they are printed for, and their entries in a case's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from secondlook.cases.event_type import Told
from secondlook.records.decision_records import MADE
from secondlook.web import words

PURPOSES: Final = {"file": "For the case's own file, kept apart from the record"} | words.PURPOSES
"""Why an annex of protected facts is printed: codes, since they stand in the audit chain."""
_PARTS: Final = {"record": "the decision record", "annex": "the annex of protected facts"}
_FORMS: Final = {"html": "as a page", "pdf": "as a PDF"}


def told_of_record(kind: str, who: str, detail: Mapping[str, object]) -> Told:
    """A document's being made, or printed."""
    part, form = _PARTS.get(str(detail.get("part")), "a document"), _FORMS.get(str(detail.get("form")), "")
    which = f"{part} of round {detail.get('round')} {form}".rstrip()
    if kind == MADE:
        sentence = f"{which[0].upper()}{which[1:]} was made, when {who} first asked for it."
        return Told(sentence, sentence)
    purpose = PURPOSES.get(str(detail.get("reason")))
    sentence = f"{who} printed {which}."
    return Told(sentence, sentence, (("Reason", purpose),) if purpose else ())
