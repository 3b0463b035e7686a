"""Second readings: blind until one has said one's own view, then side by side; rates only of many."""

from __future__ import annotations

import pytest

from secondlook.records.work.second_reads import Agreement
from secondlook.web.quality.view import rates
from tests.web.conftest import Enter
from tests.web.office import Office
from tests.web.test_supervision import with_the_supervisor

READING = {"action": "dismiss", "rationale": "Old, ill, and here for decades."}


@pytest.fixture
def drawn(office: Office, enter: Enter) -> str:
    """A finished case that chance wants read again."""
    office.draw_all()
    case_id, _ = with_the_supervisor(office, enter)
    supervisor = enter("supervisor1")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    supervisor.post(form.action, form.filled(answer="concur", checked=["facts"]))
    assert office.stage(case_id) == "closed"
    return case_id


def test_a_reader_sees_the_evidence_and_neither_decision_nor_decider(drawn: str, enter: Enter) -> None:
    reader = enter("attorney2")
    assert f"/quality/{drawn}/1" in reader.get("/quality").links

    page = reader.get(f"/quality/{drawn}/1")

    assert "57 years" in page.words or "Feb 1945" in page.words
    assert "Found" in page.words
    for told in ("Attorney One", "Supervisor One", "dministratively closed", "Lane", "Quillfeather"):
        assert told not in page.words, told


def test_what_the_reader_said_stands_beside_the_decision_once_it_is_recorded(drawn: str, enter: Enter) -> None:
    reader = enter("attorney2")
    form = reader.get(f"/quality/{drawn}/1").form(f"/quality/{drawn}/1")

    page = reader.post(form.action, form.filled(**READING))

    assert "The reader would have done otherwise." in page.words
    assert "Attorney One; Supervisor One concurred" in page.words
    assert READING["rationale"] in page.words
    assert not page.has_form(f"/quality/{drawn}/1")
    assert "Nothing waits for you" in reader.get("/quality").words
    assert "Attorney Two read the finished case a second time." in reader.get(f"/cases/{drawn}").words
    assert READING["rationale"] in enter("supervisor1").get(f"/quality/{drawn}/1").words


def test_who_acted_in_the_case_or_is_of_another_office_reads_nothing(drawn: str, enter: Enter) -> None:
    for who in ("attorney1", "supervisor1", "attorney3"):
        visitor = enter(who)
        assert f"/quality/{drawn}/1" not in visitor.get("/quality").links
        visitor.get(f"/quality/{drawn}/1", status=404)
    enter("auditor1").get(f"/quality/{drawn}/1", status=404)
    enter("attorney2").get(f"/quality/{drawn}/2", status=404)


def test_a_reading_without_action_or_reason_comes_back_with_what_was_typed(drawn: str, enter: Enter) -> None:
    reader = enter("attorney2")
    form = reader.get(f"/quality/{drawn}/1").form(f"/quality/{drawn}/1")
    page = reader.post(form.action, form.filled(action="", rationale="Kept."), status=422)
    assert "Choose what you would have done" in page.words
    assert page.form(f"/quality/{drawn}/1").value("rationale") == "Kept."


def test_the_later_of_two_readers_keeps_the_text_and_records_nothing(drawn: str, enter: Enter) -> None:
    first, later = enter("attorney2"), enter("supervisor2")
    forms = [each.get(f"/quality/{drawn}/1").form(f"/quality/{drawn}/1") for each in (first, later)]
    first.post(forms[0].action, forms[0].filled(**READING))

    mine = forms[1].filled(action="close", rationale="My own words.", **{"finding.A-10": "false"})
    page = later.post(forms[1].action, mine, status=409)

    assert "My own words." in page.words


def test_rates_are_shown_of_ten_readings_and_by_action_where_no_cell_is_small() -> None:
    few = [Agreement("BAL", "close", 9, 9)]
    mixed = [Agreement("DEN", "close", 30, 27), Agreement("DEN", "dismiss", 3, 1)]
    many = [Agreement("NYC", "close", 30, 27), Agreement("NYC", "dismiss", 10, 5)]
    shown = [(each.office, each.decided, each.agreed) for each in rates([*few, *mixed, *many])]
    assert shown == [
        ("BAL", "All decisions", "Not shown"),
        ("DEN", "All decisions", "28 of 33 (85 %)"),
        ("NYC", "All decisions", "32 of 40 (80 %)"),
        ("NYC", "Administratively close", "27 of 30 (90 %)"),
        ("NYC", "Dismiss", "5 of 10 (50 %)"),
    ]
