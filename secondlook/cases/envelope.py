"""The envelope around an event: CloudEvents 1.0 in its JSON form, checked attribute by attribute.

Called by ``events.parse_event`` alone. It knows nothing of what is inside ``data``.
"""

import re

from secondlook.cases.fields import WHOLE_DOCUMENT, Check, FieldProblem, described, matching, or_null, real_time
from secondlook.cases.plain_text import TURNS, keeps_its_direction

_MOST_EXTENSIONS = 50
_EXTENSION_NAME = re.compile("[a-z0-9]{1,64}")
# CloudEvents 1.0, "Type system": no control characters, no surrogates; here also no endless ones.
_PRINTABLE = "[^\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_URI_CHARACTER = '[^\x00-\x20\x7f-\xa0\ud800-\udfff<>"{}|\\\\^`]'
_extension_text = matching(_PRINTABLE + "{0,4096}", "text of at most 4096 characters without control characters")


@described({"type": "string", "format": "date-time"})
def _time(value: object, place: str, problems: list[FieldProblem]) -> None:
    if not real_time(value):
        problems.append(FieldProblem(place, "must be a time with its offset, as in RFC 3339"))


_SUBJECT = matching(_PRINTABLE + "{1,512}", "text of 1 to 512 characters without control characters")


@described(_SUBJECT.schema)
def _subject(value: object, place: str, problems: list[FieldProblem]) -> None:
    """The sending system's number of the case: people see it beside other text."""
    _SUBJECT.find(value, place, problems)
    if isinstance(value, str) and not keeps_its_direction(value):
        problems.append(FieldProblem(place, TURNS))


_ATTRIBUTES: dict[str, Check] = {
    "specversion": matching(r"1\.0", "1.0"),
    "id": matching(_PRINTABLE + "{1,512}", "text of 1 to 512 characters without control characters"),
    "source": matching(_URI_CHARACTER + "{1,1024}", "a URI reference of 1 to 1024 characters"),
    "type": matching(_PRINTABLE + "{1,255}", "an event type"),
    "subject": or_null(_subject),
    "time": or_null(_time),
    "datacontenttype": or_null(
        matching(r"(?i:application/([a-z0-9!#$&^_.-]+\+)?json)[ \t]*(;.{0,200})?", "a JSON media type")
    ),
    "dataschema": or_null(matching(_URI_CHARACTER + "{1,1024}", "a URI of at most 1024 characters")),
}
_REQUIRED = ("specversion", "id", "source", "type", "data")


def check_envelope(raw: object, problems: list[FieldProblem]) -> None:
    """Everything but ``data``, which must only be there."""
    if not isinstance(raw, dict):
        problems.append(FieldProblem(WHOLE_DOCUMENT, "must be an object"))
        return
    if "data_base64" in raw:
        problems.append(
            FieldProblem("data_base64", "must be JSON in base64, of a JSON media type, without data beside")
        )
    problems.extend(FieldProblem(name, "is required") for name in _REQUIRED if name not in raw)
    if len(raw) > _MOST_EXTENSIONS + len(_ATTRIBUTES) + 1:
        problems.append(FieldProblem(WHOLE_DOCUMENT, f"must have at most {_MOST_EXTENSIONS} extension attributes"))
        return
    for number, (name, value) in enumerate(raw.items(), 1):
        check = _ATTRIBUTES.get(name)
        if check is not None:
            check.find(value, name, problems)
        elif name not in ("data", "data_base64"):
            _check_extension(name, value, f"attribute number {number}", problems)


def _check_extension(name: object, value: object, place: str, problems: list[FieldProblem]) -> None:
    if not isinstance(name, str) or _EXTENSION_NAME.fullmatch(name) is None:
        problems.append(FieldProblem(place, "an attribute's name must be lower case letters and digits"))
    elif isinstance(value, str):
        _extension_text.find(value, place, problems)
    elif value is not None and not isinstance(value, bool | int):
        problems.append(FieldProblem(place, "an extension attribute must be text, true, false or a whole number"))
