"""Having a case, giving it back, holds, the next case, drafts, notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from secondlook.records.schema import audit, claims, drafts, holds, inbox, notes
from tests.web.conftest import Enter
from tests.web.office import Office, Visitor
from tests.web.pages import Page
from tests.web.test_review import REVIEW

SECRET = "She told me about Ottoline's illness."


def press(visitor: Visitor, case_id: str, name: str, **fields: str | list[str]) -> Page:
    """Send one of the case page's forms as it stands there."""
    form = visitor.get(f"/cases/{case_id}").form("/review" if name == "draft" else f"/{name}")
    return visitor.post(f"/cases/{case_id}/{name}", form.filled(**fields))


def confirm(visitor: Visitor, case_id: str) -> None:
    """Decide the case."""
    form = visitor.get(f"/cases/{case_id}").form("/review")
    assert visitor.decide(form.action, form.filled(**REVIEW)).status_code == 303


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


def count(office: Office, table) -> int:
    return office.database.read_now(lambda c: len(c.execute(select(table)).all()))


def test_opening_a_case_does_not_claim_it_and_starting_to_review_does(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney, colleague = enter("attorney1"), enter("attorney2")
    assert "Nobody has this case." in attorney.get(f"/cases/{case_id}").words

    page = press(attorney, case_id, "claim")

    assert "You have this case until" in page.words
    page = colleague.get(f"/cases/{case_id}")
    assert "Attorney One has this case until" in page.words
    assert not page.has_form("/claim")
    assert not page.has_form("/break-claim")


def test_a_second_claim_is_told_who_has_the_case(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney, colleague = enter("attorney1"), enter("attorney2")
    form = colleague.get(f"/cases/{case_id}").form("/claim")
    press(attorney, case_id, "claim")

    page = colleague.post(form.action, form.fields, status=409)

    assert "Attorney One has this case until" in page.words


def test_a_review_against_a_colleague_s_claim_leaves_nothing_on_record_and_keeps_its_text(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    attorney, colleague = enter("attorney1"), enter("attorney2")
    form = colleague.get(f"/cases/{case_id}").form("/review")
    press(attorney, case_id, "claim")
    before = count(office, inbox), count(office, audit)

    page = colleague.post(form.action, form.filled(**REVIEW), status=409)

    assert "A colleague has begun to review this case" in page.words
    assert "Attorney One has this case until" in page.words
    assert page.form("/review").value("rationale") == REVIEW["rationale"]
    assert (count(office, inbox), count(office, audit)) == before
    assert office.stage(case_id) == "attorney_review"

    press(attorney, case_id, "release")
    confirm(colleague, case_id)
    assert office.stage(case_id) == "held"


def test_a_claim_taken_while_somebody_confirms_is_met_when_the_review_would_be_accepted(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    attorney, colleague = enter("attorney1"), enter("attorney2")
    confirmed = press(colleague, case_id, "review", **REVIEW).form("/review")
    press(attorney, case_id, "claim")
    before = count(office, inbox), count(office, audit)

    page = colleague.post(confirmed.action, confirmed.fields, status=409)

    assert "A colleague has begun to review this case" in page.words
    assert page.form("/review").value("rationale") == REVIEW["rationale"]
    assert (count(office, inbox), count(office, audit)) == before


def test_a_review_needs_no_claim_and_ends_one_s_own_with_the_draft(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    press(attorney, case_id, "claim")
    press(attorney, case_id, "draft", rationale=SECRET)

    confirm(attorney, case_id)

    assert office.stage(case_id) == "held"
    assert count(office, claims) == count(office, drafts) == 0


def test_a_supervisor_breaks_a_claim_with_a_reason_and_the_draft_stays(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney, supervisor = enter("attorney1"), enter("supervisor1")
    press(attorney, case_id, "claim")
    press(attorney, case_id, "draft", rationale=SECRET)
    form = supervisor.get(f"/cases/{case_id}").form("/break-claim")
    assert "Nothing was recorded yet" in supervisor.post(form.action, form.fields, status=422).words
    assert count(office, claims) == 1

    page = press(supervisor, case_id, "break-claim", reason="She is ill today.")

    assert "Nobody has this case." in page.words
    assert "She is ill today." in page.words
    assert "Supervisor One took the case back from Attorney One" in page.words
    assert attorney.get(f"/cases/{case_id}").form("/review").value("rationale") == SECRET
    assert attorney.send(form.action, attorney.get("/queue").form("/sign-out").fields).status_code == 403


def test_a_case_on_hold_is_not_next_until_its_day_and_no_deadline_moves(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")

    page = press(attorney, case_id, "hold", reason="The file is at the court.", until=tomorrow())

    assert "On hold until" in page.words
    assert "The file is at the court." in page.words
    assert "Attorney One" in page.words
    queue = attorney.get("/queue")
    form = queue.form("/queue/next")
    assert "No case of that office waits for you" in attorney.post(form.action, form.fields).words
    press(attorney, case_id, "claim")
    assert count(office, holds) == 0


@pytest.mark.parametrize("until", ["", "yesterday", "2011-12-05", "9999-12-31"])
def test_a_hold_without_a_day_to_come_is_sent_back_with_its_text(office: Office, enter: Enter, until: str) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/hold")

    page = attorney.post(form.action, form.filled(reason="It waits.", until=until), status=422)

    assert "Give the day on which the case is back" in page.words
    assert page.form("/hold").value("reason").strip() == "It waits."
    assert count(office, holds) == 0


def test_the_next_case_is_the_most_urgent_that_nobody_has(office: Office, enter: Enter) -> None:
    later, detained, other = office.receive(1), office.receive(2, custody="detained"), office.receive(3, office="DEN")
    attorney, colleague = enter("attorney1"), enter("attorney2")

    def following(visitor: Visitor) -> Page:
        form = visitor.get("/queue").form("/queue/next")
        return visitor.post(form.action, form.fields)

    assert following(attorney).form("/release").action == f"/cases/{detained}/release"
    assert following(colleague).form("/release").action == f"/cases/{later}/release"
    assert "No case of that office waits for you" in following(colleague).words
    token = attorney.get("/queue").form("/queue/next").value("csrf_token")
    assert attorney.send("/queue/next", [("csrf_token", token), ("office", "DEN")]).status_code == 403
    assert "Nobody has this case." in enter("attorney3").get(f"/cases/{other}").words


def test_a_draft_is_back_in_another_browser_and_only_for_its_author(office: Office, enter: Enter) -> None:
    case_id = office.receive()

    page = press(enter("attorney1"), case_id, "draft", action="dismiss", reasons=["family_ties"], rationale=SECRET)

    assert "Your draft is saved" in page.words
    page = enter("attorney1").get(f"/cases/{case_id}")
    assert page.form("/review").value("rationale") == SECRET
    assert ("action", "dismiss") in page.form("/review").fields
    assert ("reasons", "family_ties") in page.form("/review").fields
    assert "Your draft, saved" in page.words
    assert "older version" not in page.words
    assert enter("attorney2").get(f"/cases/{case_id}").form("/review").value("rationale") == ""
    sealed = office.database.read_now(lambda c: c.execute(select(drafts.c.content)).scalar_one())
    assert b"illness" not in sealed

    office.update_facts(case_id, prior_removals=2)
    page = enter("attorney1").get(f"/cases/{case_id}")
    assert "It was written for an older version of this case" in page.words
    assert page.form("/review").value("rationale") == SECRET


def test_a_script_s_draft_is_answered_without_a_page(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    attorney.client.headers["X-Requested-With"] = "draft"

    assert attorney.send(f"/cases/{case_id}/draft", form.filled(rationale=SECRET)).status_code == 204


def test_notes_stand_on_the_case_and_on_record_without_their_text(office: Office, enter: Enter) -> None:
    case_id = office.receive()

    page = press(enter("attorney1"), case_id, "notes", text=SECRET)

    assert SECRET in page.words
    assert "Attorney One wrote a note." in page.words
    page = enter("auditor1").get(f"/cases/{case_id}")
    assert SECRET in page.words
    assert not page.has_form("/notes")
    kept = office.database.read_now(
        lambda c: str(c.execute(select(audit.c.detail)).all()) + str(c.execute(select(notes.c.content)).all())
    )
    assert "illness" not in kept


@pytest.mark.parametrize("name", ["claim", "release", "hold", "break-claim", "draft", "notes"])
@pytest.mark.parametrize("subject", ["attorney3", "ops1", "auditor1"])
def test_nobody_works_on_cases_of_other_offices(office: Office, enter: Enter, name: str, subject: str) -> None:
    case_id = office.receive()
    visitor = enter(subject)
    token = visitor.get("/").form("/sign-out").value("csrf_token")
    fields = [("csrf_token", token), ("reason", "x"), ("text", "x"), ("until", tomorrow())]

    answer = visitor.send(f"/cases/{case_id}/{name}", fields)

    assert answer.status_code == (404 if subject == "attorney3" else 403)
    assert count(office, claims) == count(office, holds) == count(office, drafts) == count(office, notes) == 0
