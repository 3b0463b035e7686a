"""The case's page as a desk: facts and criteria lead to each other, colleagues are seen, times are the office's, and
what was written is sent by whoever was signed out meanwhile.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from secondlook.records.schema import looking
from secondlook.records.work.looking import LASTS
from tests.web.conftest import Enter
from tests.web.office import KNOWN, Office, Visitor
from tests.web.test_review import REVIEW
from tests.web.test_supervision import decided, reaches, with_the_supervisor


def opened(visitor: Visitor, case_id: str, **fields: str) -> None:
    """What the page's script sends."""
    token = visitor.get(f"/cases/{case_id}").form("/review").value("csrf_token")
    sent = visitor.send(f"/cases/{case_id}/looking", [("csrf_token", token), *fields.items()])
    assert sent.status_code == 204


def test_facts_lead_to_the_criteria_that_they_touch_and_back(office: Office, enter: Enter) -> None:
    page = enter("attorney1").get(f"/cases/{office.receive(1, facts={**KNOWN, 'prior_removals': 1})}")

    found = page.words.partition(" Found ")[2].partition("Open and would matter")[0]
    assert "A-08 Previously removed" in found
    assert "Previous removals: 1. Source not stated" in found
    assert "First arrival: 11 Aug 1994. a-file, 20 Nov 2011" in found
    assert {"#fact-prior_removals", "#criterion-A-08", "#criterion-B-04", "#fact-victim_of"} <= set(page.links)
    assert page.words.index(" Found ") < page.words.index("Known facts") < page.words.index("Lane Both lists met")


def test_a_finding_stands_at_its_criterion_and_is_sent_with_the_review(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = attorney.get(f"/cases/{case_id}")
    assert page.words.index("Your finding on A-10") < page.words.index("Your review")

    confirm = attorney.post(f"/cases/{case_id}/review", page.form("/review").filled(**REVIEW, finding_A__10="false"))
    assert "Finding on A-10 Not met" in confirm.words or "Finding on A-10Not met" in confirm.words
    attorney.send(confirm.form("/review").action, confirm.form("/review").fields)

    assert "Found by Attorney One: Not met" in enter("supervisor1").get(f"/cases/{case_id}").words


def test_who_else_has_opened_the_case_is_told_to_who_may_decide_it(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    first, second = enter("attorney1"), enter("attorney2")
    opened(first, case_id)

    assert "Attorney One opened this case at" in second.get(f"/cases/{case_id}").words
    assert "opened this case" not in first.get(f"/cases/{case_id}").words
    assert "opened this case" not in enter("auditor1").get(f"/cases/{case_id}").words

    opened(first, case_id, left="yes")
    assert "opened this case" not in second.get(f"/cases/{case_id}").words

    opened(first, case_id)
    before = datetime.now(UTC) - LASTS - timedelta(seconds=1)
    office.database.write_now(lambda connection: connection.execute(update(looking).values(since=before)).close())
    assert "opened this case" not in second.get(f"/cases/{case_id}").words


def test_times_are_those_of_the_case_s_office(office: Office, enter: Enter) -> None:
    page = enter("attorney1").get(f"/cases/{office.receive()}")

    assert re.search(r"Attorney review, since \d+ \w{3} \d{4}, \d\d:\d\d E[SD]T", page.words)
    assert re.search(r"Due ?\d+ \w{3} \d{4}, \d\d:\d\d E[SD]T", page.words), "before it is overdue"


def test_a_held_decision_counts_down_beside_the_form_that_takes_it_back(office: Office, enter: Enter) -> None:
    case_id, attorney = decided(office, enter)

    page = attorney.get(f"/cases/{case_id}")

    top = page.words.partition("A-number")[0]
    assert "The decision can be withdrawn until" in top
    assert "(10 minutes left)" in top
    assert "Withdraw the decision" in top
    assert page.form("/withdrawal").names >= {"reason"}


def decides(office: Office, person: Visitor, number: int) -> str:
    case_id = office.receive(number)
    form = person.get(f"/cases/{case_id}").form("/review")
    assert person.decide(form.action, form.filled(**REVIEW)).status_code == 303
    return case_id


def test_a_supervisor_answers_one_decision_after_the_other_and_never_their_own(office: Office, enter: Enter) -> None:
    supervisor = enter("supervisor1")
    by = ("attorney1", "supervisor1", "attorney1", "attorney2")
    first, own, busy, last = (decides(office, enter(who), number) for number, who in enumerate(by))
    office.later(minutes=11)
    for case_id in (first, own, busy, last):
        reaches(office, case_id, "supervisor_review")
    colleague = enter("supervisor2")
    token = colleague.get(f"/cases/{busy}").form("/concurrence").value("csrf_token")
    colleague.send(f"/cases/{busy}/looking", [("csrf_token", token)])
    answered = [first]

    for following in (last, busy):
        form = supervisor.get(f"/cases/{answered[-1]}").form("/concurrence")
        answer = supervisor.send(form.action, [*form.filled(answer="concur", checked="facts"), ("next", "yes")])
        page = supervisor.get(answer.headers["location"])
        assert page.has_form(f"/cases/{following}/concurrence"), "what a colleague has open comes last"
        assert "This is the next case that waits for an answer." in page.words
        answered.append(following)

    form = supervisor.get(f"/cases/{busy}").form("/concurrence")
    answer = supervisor.send(form.action, [*form.filled(answer="concur", checked="facts"), ("next", "yes")])
    assert "outcome=recorded-last" in answer.headers["location"]
    assert office.stage(own) == "supervisor_review"


def test_a_supervisor_reads_decision_news_and_answer_in_this_order(office: Office, enter: Enter) -> None:
    case_id, _ = with_the_supervisor(office, enter)
    office.update_facts(case_id, education={"high_school_completed": True, "enrolled": False})

    said = enter("supervisor1").get(f"/cases/{case_id}").words

    order = ("Decision in force", "Reasons", "Rationale", "Changed since the decision was made", "Your answer as")
    places = [said.index(each, said.index("Decision in force")) for each in order]
    assert places == sorted(places)


@pytest.mark.parametrize("subject", ["attorney1", "attorney2"])
def test_what_was_sent_while_signed_out_is_kept_and_sent_by_the_same_person_alone(
    office: Office, enter: Enter, subject: str
) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    attorney.client.cookies.clear()

    page = attorney.post(form.action, form.filled(**REVIEW), status=401)
    assert "Here since 1994." in page.words
    assert office.stage(case_id) == "attorney_review"
    attorney.sign_in(subject)
    again = page.form("/review")

    if subject == "attorney1":
        assert attorney.decide(again.action, again.fields).status_code == 303
        assert office.stage(case_id) == "held"
    else:
        attorney.post(again.action, again.fields, status=403)
        assert office.stage(case_id) == "attorney_review"
