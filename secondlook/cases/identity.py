"""Whose case it is and where it is pending: the received case without its facts, and the A-number, read strictly and
shown sparingly.

``Identity`` is what rules, look-ups and pages read of it; the record keeps the document itself, with whatever a newer
release knows besides. Nothing here may put an A-number, or a part of one, into an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from secondlook.cases.readable import CannotRead

_SEPARATORS = str.maketrans("", "", " -.\u00a0\u2010\u2011\u2013")
_A_NUMBER = re.compile(r"[Aa]?([0-9]{7,9})")
_FEWEST_DIGITS = 7
LONGEST_A_NUMBER = 40
"""Characters of any way of writing one."""
SENDER_NUMBERS = "sender_numbers"
"""In the record's document: what the systems that sent a case call it (the ``subject`` of their events), each once."""


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


@dataclass(frozen=True, slots=True)
class CaseKey:
    """What names a case for a sender who knows no case id: one case is one charging document."""

    a_number: str
    nta_date: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """The next hearing: its day (ISO 8601), and ``master`` or ``merits`` where that was said."""

    date: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that a sender keeps the case under; ``scheme`` says whose."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the case's file, and where a person may open it."""

    id: str
    title: str
    date: str
    kind: str
    address: str
    pages: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """The received case without its facts (INTERFACES section 2). What was not said is None or empty; codes are the
    court's, days are ISO 8601.
    """

    a_number: str
    nta_date: str
    nta_filed: bool | None
    charges: tuple[str, ...]
    family_name: str
    given_name: str
    office: str
    base_city: str
    next_hearing: Hearing | None
    custody: str
    represented: bool | None
    language: str
    nationality: str
    case_type: str
    identifiers: tuple[Identifier, ...]
    sender_numbers: tuple[str, ...]
    documents: tuple[Document, ...]

    @classmethod
    def of(cls, document: object) -> Identity:
        """Read what a door has checked and the record has kept. Raises CannotRead if it does not say whose."""
        document = _part(document)
        respondent, court, nta = (_part(document.get(name)) for name in ("respondent", "court", "nta"))
        hearing = _part(court.get("next_hearing"))
        day = _text(hearing, "date")
        a_number, nta_date = _text(document, "a_number"), _text(nta, "date")
        if not (a_number and nta_date):
            raise CannotRead("damaged")
        return cls(
            a_number=a_number,
            nta_date=nta_date,
            nta_filed=_flag(nta, "filed"),
            charges=tuple(str(each) for each in _items(nta.get("charges"))),
            family_name=_text(respondent, "family_name"),
            given_name=_text(respondent, "given_name"),
            office=_text(document, "office"),
            base_city=_text(court, "base_city"),
            next_hearing=Hearing(day, _text(hearing, "type") or None) if day else None,
            custody=_text(document, "custody"),
            represented=_flag(document, "represented"),
            language=_text(document, "language"),
            nationality=_text(document, "nationality"),
            case_type=_text(document, "case_type"),
            identifiers=tuple(
                Identifier(_text(each, "scheme"), _text(each, "value"))
                for each in map(_part, _items(document.get("identifiers")))
            ),
            sender_numbers=tuple(str(each) for each in _items(document.get(SENDER_NUMBERS))),
            documents=tuple(_document(each) for each in map(_part, _items(document.get("documents")))),
        )

    @property
    def key(self) -> CaseKey:
        """What the case is found by."""
        return CaseKey(self.a_number, self.nta_date)

    @property
    def shown_numbers(self) -> tuple[str, ...]:
        """What its senders call the case, without what holds the A-number: some send that as their own number."""
        return tuple(each for each in self.sender_numbers if not self._holds_a_number(each))

    @property
    def shown_identifiers(self) -> tuple[Identifier, ...]:
        """Other systems' numbers of the case, likewise."""
        return tuple(each for each in self.identifiers if not self._holds_a_number(each.value))

    def _holds_a_number(self, text: str) -> bool:
        given = "".join(each for each in text if each.isdecimal())
        digits = self.a_number[1:].lstrip("0")
        # Without its zeros a short one is in nearly every number.
        return (digits if len(digits) >= _FEWEST_DIGITS else self.a_number[1:]) in given or _is(self.a_number, text)

    @property
    def detained(self) -> bool:
        return self.custody == "detained"


def _is(a_number: str, text: str) -> bool:
    try:
        return normalise_a_number(text) == a_number
    except IdentityError:
        return False


def _document(given: Mapping[str, object]) -> Document:
    pages = given.get("pages")
    return Document(
        id=_text(given, "id"),
        title=_text(given, "title"),
        date=_text(given, "date"),
        kind=_text(given, "kind"),
        address=_text(given, "address"),
        pages=pages if isinstance(pages, int) else None,
    )


def _part(given: object) -> Mapping[str, object]:
    return given if isinstance(given, Mapping) else {}


def _items(given: object) -> Iterable[object]:
    return given if isinstance(given, list | tuple) else ()


def _text(given: Mapping[str, object], name: str) -> str:
    text = given.get(name)
    return text if isinstance(text, str) else ""


def _flag(given: Mapping[str, object], name: str) -> bool | None:
    flag = given.get(name)
    return flag if isinstance(flag, bool) else None
