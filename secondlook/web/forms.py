"""A form that comes back to the person who sent it: with errors at its fields, or refused with its text kept.

Made by the screens that take acts, shown by the case's page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secondlook.cases.fields import Invalid
from secondlook.web.sessions import PostedForm

NOTHING_SENT = PostedForm(())


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a field, as a sentence that says what to do."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form as it was sent. ``name`` is ``review``, ``concurrence`` or ``withdrawal``."""

    name: str
    fields: PostedForm
    errors: tuple[FieldError, ...] = ()
    refused: str | None = None

    def error_of(self, field: str) -> str | None:
        """The sentence at a field, if any."""
        return next((error.sentence for error in self.errors if error.field == field), None)


def field_errors(invalid: Invalid, fields: PostedForm, sentences: Mapping[str, str]) -> tuple[FieldError, ...]:
    """The errors of an event that was refused before it was sent, one a field, in the order of ``sentences``.

    ``sentences`` says what to do about each field where nothing was given.
    """
    wrong: dict[str, str] = {}
    for problem in invalid.problems:
        field = problem.place.removeprefix("data.").partition("[")[0].partition(" ")[0]
        field = field if field in sentences else next(iter(sentences))
        given = fields.one(field).strip()
        wrong.setdefault(field, f"{sentences[field]} (it {problem.problem})" if given else sentences[field])
    return tuple(FieldError(field, wrong[field]) for field in sentences if field in wrong)


def version_in(fields: PostedForm) -> int:
    """The version of the case that the person saw; 0, which no case has, where the form does not say."""
    given = fields.one("case_version")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
