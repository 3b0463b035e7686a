"""Who is found on record by a name or a number: in which offices, after what was corrected, under which keys; and that
nobody can read a name from what stands there for it.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, select, update

from secondlook.cases.event_types.late_facts_answered import LATE_FACTS_ANSWERED
from secondlook.cases.events import act_event
from secondlook.cases.identity import SENDER_NUMBERS
from secondlook.records.schema import cases, found_by
from secondlook.records.search.filling import fill_again, fill_some, filled
from secondlook.records.search.finding import MOST, Found, by_name, by_number, offices_on_record
from secondlook.records.store import remember
from tests.records.docket import SUPERVISOR, Docket, case_event
from tests.records.plans import plans_of

BAL, BOTH = ("BAL",), ("BAL", "DEN")
Rows = list[tuple[str, bytes, int]]


def named(docket: Docket, text: str, offices: tuple[str, ...] = BAL) -> tuple[str, ...]:
    return docket.database.read_now(lambda c: by_name(c, docket.vault, offices, text)).case_ids


def numbered(docket: Docket, text: str, offices: tuple[str, ...] = BAL) -> tuple[str, ...]:
    return docket.database.read_now(lambda c: by_number(c, docket.vault, offices, text)).case_ids


def rows(docket: Docket) -> Rows:
    return [(row.case_id, row.token, row.urgency) for row in docket.rows(found_by)]


def person(family_name: str) -> dict[str, str]:
    return {"family_name": family_name, "given_name": "Ottoline"}


def hearing(day: str) -> dict[str, object]:
    return {"next_hearing": {"date": day}}


def correct(docket: Docket, number: int, **changed: object) -> None:
    """The case comes again with something else."""
    docket.now = docket.now.replace(microsecond=docket.now.microsecond + 1)
    (answer,) = docket.accept(case_event(number, sender=f"again-{docket.now.microsecond}", **changed))  # type: ignore[arg-type]
    assert answer.case_id
    docket.judge(answer.case_id)


def fill(docket: Docket) -> int:
    """Have all cases filled in; in how many steps."""
    steps = 1
    while docket.database.write_now(lambda c: fill_some(c, docket.vault)):
        steps += 1
    return steps


def test_a_case_is_found_in_its_office_alone(docket: Docket) -> None:
    here = docket.in_review(1, respondent=person("García-López"))
    there = docket.in_review(2, respondent=person("Garcia"), office="DEN")

    assert named(docket, "lopez garcia") == (here,)
    assert set(named(docket, "gar", BOTH)) == {here, there}
    assert named(docket, "gar", ("DEN",)) == (there,)
    assert numbered(docket, "A000000002") == ()
    assert numbered(docket, "A000000002", BOTH) == numbered(docket, there, BOTH) == (there,)
    assert named(docket, "gar", ()) == numbered(docket, here, ()) == ()
    assert docket.database.read_now(offices_on_record) == BOTH


def test_exactly_this_name_comes_first_then_who_is_most_urgent(docket: Docket) -> None:
    late = docket.receive(1, respondent=person("Lima"), court=hearing("2013-01-01"))
    soon = docket.receive(2, respondent=person("Lima"), court=hearing("2012-01-01"))
    longer = docket.receive(3, respondent=person("Limarez"), court=hearing("2011-12-06"), custody="detained")

    assert named(docket, "lima") == (soon, late, longer)
    assert named(docket, "lim") == (longer, soon, late)

    two = docket.receive(4, respondent=person("Garcia Lopez"), court=hearing("2013-01-01"))
    longer = docket.receive(5, respondent=person("Garcias Lopez"), court=hearing("2012-01-01"))
    assert named(docket, "lopez garcia") == (two, longer)
    assert named(docket, "garcia") == (two, longer)


def test_what_a_case_is_found_by_follows_what_is_corrected(docket: Docket) -> None:
    case_id = docket.in_review(1, court=hearing("2013-01-01"))
    other = docket.in_review(2, court=hearing("2012-06-01"))
    assert named(docket, "quillfeather") == (other, case_id)
    before = rows(docket)

    correct(docket, 1, court=hearing("2012-01-01"))
    assert named(docket, "quillfeather") == (case_id, other)

    correct(docket, 1, respondent=person("Marigold"), identifiers=[{"scheme": "court", "value": "77"}])
    assert named(docket, "quillfeather") == (other,)
    assert named(docket, "marigold") == numbered(docket, "77") == (case_id,)

    correct(docket, 1, respondent=person("Marigold"), office="DEN")
    assert named(docket, "marigold") == numbered(docket, "77") == ()
    assert named(docket, "marigold", ("DEN",)) == numbered(docket, "77", ("DEN",)) == (case_id,)

    assert len(rows(docket)) == len(before) + 1
    assert docket.breaks() == []


def test_late_names_count_from_a_reopening_on(docket: Docket) -> None:
    case_id = docket.in_review(1)
    docket.close(case_id)
    correct(docket, 1, respondent=person("Marigold"))
    assert named(docket, "quillfeather") == (case_id,)

    fields = {"answer": "reopen", "note": "Seen.", "case_version": docket.case(case_id).version}
    docket.take(act_event(LATE_FACTS_ANSWERED, "reopening", case_id, SUPERVISOR, **fields))
    docket.judge(case_id)

    assert named(docket, "marigold") == (case_id,)
    assert named(docket, "quillfeather") == ()


def test_the_sender_s_own_number_is_no_news_of_a_case(docket: Docket) -> None:
    case_id = docket.in_review(1)
    version = docket.case(case_id).version
    again = case_event(1, sender="again")
    again.data[SENDER_NUMBERS] = ["CMS 5"]
    docket.accept(again)
    docket.judge(case_id)

    assert docket.case(case_id).version == version
    assert numbered(docket, "cms-5") == (case_id,)
    assert docket.breaks() == []


def test_nothing_can_be_read_or_compared_between_offices(small_docket: Docket) -> None:
    docket = small_docket
    docket.receive(1, respondent=person("Li"))
    docket.receive(2, respondent=person("Quill-Feather"))
    docket.receive(3, respondent=person("Li"), office="DEN")

    tokens = [token for _, token, _ in rows(docket)]

    assert len({len(token) for token in tokens}) == 1
    assert len(set(tokens)) == len(tokens) == 5
    assert not any(b"li" in token.lower() or b"quill" in token for token in tokens)


def test_cases_of_before_are_filled_in_and_it_goes_on_where_it_was_broken_off(docket: Docket) -> None:
    docket.accept(*(case_event(number) for number in range(1, 251)))
    right = rows(docket)
    docket.write(delete(found_by))
    docket.database.write_now(lambda c: remember(c, "found_by_to", ""))
    (damaged,) = [case.id for case in docket.rows(cases)][120:121]
    docket.write(update(cases).where(cases.c.id == damaged).values(identity=b"\4test" + bytes(40)))

    assert docket.database.read_now(filled) == 0
    assert docket.database.write_now(lambda c: fill_some(c, docket.vault))
    percent = docket.database.read_now(filled)
    assert percent is not None
    assert 25 < percent < 55
    with pytest.raises(ZeroDivisionError):
        docket.database.write_now(_broken_off(docket))

    assert fill(docket) == 2
    assert docket.database.read_now(filled) is None
    assert rows(docket) == [row for row in right if row[0] != damaged]


def _broken_off(docket: Docket):  # type: ignore[no-untyped-def]
    def unit(connection: Connection) -> None:
        fill_some(connection, docket.vault)
        raise ZeroDivisionError

    return unit


def test_what_an_older_release_left_behind_is_put_right_once_it_is_gone(small_docket: Docket) -> None:
    docket = small_docket
    case_id, untouched = docket.receive(1), docket.receive(2)
    right = rows(docket)
    docket.write(update(found_by).where(found_by.c.case_id == case_id).values(urgency=7))
    fill(docket)
    assert rows(docket) != right

    docket.database.write_now(fill_again)
    fill(docket)
    assert rows(docket) == right

    docket.write(delete(found_by).where(found_by.c.case_id == untouched))
    docket.database.write_now(fill_again)
    assert docket.database.read_now(filled) is None


def test_more_than_a_search_answers_is_said(small_docket: Docket) -> None:
    docket = small_docket
    docket.accept(*(case_event(number) for number in range(1, MOST + 2)))
    first = docket.receive(MOST + 2, court=hearing("2012-01-01"))

    found = docket.database.read_now(lambda c: by_name(c, docket.vault, BAL, "quillfeather"))

    assert (len(found.case_ids), found.more, found.case_ids[0]) == (MOST, True, first)


def test_a_case_with_two_words_that_begin_so_counts_once(small_docket: Docket) -> None:
    docket = small_docket
    docket.accept(*(case_event(number, respondent=person("Quill Feather")) for number in range(1, 603)))

    found = docket.database.read_now(lambda c: by_name(c, docket.vault, BAL, "qui"))

    assert (len(set(found.case_ids)), found.more) == (602, False)


def test_many_cases_with_two_names_are_found_by_both(docket: Docket) -> None:
    docket.accept(*(case_event(number, respondent=person("Garcia Ruiz")) for number in range(1, 130)))
    both = docket.receive(999, respondent=person("Lopez Garcia"))

    assert named(docket, "garcia lopez") == (both,)
    assert len(named(docket, "ruiz garcia")) == 129


def test_searches_read_nothing_but_their_index(small_docket: Docket) -> None:
    docket = small_docket

    def searches(connection: Connection) -> list[Found]:
        return [by_name(connection, docket.vault, BAL, text) for text in ("quill", "quill feather", "de la cruz")]

    for statement, steps in plans_of(docket.database, searches):
        details = [step.detail for step in steps]
        assert any("ix_found_by_token" in each or "PRIMARY KEY" in each for each in details), statement
        assert not any(detail.startswith("SCAN") or "TEMP B-TREE" in detail for detail in details), details


def test_no_case_is_left_without_what_it_is_found_by(docket: Docket) -> None:
    """The rows of a case are written in the transaction of its own row, or neither is."""
    docket.receive(1)
    docket.receive(2)
    with_rows = docket.database.read_now(lambda c: set(c.execute(select(found_by.c.case_id)).scalars()))
    assert with_rows == {case.id for case in docket.rows(cases)}
