"""Which cases somebody means by a name or a number, in the offices that they see. Called by the web's search and by
the case's page.

Each office is looked through by itself: a token is of one office. It reads ids alone; who asks shows the rows, and
checks each one's office again. At most ``MOST`` cases are answered, so that no name costs more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, exists, select, text

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
    ranked: dict[str, tuple[bool, int]] = {}
    for words in wanted_names(given):
        for whole in (True, False):
            for office, root in product(offices, vault.roots):
                if not whole and len(ranked) > MOST:
                    break
                bound = _bounds(vault, office, words, root)
                for case_id, urgency in connection.execute(_statement(len(words) - 1, whole=whole), bound):
                    ranked[case_id] = min(ranked.get(case_id, (True, urgency)), (not whole, urgency))
    ordered = sorted(ranked, key=lambda case_id: (ranked[case_id], case_id))
    return Found(tuple(ordered[:MOST]), more=len(ordered) > MOST)


def _bounds(vault: Vault, office: str, words: Sequence[str], root: str | None) -> dict[str, object]:
    bound: dict[str, object] = {}
    for number, word in enumerate(words):
        token = name_token(vault, office, word, root)
        bound[f"low{number}"], bound[f"end{number}"] = beginning_of(token, word)
        if number == 0:
            bound["whole"] = token
    return bound


@lru_cache(maxsize=32)
def _statement(others: int, *, whole: bool) -> Select[Any]:
    """Cases with one word and so many ``others``; the one is ``whole``, or it begins so and is longer."""
    beside = [found_by.alias(f"beside{number}") for number in range(1, others + 1)]
    found = [
        exists().where(
            each.c.case_id == found_by.c.case_id,
            each.c.token >= bindparam(f"low{number}"),
            each.c.token < bindparam(f"end{number}"),
        )
        for number, each in enumerate(beside, 1)
    ]
    query = select(found_by.c.case_id, found_by.c.urgency)
    if whole:
        one = found_by.c.token == bindparam("whole")
        return query.where(one, *found).order_by(*_ORDER).limit(MOST + 1)
    begins = and_(found_by.c.token >= bindparam("low0"), found_by.c.token < bindparam("end0"))
    longer = and_(begins, found_by.c.token != bindparam("whole"))
    return query.where(longer, *found).order_by(found_by.c.token, *_ORDER).limit(MOST + 1)
