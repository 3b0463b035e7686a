"""What comes after a decision: its window, the supervisor, withdrawal, the end; and what the case's page says of it."""

from __future__ import annotations

from tests.web.conftest import Enter
from tests.web.office import Office, Visitor, until
from tests.web.test_review import REVIEW


def decided(office: Office, enter: Enter, by: str = "attorney1", **changed: object) -> tuple[str, Visitor]:
    """A case that somebody has decided, and that person."""
    case_id = office.receive()
    person = enter(by)
    form = person.get(f"/cases/{case_id}").form("/review")
    assert person.send(form.action, form.filled(**{**REVIEW, **changed})).status_code == 303
    return case_id, person


def reaches(office: Office, case_id: str, stage: str) -> None:
    until(f"the stage {stage}", lambda: True if office.stage(case_id) == stage else None)


def with_the_supervisor(office: Office, enter: Enter, by: str = "attorney1") -> tuple[str, Visitor]:
    case_id, person = decided(office, enter, by)
    office.later(minutes=11)
    reaches(office, case_id, "supervisor_review")
    return case_id, person


def test_a_supervisor_concurs_and_the_round_ends(office: Office, enter: Enter) -> None:
    case_id, _ = with_the_supervisor(office, enter)
    supervisor = enter("supervisor1")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    assert {name for name, _ in form.fields} == {"csrf_token", "case_version", "note"}

    page = supervisor.post(form.action, form.filled(answer="concur"))

    assert office.stage(case_id) == "closed"
    assert "supervisor1 concurred. The case is now: Administratively closed." in page.words
    assert "This round of review has ended" in page.words


def test_a_returned_case_tells_the_attorney_why_on_top(office: Office, enter: Enter) -> None:
    case_id, attorney = with_the_supervisor(office, enter)
    supervisor = enter("supervisor1")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    without = supervisor.post(form.action, form.filled(answer="return"), status=422)
    assert "Write a note that says why you return the case" in without.words

    supervisor.post(form.action, form.filled(answer="return", note="What of the 2003 conviction?"))

    page = attorney.get(f"/cases/{case_id}")
    before_the_facts = page.words.partition("Respondent and proceeding")[0]
    assert "supervisor1 returned the decision" in before_the_facts
    assert "What of the 2003 conviction?" in before_the_facts
    assert page.has_form("/review")


def test_who_decided_sees_an_explanation_instead_of_a_button(office: Office, enter: Enter) -> None:
    case_id, decider = with_the_supervisor(office, enter, by="supervisor2")
    page = decider.get(f"/cases/{case_id}")
    assert not page.has_form("/concurrence")
    other = enter("supervisor1").get(f"/cases/{case_id}").form("/concurrence")
    fields = [each for each in other.filled(answer="concur") if each[0] != "csrf_token"]

    page = decider.post(other.action, [*fields, ("csrf_token", page.form("/sign-out").value("csrf_token"))], status=409)

    assert "You decided this case, so another supervisor must answer" in page.words
    assert office.stage(case_id) == "supervisor_review"


def test_an_attorney_who_answers_as_supervisor_is_refused(office: Office, enter: Enter) -> None:
    case_id, attorney = with_the_supervisor(office, enter)
    page = attorney.get(f"/cases/{case_id}")
    token, version = (page.form("/withdrawal").value(name) for name in ("csrf_token", "case_version"))
    fields = [("answer", "concur"), ("note", ""), ("csrf_token", token), ("case_version", version)]

    refused = attorney.post(f"/cases/{case_id}/concurrence", fields, status=409)

    assert "Your role or your offices do not include this act" in refused.words


def test_the_decider_withdraws_with_a_reason(office: Office, enter: Enter) -> None:
    case_id, attorney = decided(office, enter)
    form = attorney.get(f"/cases/{case_id}").form("/withdrawal")
    without = attorney.post(form.action, form.filled(reason=" "), status=422)
    assert "Write why the decision is withdrawn" in without.words

    page = attorney.post(form.action, form.filled(reason="Decided the wrong file."))

    assert office.stage(case_id) == "attorney_review"
    assert "attorney1 withdrew the decision" in page.words.partition("Respondent and proceeding")[0]
    assert page.has_form("/review")


def test_a_held_case_says_what_happens_when_and_who_may_withdraw(office: Office, enter: Enter) -> None:
    case_id, _ = decided(office, enter)

    page = enter("attorney2").get(f"/cases/{case_id}")

    assert "Held until" in page.words
    assert "Then it goes to a supervisor for concurrence" in page.words
    assert "That colleague or a supervisor of the office may withdraw the decision" in page.words
    assert not page.has_form("/withdrawal")
    assert enter("supervisor1").get(f"/cases/{case_id}").has_form("/withdrawal")


def test_facts_that_change_the_lane_set_the_decision_aside(office: Office, enter: Enter) -> None:
    case_id, attorney = decided(office, enter)

    office.update_facts(case_id, convictions=[])

    page = attorney.get(f"/cases/{case_id}")
    assert "New facts changed the lane, so the decision was set aside" in page.words
    assert "New facts came in." in page.words


def test_overdue_cases_and_late_facts_are_on_the_supervisors_list(office: Office, enter: Enter) -> None:
    supervisor = enter("supervisor1")
    assert "Nothing is overdue" in supervisor.get("/escalated").words
    case_id, _ = with_the_supervisor(office, enter)
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    supervisor.post(form.action, form.filled(answer="concur"))
    office.update_facts(case_id, prior_removals=1)
    overdue = office.receive(2)
    office.later(days=31)

    until("the case to be overdue", lambda: True if "overdue" in supervisor.get(f"/cases/{overdue}").words else None)

    listed = supervisor.get("/escalated")
    assert {f"/cases/{case_id}", f"/cases/{overdue}"} <= set(listed.links)
    enter("attorney1").get("/escalated", status=403)
    assert f"/cases/{overdue}" not in enter("attorney3").get("/queue").links


def test_a_request_for_facts_waits_for_them_and_can_be_withdrawn(office: Office, enter: Enter) -> None:
    case_id, attorney = decided(office, enter, action="need_facts")
    page = attorney.get(f"/cases/{case_id}")
    assert page.has_form("/review") and page.has_form("/withdrawal")

    office.update_facts(case_id, prior_removals=0)

    assert "facts that were asked for have come in" in attorney.get(f"/cases/{case_id}").words
