"""An attorney's review, from the queue to its outcome."""

from __future__ import annotations

from tests.web.conftest import Enter
from tests.web.office import Office, until

REVIEW = {"action": "close", "reasons": ["long_presence", "family_ties"], "rationale": "Here since 1994.\nNo danger."}


def test_an_attorney_reviews_a_case_and_sees_what_became_of_it(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")

    queue = attorney.get("/queue")
    assert f"/cases/{case_id}" in queue.links
    page = attorney.get(f"/cases/{case_id}")
    form = page.form("/review")
    assert form.action == f"/cases/{case_id}/review"

    answer = attorney.decide(form.action, form.filled(**REVIEW))

    assert answer.status_code == 303
    page = attorney.get(answer.headers["location"])
    assert "Recorded." in page.words
    assert "Decision in force" in page.words
    assert "Administratively close, by Attorney One" in page.words
    assert "Long presence in the United States, Family ties" in page.words
    assert office.stage(case_id) == "held"
    assert page.has_form("/withdrawal")
    assert not page.has_form("/review")


def test_nothing_is_chosen_before_the_attorney_chooses(office: Office, enter: Enter) -> None:
    form = enter("attorney1").get(f"/cases/{office.receive()}").form("/review")

    assert {name for name, _ in form.fields} == {"csrf_token", "case_version", "rationale", "ask.due"}
    assert form.value("rationale") == ""
    assert {("action", each) for each in ("close", "dismiss", "continue", "need_facts")} <= form.choices


def test_a_form_without_reasons_comes_back_with_its_text_and_says_what_to_do(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")

    page = attorney.post(form.action, form.filled(rationale="  Kept <as> it\n\nwas."), status=422)

    assert page.title.startswith("Error: ")
    assert "Tick at least one reason" in page.words
    assert "Choose what to do with the case" in page.words
    assert "Write the rationale" not in page.words
    assert {"#review-action", "#review-reasons"} <= set(page.links)
    assert page.form("/review").value("rationale") == "  Kept <as> it\n\nwas."
    assert office.stage(case_id) == "attorney_review"


def test_a_refused_review_keeps_all_that_was_entered(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    office.update_facts(case_id, prior_removals=0)

    page = attorney.post(form.action, form.filled(**REVIEW, finding_A__10="cannot_tell"), status=409)

    assert "The case changed after you opened it" in page.words
    again = page.form("/review")
    assert again.value("rationale") == REVIEW["rationale"]
    assert {("reasons", "long_presence"), ("reasons", "family_ties"), ("action", "close")} <= set(again.fields)
    assert ("finding.A-10", "cannot_tell") in again.fields
    assert again.value("case_version") != form.value("case_version")
    assert attorney.decide(again.action, again.fields).status_code == 303
    assert office.stage(case_id) == "held"


def test_the_second_of_two_reviews_is_refused_and_told_about_the_first(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    first, second = enter("attorney1"), enter("attorney2")
    form, late = (person.get(f"/cases/{case_id}").form("/review") for person in (first, second))
    confirmed = second.post(late.action, late.filled(**REVIEW)).form("/review")
    assert first.decide(form.action, form.filled(**REVIEW)).status_code == 303
    before = second.post(late.action, late.filled(**REVIEW), status=409)
    assert "tried to review" not in before.words, "what was not confirmed is on no record"

    page = second.post(confirmed.action, confirmed.fields, status=409)

    assert "Somebody has decided this case already" in page.words
    assert not page.has_form("/review"), "a form that can only be refused again is not offered"
    assert "What you sent, to copy" in page.words
    assert "RationaleHere since 1994. No danger." in page.words
    assert "An earlier request for facts" not in page.words
    assert "Attorney Two tried to review the case" in page.words


def test_a_double_click_is_one_review(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")

    confirmed = attorney.post(form.action, form.filled(**REVIEW)).form("/review")

    answers = [attorney.send(confirmed.action, confirmed.fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert attorney.get(f"/cases/{case_id}").words.count("Attorney One reviewed the case") == 1


def test_a_review_that_is_not_judged_in_time_is_shown_as_being_processed(
    office: Office, enter: Enter, monkeypatch
) -> None:
    monkeypatch.setattr("secondlook.web.record.OUTCOME_WITHIN", 0.1)
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    confirmed = attorney.post(form.action, form.filled(**REVIEW)).form("/review")
    office.judging.clear()

    page = attorney.post(confirmed.action, confirmed.fields)

    assert page.words.count("Recorded, being processed") == 1
    assert not page.has_form("/review"), "what would contradict it waits for its outcome"
    assert "the forms are here again when it has one" in page.words
    office.judging.set()
    until("the review to be judged", lambda: True if office.stage(case_id) == "held" else None)
    assert "being processed" not in attorney.get(f"/cases/{case_id}").words


def test_a_form_without_the_sessions_token_is_refused(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    others = enter("attorney2").get(f"/cases/{case_id}").form("/review").value("csrf_token")

    for token in ("", "wrong", others):
        page = attorney.post(form.action, form.filled(**REVIEW, csrf_token=token), status=403)
        assert "Nothing was recorded" in page.words
    assert office.stage(case_id) == "attorney_review"


def test_findings_are_offered_where_facts_alone_cannot_settle_a_criterion(office: Office, enter: Enter) -> None:
    form = enter("attorney1").get(f"/cases/{office.receive()}").form("/review")

    offered = {name for name in form.names if name.startswith("finding.")}

    assert {"finding.A-05c", "finding.A-05f", "finding.A-06c", "finding.A-10"} <= offered
    assert "finding.A-02" not in offered


def test_the_next_case_opens_with_the_recording_and_is_had(office: Office, enter: Enter) -> None:
    first, second = office.receive(1), office.receive(2)
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{first}").form("/review")
    confirmed = attorney.post(form.action, form.filled(**REVIEW)).form("/review")

    answer = attorney.send(confirmed.action, [*confirmed.fields, ("next", "yes")])
    page = attorney.get(answer.headers["location"])

    assert office.stage(first) == "held"
    assert page.form("/review").action == f"/cases/{second}/review"
    assert "Recorded. This is the next case, and you have it." in page.words
    assert f"/cases/{first}" in page.links
    assert "You have this case until" in page.words

    confirmed = attorney.post(page.form("/review").action, page.form("/review").filled(**REVIEW)).form("/review")
    answer = attorney.send(confirmed.action, [*confirmed.fields, ("next", "yes")])
    page = attorney.get(answer.headers["location"])

    assert office.stage(second) == "held"
    assert "Recorded. No other case of this office waits for you now." in page.words


def test_a_fact_that_several_criteria_want_is_said_once(office: Office, enter: Enter) -> None:
    page = enter("attorney1").get(f"/cases/{office.receive(1, facts={})}")

    assert "Unknown Convictions: not asked. It leaves 8 criteria open." in page.words
