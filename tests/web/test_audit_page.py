"""Who did what and when, as auditors and supervisors see it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from secondlook.records import acts, checked, checking
from secondlook.records.checked import Checked
from secondlook.records.schema import cases
from secondlook.web.audit.kinds import unnamed
from tests.web.conftest import Enter
from tests.web.office import CANARIES, Office, Visitor
from tests.web.test_supervision import decided


def test_auditors_see_who_did_what_and_when_without_what_the_case_holds(office: Office, enter: Enter) -> None:
    case_id, _ = decided(office, enter)

    page = enter("auditor1").get("/audit")

    assert f"Review Attorney One BAL Attorney review → Decision held {case_id}, entry 2" in page.words
    assert f"a sender BAL Being screened → Attorney review {case_id}, entry 1" in page.words
    assert "Quillfeather" not in page.text
    assert f"/cases/{case_id}" in page.links


def test_supervisors_see_their_offices_and_nobody_elses(office: Office, enter: Enter) -> None:
    here, there = office.receive(1), office.receive(2, office="CHI")
    supervisor = enter("supervisor1")
    enter("auditor1")

    assert 'value="supervisor1"' in supervisor.get("/audit").text
    assert 'value="auditor1"' not in supervisor.get("/audit").text, "somebody of no office of theirs"
    for address in ("/audit", "/audit?office=CHI", "/audit?office=BAL&kind=received"):
        assert f"/cases/{there}" not in supervisor.get(address).links
    assert f"/cases/{here}" in supervisor.get("/audit?office=BAL&kind=received").links
    for subject in ("attorney1", "ops1"):
        enter(subject).get("/audit", status=403)


def test_the_address_filters_and_the_form_keeps_what_was_chosen(office: Office, enter: Enter) -> None:
    decided(office, enter)
    auditor = enter("auditor1")
    today = datetime.now(UTC).date().isoformat()

    mine = auditor.get(f"/audit?person=attorney1&office=BAL&kind=reviewed&from={today}&to={today}")
    nobody = auditor.get("/audit?person=somebody-else&to=2011-12-05")
    odd = auditor.get("/audit?from=yesterday", status=422)
    turned = auditor.get("/audit?from=2011-12-05&to=2011-12-04", status=422)

    assert "Case received" not in mine.words.partition("What became of it")[2]
    assert 'value="attorney1" selected' in mine.text
    assert f'name="from" value="{today}"' in mine.text
    assert "No entry matches" in nobody.words
    assert "Write each date as year, month and day" in odd.words
    assert "The first day is after the last one" in turned.words


def test_pages_lead_on_by_a_place_that_tells_nothing(office: Office, enter: Enter, monkeypatch) -> None:
    monkeypatch.setattr("secondlook.web.audit.routes.AT_ONCE", 2)
    ids = [office.receive(number) for number in range(5)]
    auditor = enter("auditor1")

    seen, page = [], auditor.get("/audit?kind=received")
    while True:
        seen += [link.removeprefix("/cases/") for link in page.links if link.startswith("/cases/")]
        older = [link for link in page.links if "older=" in link]
        if not older:
            break
        page = auditor.get(older[0])
    back = auditor.get(next(link for link in page.links if "newer=" in link))

    assert seen == ids[::-1]
    assert [link.removeprefix("/cases/") for link in back.links if link.startswith("/cases/")] == ids[::-1][2:4]
    assert auditor.get("/audit?older=1.2&newer=.c_1.").words.count("Case received") > 2


def test_every_kind_of_event_has_words() -> None:
    assert unnamed() == set()


def exported(visitor: Visitor, address: str = "/audit") -> list[dict[str, str]]:
    form = visitor.get(address).form("/audit/export")
    answer = visitor.send(form.action, form.fields)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert not [canary for canary in CANARIES if canary in answer.text]
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_what_matches_is_exported_whole_and_that_is_on_record(office: Office, enter: Enter, monkeypatch) -> None:
    monkeypatch.setattr("secondlook.web.audit.routes.AT_ONCE", 2)
    monkeypatch.setattr("secondlook.web.audit.export._AT_ONCE", 2)
    case_id, _ = decided(office, enter)
    others = [office.receive(number) for number in range(5)]
    auditor = enter("auditor1")

    rows = exported(auditor)
    reviews = exported(auditor, "/audit?kind=reviewed&office=BAL")

    assert [row["case"] for row in rows] == [*others[::-1], case_id, case_id]
    assert [(row["kind"], row["actor"], row["stage_before"], row["stage"], row["entry"]) for row in reviews] == [
        ("reviewed", "attorney1", "attorney_review", "held", "2")
    ]
    page = auditor.get("/audit")
    assert "Auditor One: Exported the trail: kind reviewed, office BAL" in page.words
    assert "Auditor One: Exported the trail, all of it" in page.words


def test_supervisors_export_their_offices_alone(office: Office, enter: Enter) -> None:
    here, there = office.receive(1), office.receive(2, office="CHI")
    supervisor = enter("supervisor1")
    form = supervisor.get("/audit").form("/audit/export")
    asked = [(name, "CHI" if name == "office" else value) for name, value in form.fields]

    assert {row["case"] for row in exported(supervisor)} == {here}
    assert there not in supervisor.send(form.action, asked).text
    told = office.database.read_now(lambda c: acts.newest(c, 2, acts.EXPORTED))
    assert [act.detail["office"] for act in told] == ["CHI", "BAL DEN"]


def test_an_export_that_cannot_be_recorded_is_not_made(office: Office, enter: Enter, monkeypatch) -> None:
    from secondlook.records.database import DatabaseUnavailable

    def gone(*_args: object) -> None:
        raise DatabaseUnavailable("unreachable")

    office.receive()
    auditor = enter("auditor1")
    form = auditor.get("/audit").form("/audit/export")
    monkeypatch.setattr("secondlook.web.audit.routes.acts.note", gone)

    assert auditor.send(form.action, form.fields).status_code == 503


def test_a_subject_is_no_formula_in_a_spreadsheet(office: Office, enter: Enter) -> None:
    from secondlook.records.audit import append_web_act

    case_id = office.receive()
    office.database.write_now(
        lambda c: append_web_act(c, office.vault, case_id, office.now(), "note.added", "=1+1", {})
    )

    assert exported(enter("auditor1"), "/audit?kind=note.added")[0]["actor"] == "'=1+1"


def test_an_auditor_has_the_whole_record_verified_and_reads_what_came_of_it(office: Office, enter: Enter) -> None:
    decided(office, enter)
    auditor = enter("auditor1")
    form = auditor.get("/audit").form("/audit/verification")

    page = auditor.post(form.action, form.fields)

    assert "1 chains with 2 entries checked in" in page.words
    assert "none broken. There is no checkpoint" in page.words
    assert page.words.count("Asked for a verification") == 1


@pytest.mark.slow
def test_what_a_verification_finds_stands_on_the_page(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    office.database.write_now(lambda c: c.execute(update(cases).values(stage="closed")).close())
    auditor = enter("auditor1")
    form = auditor.get("/audit").form("/audit/verification")

    page = auditor.post(form.action, form.fields)

    assert "1 broken" in page.words
    assert f"{case_id}, entry 1: " in page.words
    assert "Keep a copy of the record before anything else" in page.words


def test_while_one_verification_runs_no_other_begins(office: Office, enter: Enter) -> None:
    auditor = enter("auditor1")
    form = auditor.get("/audit").form("/audit/verification")
    office.database.write_now(lambda c: checking.begin(c, office.vault, "auditor2", datetime.now(UTC)))

    page = auditor.post(form.action, form.fields)

    assert "A verification is under way" in page.words
    assert not page.has_form("/audit/verification")
    assert len(office.database.read_now(lambda c: acts.newest(c, 9))) == 1


def test_a_verification_that_cannot_be_done_says_where_to_look(office: Office, enter: Enter, monkeypatch) -> None:
    monkeypatch.setattr("secondlook.web.audit.verifier._PROGRAM", "raise SystemExit(2)")
    auditor = enter("auditor1")
    form = auditor.get("/audit").form("/audit/verification")

    page = auditor.post(form.action, form.fields)

    assert "It could not be done. Run secondlook audit verify on the machine" in page.words
    assert page.has_form("/audit/verification")


def test_supervisors_see_the_state_of_the_chains_and_start_nothing(office: Office, enter: Enter) -> None:
    office.database.write_now(lambda c: checked.note(c, Checked(datetime.now(UTC) - timedelta(minutes=4), 1, 0)))
    supervisor = enter("supervisor1")

    page = supervisor.get("/audit")

    assert "1 changed case was told again: none broken" in page.words
    assert not page.has_form("/audit/verification")
    token = page.form("/sign-out").value("csrf_token")
    supervisor.post("/audit/verification", [("csrf_token", token)], status=403)
    enter("attorney1").post("/audit/export", [("csrf_token", token)], status=403)
