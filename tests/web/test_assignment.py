"""Assignment: loads, a preview, and what became of each case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from secondlook.records.schema import assignments
from tests.web.conftest import Enter
from tests.web.office import Office, Visitor
from tests.web.pages import Page


def rows(office: Office) -> set[tuple[str, str]]:
    query = select(assignments.c.case_id, assignments.c.person)
    return office.database.read_now(lambda c: {(row.case_id, row.person) for row in c.execute(query)})


def preview(supervisor: Visitor, case_ids: list[str], to: str, address: str = "/assignment") -> Page:
    form = supervisor.get(address).form("/assignment")
    return supervisor.post("/assignment", form.filled(case=case_ids, to=to))


def confirm(supervisor: Visitor, page: Page) -> Page:
    return supervisor.post("/assignment", page.form("/assignment").fields)


def test_cases_are_given_after_a_preview_and_again_to_somebody_else_from_one_page(office: Office, enter: Enter) -> None:
    case_ids = [office.receive(number) for number in range(1, 4)]
    elsewhere = office.receive(4, office="DEN")
    enter("attorney1"), enter("attorney2")
    supervisor = enter("supervisor1")

    page = preview(supervisor, case_ids[:2], "attorney1")

    assert page.heading == "Assign 2 to Attorney One?"
    assert rows(office) == set()
    page = confirm(supervisor, page)
    assert page.heading == "Assigned to Attorney One: 2 of 2"
    assert rows(office) == {(case_id, "attorney1") for case_id in case_ids[:2]}

    page = supervisor.get("/assignment?whose=attorney1&all=yes")
    assert "Cases of Attorney One" in page.words
    ticked = [value for name, value in page.form("/assignment").fields if name == "case"]
    assert set(ticked) == set(case_ids[:2])
    page = confirm(supervisor, preview(supervisor, ticked, "attorney2", "/assignment?whose=attorney1&all=yes"))
    assert rows(office) == {(case_id, "attorney2") for case_id in case_ids[:2]}

    assert "Assigned to Attorney Two" in enter("attorney1").get(f"/cases/{case_ids[0]}").words
    assert "Supervisor One assigned the case to Attorney Two." in supervisor.get(f"/cases/{case_ids[0]}").words
    shown = supervisor.get("/assignment?office=BAL").links
    assert f"/cases/{case_ids[2]}" in shown
    assert f"/cases/{case_ids[0]}" not in shown
    assert f"/cases/{elsewhere}" not in shown


def test_each_case_says_what_became_of_it(office: Office, enter: Enter) -> None:
    case_id, elsewhere = office.receive(1), office.receive(2, office="DEN")
    enter("attorney1")
    supervisor = enter("supervisor1")

    page = confirm(supervisor, preview(supervisor, [case_id, elsewhere], "attorney1"))

    assert page.heading == "Assigned to Attorney One: 1 of 2"
    assert "Not done: that person does not work in the case's office" in page.words
    assert rows(office) == {(case_id, "attorney1")}
    confirm(supervisor, preview(supervisor, [case_id], "", "/assignment?whose=attorney1"))
    assert rows(office) == set()


@pytest.mark.parametrize(
    ("case_ids", "to", "said"),
    [
        ([], "attorney1", "Tick at least one case"),
        ([f"c_{number}" for number in range(501)], "attorney1", "Tick at most 500 cases"),
        (["c_1"], "ops1", "Choose who is to have the cases"),
        (["c_1"], "nobody", "Choose who is to have the cases"),
    ],
)
def test_a_form_that_says_too_little_or_too_much_assigns_nothing(
    office: Office, enter: Enter, case_ids: list[str], to: str, said: str
) -> None:
    office.receive()
    for subject in ("attorney1", "attorney3", "ops1"):
        enter(subject)
    supervisor = enter("supervisor2")
    supervisor.get("/assignment")
    token = supervisor.get("/assignment").form("/assignment").value("csrf_token")
    fields = [("csrf_token", token), ("to", to), ("confirmed", "yes"), *(("case", each) for each in case_ids)]

    page = supervisor.post("/assignment", fields, status=422)

    assert said in page.words
    assert rows(office) == set()


def test_five_hundred_cases_pass_the_form_and_unknown_ones_are_not_told_from_others_offices(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    enter("attorney1")
    supervisor = enter("supervisor1")
    form = supervisor.get("/assignment").form("/assignment")

    page = supervisor.post(
        "/assignment", form.filled(case=[case_id, *(f"c_{number}" for number in range(499))], to="attorney1")
    )

    assert page.heading == "Assign 1 to Attorney One?"


@pytest.mark.parametrize("subject", ["attorney1", "auditor1", "ops1"])
def test_only_supervisors_assign(office: Office, enter: Enter, subject: str) -> None:
    office.receive()
    visitor = enter(subject)
    token = visitor.get("/").form("/sign-out").value("csrf_token")

    assert "/assignment" not in visitor.get("/").links
    assert visitor.client.get("/assignment").status_code == 403
    assert visitor.send("/assignment", [("csrf_token", token), ("case", "c_1"), ("to", "")]).status_code == 403


def test_no_work_is_done_without_the_session_s_token(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    supervisor = enter("supervisor1")
    acts = ("claim", "release", "hold", "break-claim", "draft", "notes")

    for address in (*(f"/cases/{case_id}/{act}" for act in acts), "/queue/next", "/assignment"):
        assert supervisor.send(address, [("csrf_token", "another")]).status_code == 403, address
