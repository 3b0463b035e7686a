"""A case comes again and again with a part of its fields, in any order, twice, judged whenever: it ends the same.

A property of the record on both databases: nothing that was known is unknown afterwards, and who is detained stays
ahead of who is not, from the first receipt that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import count, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondlook.policy import screen
from tests.end_to_end.faults import size
from tests.policy.cases import AS_OF, KNOWN, OPLA
from tests.records.docket import MINUTE, Docket, case_event

Fields = dict[tuple[str, ...], object]

CASE: Fields = {
    ("respondent", "family_name"): "Quillfeather",
    ("respondent", "given_name"): "Ottoline",
    ("court", "base_city"): "BAL",
    ("court", "next_hearing"): {"date": "2012-03-01", "type": "master"},
    ("nta", "filed"): True,
    ("nta", "charges"): ["212a06Ai"],
    ("custody",): "detained",
    ("represented",): True,
    ("language",): "SP",
    ("nationality",): "MX",
    ("case_type",): "RMV",
    ("documents",): [{"id": "d1", "title": "A file", "pages": 3}],
    ("identifiers",): [{"scheme": "court", "value": "X1"}],
    **{("facts", name): value for name, value in KNOWN.items() if name != "education"},
}
HALVES = (set(list(CASE)[::2]), set(list(CASE)[1::2]))
TURNS_OUT = {("facts", "gang_member"): (True, False), ("facts", "military_service"): ("honorable_discharge", "none")}
"""Facts of which the newest observation counts, whenever it arrives: what was seen before, and what then."""

NOWHERE = object()
numbers = count(1)


@dataclass(frozen=True)
class Receipt:
    """One ``case.received``: which fields it has; ``seen`` is the day on which its observations were made."""

    fields: frozenset[tuple[str, ...]]
    seen: int
    judged: bool
    """Whether the bench looks before the next one comes."""

    def content(self, last: int) -> dict[str, Any]:
        data: dict[str, Any] = {"respondent": {}, "nta": {"date": "2010-05-04"}, "facts": {}}
        for path in CASE.keys() & self.fields:
            value = deepcopy(CASE[path])
            if path in TURNS_OUT:
                value = {
                    "value": TURNS_OUT[path][self.seen == last],
                    "source": f"on day {self.seen}",
                    "observed_at": f"2011-11-{self.seen:02}",
                }
            place = data
            for step in path[:-1]:
                place = place.setdefault(step, {})
            place[path[-1]] = value
        return data


def known(docket: Docket, case_id: str) -> dict[tuple[str, ...], object]:
    """What stands on the record, field by field."""
    row = docket.case(case_id)
    identity = docket.vault.open(row.identity, f"cases.identity/{case_id}")
    facts = docket.facts(case_id) if row.facts is not None else {}
    assert isinstance(identity, dict) and isinstance(facts, dict)
    whole: Mapping[str, Any] = {**identity, "facts": facts}
    return {path: found for path in CASE if (found := _at(whole, path)) is not NOWHERE}


def _at(whole: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: Any = whole
    for step in path:
        found = found.get(step, NOWHERE) if isinstance(found, dict) else NOWHERE
    return found


def lived(docket: Docket, receipts: list[Receipt]) -> str:
    """A case of its own that all of them were sent for, judged to the end; nothing is ever forgotten on the way."""
    number, last = next(numbers), max(each.seen for each in receipts)
    case_id, before, told = "", 0, set[tuple[str, ...]]()
    for place, receipt in enumerate(receipts):
        docket.now += MINUTE
        sent = case_event(number, f"{number}-{place}", **receipt.content(last))
        (answer,) = docket.accept(sent)
        assert answer.outcome == "accepted" and answer.case_id
        case_id = answer.case_id
        told |= receipt.fields
        if receipt.judged or place == len(receipts) - 1:
            docket.judge(case_id)
            assert known(docket, case_id).keys() == told
            assert docket.case(case_id).version >= before
            before = docket.case(case_id).version
            assert docket.case(case_id).detained is (("custody",) in told)
            assert (docket.case(case_id).urgency < docket.case(rival(docket)).urgency) is (("custody",) in told)
    return case_id


def rival(docket: Docket) -> str:
    """Somebody who is free, with a hearing on the next day: behind everybody detained, before everybody else."""
    if not (found := docket.accept(case_event(999_999, sender="rival", **RIVAL))[0].case_id):
        raise AssertionError("the rival is on record")
    return found


RIVAL: dict[str, Any] = {"custody": "never", "court": {"next_hearing": {"date": "2011-12-06"}}}


def expected(receipts: list[Receipt]) -> Fields:
    """What must stand in the end, whatever the order: the newest observation of a fact, and else what all say."""
    told = frozenset[tuple[str, ...]]().union(*(each.fields for each in receipts))
    newest = {path: max(each.seen for each in receipts if path in each.fields) for path in told & TURNS_OUT.keys()}
    last = max(each.seen for each in receipts)
    return {
        path: (TURNS_OUT[path][newest[path] == last], f"on day {newest[path]}") if path in newest else CASE[path]
        for path in told
    }


def simply(fields: Fields) -> Fields:
    return {
        path: (value["value"], value["source"]) if path in TURNS_OUT and isinstance(value, dict) else value
        for path, value in fields.items()
    }


def holds(docket: Docket, case_id: str, receipts: list[Receipt]) -> None:
    assert simply(known(docket, case_id)) == expected(receipts)
    assert {(each.state, each.reason) for each in docket.events(case_id)} == {("applied", None)}
    facts = docket.facts(case_id)
    assert isinstance(facts, dict)
    assert docket.case(case_id).lane == screen(facts, OPLA, AS_OF).lane
    assert docket.case(case_id).ring_class is None


FIELDS = st.frozensets(st.sampled_from(sorted(CASE)), max_size=len(CASE)).filter(bool)
RECEIPTS = st.lists(st.tuples(FIELDS, st.booleans()), min_size=2, max_size=5).flatmap(
    lambda drawn: st.permutations(
        [Receipt(fields, day, judged) for day, (fields, judged) in enumerate(drawn, start=1)]
    ).flatmap(lambda order: st.lists(st.sampled_from(order), max_size=2).map(lambda again: [*order, *again]))
)


@given(receipts=RECEIPTS)
@settings(max_examples=size(60, 2_000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_receipts_of_some_fields_in_any_order_end_the_same(docket: Docket, receipts: list[Receipt]) -> None:
    case_id = lived(docket, receipts)

    holds(docket, case_id, receipts)


@pytest.mark.parametrize("judged", ["one by one", "at the end"])
def test_a_receipt_and_its_two_halves_end_the_same_in_every_order(docket: Docket, judged: str) -> None:
    whole, first, second = (
        Receipt(frozenset(fields), day, judged == "one by one")
        for day, fields in enumerate((CASE.keys(), *HALVES), start=1)
    )
    ends = []
    for order in permutations((whole, first, second, first)):
        case_id = lived(docket, list(order))
        holds(docket, case_id, list(order))
        ends.append(simply(known(docket, case_id)))

    assert all(end == ends[0] for end in ends)
    assert ends[0].keys() == CASE.keys()
    assert docket.breaks() == []
