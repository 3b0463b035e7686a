"""What comes after a decision: its window, the supervisor, withdrawal, the end; and what the case's page says of it."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select, update

from secondlook.records.schema import cases
from tests.web.conftest import Enter
from tests.web.office import Office, Visitor, until
from tests.web.test_review import REVIEW


def decided(office: Office, enter: Enter, by: str = "attorney1", **changed: object) -> tuple[str, Visitor]:
    """A case that somebody has decided, and that person."""
    case_id = office.receive()
    person = enter(by)
    form = person.get(f"/cases/{case_id}").form("/review")
    assert person.decide(form.action, form.filled(**{**REVIEW, **changed})).status_code == 303
    return case_id, person


def reaches(office: Office, case_id: str, stage: str) -> None:
    until(f"the stage {stage}", lambda: True if office.stage(case_id) == stage else None)


def settle(office: Office, case_id: str, **changed: object) -> None:
    """The office had other settings when the decision was taken."""

    def change(connection: Connection) -> None:
        kept = connection.execute(select(cases.c.state).where(cases.c.id == case_id)).scalar_one()
        state = json.loads(kept)
        state["settings"] |= changed
        connection.execute(update(cases).where(cases.c.id == case_id).values(state=json.dumps(state)))

    office.database.write_now(change)


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

    unchecked = supervisor.post(form.action, form.filled(answer="concur"), status=422)
    assert "Tick what you checked: at least one" in unchecked.words

    page = supervisor.post(form.action, form.filled(answer="concur", checked=["facts", "rationale"]))

    assert office.stage(case_id) == "closed"
    assert "Checkedfacts, rationale" in page.words
    assert "Supervisor One concurred. The case is now: Administratively closed." in page.words
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
    assert "Supervisor One returned the decision" in before_the_facts
    assert "What of the 2003 conviction?" in before_the_facts
    assert page.has_form("/review")


def test_who_decided_sees_an_explanation_instead_of_a_button(office: Office, enter: Enter) -> None:
    case_id, decider = with_the_supervisor(office, enter, by="supervisor2")
    page = decider.get(f"/cases/{case_id}")
    assert not page.has_form("/concurrence")
    other = enter("supervisor1").get(f"/cases/{case_id}").form("/concurrence")
    fields = [each for each in other.filled(answer="concur", checked="facts") if each[0] != "csrf_token"]

    page = decider.post(other.action, [*fields, ("csrf_token", page.form("/sign-out").value("csrf_token"))], status=409)

    assert "You decided this case, so another supervisor must answer" in page.words
    assert office.stage(case_id) == "supervisor_review"


def test_an_attorney_who_answers_as_supervisor_is_refused(office: Office, enter: Enter) -> None:
    case_id, attorney = with_the_supervisor(office, enter)
    page = attorney.get(f"/cases/{case_id}")
    token, version = (page.form("/withdrawal").value(name) for name in ("csrf_token", "case_version"))
    fields = [
        ("answer", "concur"),
        ("checked", "facts"),
        ("note", ""),
        ("csrf_token", token),
        ("case_version", version),
    ]

    refused = attorney.post(f"/cases/{case_id}/concurrence", fields, status=409)

    assert "Your role or your offices do not include this act" in refused.words


def test_the_decider_withdraws_with_a_reason(office: Office, enter: Enter) -> None:
    case_id, attorney = decided(office, enter)
    form = attorney.get(f"/cases/{case_id}").form("/withdrawal")
    without = attorney.post(form.action, form.filled(reason=" "), status=422)
    assert "Write why the decision is withdrawn" in without.words

    page = attorney.post(form.action, form.filled(reason="Decided the wrong file."))

    assert office.stage(case_id) == "attorney_review"
    assert "Attorney One withdrew the decision" in page.words.partition("Respondent and proceeding")[0]
    assert page.has_form("/review")


def test_a_held_case_says_what_happens_when_and_who_may_withdraw(office: Office, enter: Enter) -> None:
    case_id, _ = decided(office, enter)

    page = enter("attorney2").get(f"/cases/{case_id}")

    top, _, bottom = page.words.partition("Decision in force")
    said = top.partition("Next is")[2].partition("Paper")[0].strip()
    assert said.startswith("nobody until ")
    assert said.endswith("then a supervisor of the office who did not decide the case")
    assert f"Next is: {said}." in bottom, "the same sentence at the top and at the decision"
    assert "That colleague or a supervisor of the office may withdraw the decision" in page.words
    assert not page.has_form("/withdrawal")
    assert enter("supervisor1").get(f"/cases/{case_id}").has_form("/withdrawal")


def test_a_held_decision_that_needs_nobody_says_that_it_takes_effect(office: Office, enter: Enter) -> None:
    case_id, _ = decided(office, enter, action="continue")
    settle(office, case_id, concurrence=[])

    words = enter("attorney2").get(f"/cases/{case_id}").words

    assert words.count("then nobody: the decision takes effect") == 2
    assert "a supervisor of the office who" not in words


def test_the_decision_stands_above_the_answer_however_much_happened_since(
    office: Office, enter: Enter, monkeypatch
) -> None:
    monkeypatch.setattr("secondlook.records.reading.HISTORY_AT_ONCE", 2)
    case_id, _ = with_the_supervisor(office, enter)
    for day in (12, 13, 14):
        arrived = {"value": f"1994-08-{day}", "source": "a-file", "observed_at": f"2011-11-{day + 9}"}
        office.update_facts(case_id, first_arrival_date=arrived)

    supervisor = enter("supervisor1")
    page = supervisor.get(f"/cases/{case_id}")

    decision = page.words.partition("Decision in force")[2].partition("Your answer as supervisor")[0]
    assert "Administratively close, by Attorney One" in decision
    assert "ReasonsLong presence in the United States, Family ties" in decision
    assert "RationaleHere since 1994. No danger." in decision
    assert "Attorney One reviewed the case" not in page.words, "its entry is on an older page"
    seen = page.words.rpartition("History")[2].count("New facts came in")
    while older := [link for link in page.links if "?before=" in link]:
        page = supervisor.get(older[0])
        assert "Newest entries" in page.words
        seen += page.words.count("New facts came in")
    assert seen == 3
    assert "The case was received" in page.words


def test_a_decision_that_came_back_starts_from_what_was_said_and_only_for_who_said_it(
    office: Office, enter: Enter
) -> None:
    case_id, attorney = decided(office, enter, finding_A__10="cannot_tell")
    form = attorney.get(f"/cases/{case_id}").form("/withdrawal")

    page = attorney.post(form.action, form.filled(reason="Decided the wrong file."))

    again = page.form("/review")
    assert again.value("rationale") == REVIEW["rationale"]
    assert {("action", "close"), ("reasons", "long_presence"), ("finding.A-10", "cannot_tell")} <= set(again.fields)
    assert "What you said before stands in the form" in page.words
    colleague = enter("attorney2").get(f"/cases/{case_id}")
    assert colleague.form("/review").value("rationale") == ""
    assert not {name for name, _ in colleague.form("/review").fields} & {"action", "reasons"}
    assert "Attorney review withdrawn" in attorney.get("/queue").words


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
    supervisor.post(form.action, form.filled(answer="concur", checked="facts"))
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
