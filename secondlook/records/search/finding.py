"""Which cases somebody means by a name or a number, in the offices that they see. Called by the web's search and by
the case's page.

Each office is looked through by itself: a token is of one office. It reads ids alone; who asks shows the rows, and
checks each one's office again. At most ``MOST`` cases are answered, so that no name costs more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Final

from sqlalchemy import Connection, and_, bindparam, select, text

from secondlook.cases.findable import number_in, wanted_names
from secondlook.cases.identity import IdentityError, normalise_a_number
from secondlook.records.encryption import Vault
from secondlook.records.lookups import a_number_key
from secondlook.records.schema import cases, found_by
from secondlook.records.search.tokens import beginning_of, name_token, number_token

MOST: Final = 1000
"""Cases that one search answers."""

_OFFICES: Final = text(
    "WITH RECURSIVE seen (office) AS (SELECT min(office) FROM cases UNION ALL "
    "SELECT (SELECT min(office) FROM cases WHERE office > seen.office) FROM seen WHERE seen.office IS NOT NULL) "
    "SELECT office FROM seen WHERE office IS NOT NULL"
)
"""Each of an index's offices in one step, however many cases it has."""
_IN_THESE: Final = cases.c.office.in_(bindparam("offices", expanding=True))
_NAMED: Final = select(cases.c.id).where(cases.c.id == bindparam("case"), _IN_THESE)
_OF_PERSON: Final = (
    select(cases.c.id)
    .where(cases.c.a_number_key.in_(bindparam("keys", expanding=True)), _IN_THESE)
    .order_by(cases.c.urgency, cases.c.id)
    .limit(MOST)
)
_ORDER: Final = (found_by.c.urgency, found_by.c.case_id)
_NUMBERED: Final = (
    select(found_by.c.case_id)
    .join(cases, cases.c.id == found_by.c.case_id)
    .where(found_by.c.token.in_(bindparam("tokens", expanding=True)), _IN_THESE)
    .order_by(*_ORDER)
    .limit(MOST)
)
_WORD: Final = select(found_by.c.case_id, found_by.c.urgency)
_BEGINS: Final = and_(found_by.c.token >= bindparam("low"), found_by.c.token < bindparam("end"))
_WHOLE: Final = _WORD.where(found_by.c.token == bindparam("whole")).order_by(*_ORDER).limit(MOST + 1)
# All words of a name as one begin as its first word does, so a case may be in it twice.
_TWICE: Final = 2 * MOST
_LONGER: Final = (
    _WORD.where(_BEGINS, found_by.c.token != bindparam("whole")).order_by(found_by.c.token, *_ORDER).limit(_TWICE + 1)
)
_BEGINNING: Final = select(found_by.c.case_id, found_by.c.urgency, found_by.c.token).where(_BEGINS)
_AMONG: Final = select(found_by.c.case_id).where(found_by.c.case_id.in_(bindparam("among", expanding=True)), _BEGINS)
_FEW: Final = 100
"""Cases that are asked one by one whether they have another word."""

Rank = tuple[bool, int]
"""Whether the name is another that begins so, and the urgency."""


@dataclass(frozen=True, slots=True)
class Found:
    """Cases, the best match first. ``more`` says that these are not all."""

    case_ids: tuple[str, ...]
    more: bool = False


def offices_on_record(connection: Connection) -> tuple[str, ...]:
    """Every office that has a case."""
    return tuple(connection.execute(_OFFICES).scalars())


def by_number(connection: Connection, vault: Vault, offices: Sequence[str], given: str) -> Found:
    """Cases of which this is the case id, the A-number or another system's number."""
    found = list(connection.execute(_NAMED, {"case": given.strip(), "offices": offices}).scalars())
    with suppress(IdentityError):
        found += of_person(connection, vault, offices, normalise_a_number(given.strip()))
    number = number_in(given)
    tokens = [number_token(vault, office, number, root) for office, root in product(offices, vault.roots)]
    found += connection.execute(_NUMBERED, {"tokens": tokens, "offices": offices}).scalars()
    return Found(tuple(dict.fromkeys(found)))


def of_person(connection: Connection, vault: Vault, offices: Sequence[str], a_number: str) -> tuple[str, ...]:
    """All cases of an A-number."""
    keys = [a_number_key(vault, a_number, root) for root in vault.roots]
    return tuple(connection.execute(_OF_PERSON, {"keys": keys, "offices": offices}).scalars())


def by_name(connection: Connection, vault: Vault, offices: Sequence[str], given: str) -> Found:
    """Cases whose family name has words that begin so: those of exactly such a word first, then the most urgent."""
    ranked: dict[str, Rank] = {}
    more = False
    for words in wanted_names(given):
        places = list(product(offices, vault.roots))
        if len(words) > 1:
            found = _with_all(connection, vault, places, words)
        else:
            found, cut = _with_one(connection, vault, places, words[0])
            more |= cut
        for case_id, rank in found.items():
            ranked[case_id] = min(ranked.get(case_id, rank), rank)
    ordered = sorted(ranked, key=lambda case_id: (ranked[case_id], case_id))
    return Found(tuple(ordered[:MOST]), more=more or len(ordered) > MOST)


def _with_one(
    connection: Connection, vault: Vault, places: Sequence[tuple[str, str | None]], word: str
) -> tuple[dict[str, Rank], bool]:
    """Cases with the word, and whether these are not all: no more is read of an office than a search answers."""
    found: dict[str, Rank] = {}
    cut = False
    bounds = [_bounds(vault, office, word, root) for office, root in places]
    for statement, longer in ((_WHOLE, False), (_LONGER, True)):
        for bound in bounds:
            if longer and len(found) > MOST:
                return found, True
            rows = connection.execute(statement, bound).all()
            cut |= len(rows) > (_TWICE if longer else MOST)
            found = {row.case_id: (longer, row.urgency) for row in rows} | found
    return found, cut


def _with_all(
    connection: Connection, vault: Vault, places: Sequence[tuple[str, str | None]], words: Sequence[str]
) -> dict[str, Rank]:
    """Cases with each of the words. Of two common names both lists are read: to ask each case takes twice as long."""
    everywhere: dict[str, Rank] = {}
    for office, root in places:
        bound = _bounds(vault, office, words[0], root)
        rows = connection.execute(_BEGINNING, bound)
        ranks = [(case_id, (token != bound["whole"], urgency)) for case_id, urgency, token in rows]
        found = dict(sorted(ranks, key=lambda each: each[1], reverse=True))
        for word in words[1:] if found else ():
            bound = _bounds(vault, office, word, root)
            among = {**bound, "among": list(found)}
            rows = connection.execute(_BEGINNING, bound) if len(found) > _FEW else connection.execute(_AMONG, among)
            with_word = {row.case_id for row in rows}
            found = {case_id: rank for case_id, rank in found.items() if case_id in with_word}
        everywhere |= found
    return everywhere


def _bounds(vault: Vault, office: str, word: str, root: str | None) -> dict[str, object]:
    token = name_token(vault, office, word, root)
    low, end = beginning_of(token, word)
    return {"whole": token, "low": low, "end": end}
