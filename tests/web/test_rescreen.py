"""Screening a case as of today, from its page: who may, when, and what the page then says."""

from __future__ import annotations

from tests.web.conftest import Enter
from tests.web.office import Office


def test_a_case_that_has_waited_is_screened_as_of_today_and_says_that_nothing_changed(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = attorney.get(f"/cases/{case_id}")
    assert "Screened as of 5 Dec 2011; today is " in page.words
    form = page.form("/rescreen")

    page = attorney.post(form.action, form.fields)

    assert "Screened as of today." in page.words
    assert "Attorney One had the case screened as of that day. Nothing new came of it." in page.words
    offer = page.words.partition("Screened as of 5 Dec 2011")[2]
    assert "Screened again" in offer and "nothing changed" in offer
    assert page.form("/rescreen").value("case_version") == form.value("case_version"), "no version was spent"


def test_it_is_offered_to_who_may_decide_while_the_case_is_in_review(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    form = enter("attorney1").get(f"/cases/{case_id}").form("/rescreen")
    assert not enter("auditor1").get(f"/cases/{case_id}").has_form("/rescreen")
    assert enter("attorney3").send(form.action, form.fields).status_code in (403, 404)

    attorney = enter("attorney1")
    review = attorney.get(f"/cases/{case_id}").form("/review")
    attorney.decide(review.action, review.filled(action="close", reasons=["family_ties"], rationale="Here since 1994."))

    assert not attorney.get(f"/cases/{case_id}").has_form("/rescreen")
    mine = attorney.get("/").form("/sign-out").value("csrf_token")
    sent = [("csrf_token", mine), ("case_version", "1")]
    refused = attorney.post(form.action, sent, status=409)
    assert "Somebody has decided this case already." in refused.words
    assert f"/cases/{case_id}" in refused.links


def test_a_form_without_a_version_is_not_taken(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    token = attorney.get(f"/cases/{case_id}").form("/rescreen").value("csrf_token")

    page = attorney.post(f"/cases/{case_id}/rescreen", [("csrf_token", token)], status=422)

    assert "does not say which version" in page.words
