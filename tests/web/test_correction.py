"""An attorney who has the file open corrects a fact or adds one."""

from __future__ import annotations

import pytest

from secondlook.cases.fact_table import FACTS
from secondlook.cases.kept_facts import KeptFact
from secondlook.web.correction.typed import filled, lines, typed
from secondlook.web.sessions import PostedForm
from tests.web.conftest import Enter
from tests.web.office import Office

WHY = {"source": "A-file, page 12", "note": "The entry was misread."}


def test_a_wrong_fact_is_corrected_and_the_old_value_stays_in_the_history(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = attorney.get(f"/cases/{case_id}")
    assert f"/cases/{case_id}/facts/birth_date" in page.links
    form = attorney.get(f"/cases/{case_id}/facts/birth_date").form("/facts")
    assert form.value("value") == "1945-02"

    page = attorney.post(form.action, form.filled(value="1954-02", **WHY))

    assert "Feb 195457 years old on 5 Dec 2011 A-file, page 12; provided by the agency" in page.words
    history = page.words.rpartition("History")[2]
    assert "Attorney One corrected facts." in history
    assert "Date of birthFeb 1945 → Feb 1954" in history
    assert "The entry was misread." in history
    assert page.form("/review").value("case_version") == "2"


def test_a_form_without_a_source_or_a_readable_value_comes_back_with_what_was_typed(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}/facts/birth_date").form("/facts")

    page = attorney.post(form.action, form.filled(value="1 March 1954", source=" ", note="Kept."), status=422)

    assert {"#facts-value", "#facts-source"} <= set(page.links)
    again = page.form("/facts")
    assert (again.value("value"), again.value("note")) == ("1 March 1954", "Kept.")


def test_a_list_is_corrected_element_by_element(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}/facts/convictions").form("/facts")
    fields = [(name, value) for name, value in form.filled(**WHY) if not name.startswith("value.")]
    told = [("value.1.grade", "felony"), ("value.1.offense", "theft"), ("value.2.grade", "misdemeanor")]

    page = attorney.post(form.action, [*fields, *told])

    assert "Felony, theft, date not known" in page.words
    assert "Misdemeanor, offense not known, date not known" in page.words


def test_a_value_that_is_wrong_with_no_better_one_is_taken_back(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}/facts/birth_date").form("/facts")

    page = attorney.post(form.action, [*form.filled(**WHY), ("retract", "yes")])

    assert "Feb 1945 → Unknown: taken back by its source" in page.words


def test_a_double_click_is_one_correction(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}/facts/prior_removals").form("/facts")
    fields = form.filled(value="2", **WHY)

    answers = [attorney.send(form.action, fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert attorney.get(f"/cases/{case_id}").words.count("Attorney One corrected facts") == 1


def test_who_does_not_decide_the_case_corrects_nothing(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    auditor = enter("auditor1")
    page = auditor.get(f"/cases/{case_id}")

    assert not [link for link in page.links if "/facts/" in link]
    auditor.get(f"/cases/{case_id}/facts/birth_date", status=403)
    auditor.post(f"/cases/{case_id}/facts", page.form("/sign-out").fields, status=403)
    enter("attorney1").get(f"/cases/{case_id}/facts/no_such_fact", status=404)


VALUES = {
    "birth_date": "1945-02",
    "lpr_since": None,
    "prior_removals": 3,
    "gang_member": False,
    "military_service": "none",
    "education": {"enrolled": True, "higher_education": "none"},
    "relatives": [{"relation": "child", "citizenship": "usc"}, {"relation": "spouse"}],
    "convictions": [],
    "victim_of": ["trafficking", "domestic_violence"],
}


@pytest.mark.parametrize("name", VALUES)
def test_what_a_form_shows_reads_back_as_the_same_value(name: str) -> None:
    fields = filled(KeptFact.of(VALUES[name]).value)
    offered = {field.name for line in lines(FACTS[name], 2) for field in line.fields}

    assert typed(FACTS[name], PostedForm(fields)) == VALUES[name]
    assert {field for field, _ in fields} <= offered


def test_the_form_of_a_fact_that_is_not_known_starts_empty(office: Office, enter: Enter) -> None:
    case_id = office.receive(facts={"lpr_since": {"unknown": "not_asked"}})
    for fact in ("lpr_since", "birth_date"):
        assert enter("attorney1").get(f"/cases/{case_id}/facts/{fact}").form("/facts").value("value") == ""


@pytest.mark.parametrize("name", FACTS)
def test_whatever_is_typed_is_judged_by_the_facts_own_check(name: str) -> None:
    for text in ("", "x", "null", "[", '{"a":', "99999999999", "true"):
        typed(
            FACTS[name], PostedForm((("value", text), ("value.1.grade", text), ("value.x", text), ("value.9999.a", "")))
        )
