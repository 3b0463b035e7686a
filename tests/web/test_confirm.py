"""The page that plays a review back before it is recorded."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from secondlook.records.schema import inbox
from tests.web.conftest import Enter
from tests.web.office import Office
from tests.web.pages import Form
from tests.web.test_review import REVIEW


def played_back(office: Office, enter: Enter, **given: object) -> tuple[str, Form, str]:
    """A case, the confirm page's form, and the page's words."""
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    page = attorney.post(form.action, form.filled(**{**REVIEW, **given}))
    return case_id, page.form("/review"), page.words


def shown(office: Office, case_id: str) -> object:
    """What the record says that was shown with the newest review."""
    query = select(inbox).where(inbox.c.case_id == case_id, inbox.c.type == "secondlook.case.reviewed.v1")
    row = office.database.read_now(lambda connection: connection.execute(query).one())
    return office.vault.open(row.content, f"inbox/{case_id}/{row.event_id}")["shown"]


def test_the_page_says_what_is_decided_and_what_speaks_against_it(office: Office, enter: Enter) -> None:
    case_id, form, said = played_back(office, enter, finding_A__10="cannot_tell")

    assert office.stage(case_id) == "attorney_review", "nothing is recorded yet"
    assert "Administratively close: record this review?" in said
    assert "Long presence in the United States, Family ties" in said
    assert "Here since 1994." in said
    opposed = said.partition("speaks for something else")[2].partition("Findings that are wanted")[0]
    assert "A-05c Misdemeanor of driving under the influence" in opposed
    assert "B-04" not in opposed, "it speaks for closing"
    assert "A-10 Otherwise an egregious record: cannot tell" in said
    assert "A-06c Otherwise a clear threat to public safety: no finding" in said
    assert "fewer than 40 characters" in said
    assert form.value("rationale") == REVIEW["rationale"]


def test_what_speaks_for_discretion_is_held_against_continuing(office: Office, enter: Enter) -> None:
    _, _, said = played_back(office, enter, action="continue")

    opposed = said.partition("speaks for something else")[2].partition("Findings that are wanted")[0]
    assert "B-04" in opposed and "A-05c" not in opposed


def test_a_confirmed_review_is_recorded_with_what_was_shown(office: Office, enter: Enter) -> None:
    case_id, form, _ = played_back(office, enter, finding_A__10="cannot_tell")
    attorney = enter("attorney1")
    form.fields = [
        (name, attorney.get("/").form("/sign-out").value("csrf_token") if name == "csrf_token" else value)
        for name, value in form.fields
    ]

    page = attorney.post(form.action, form.fields)

    assert office.stage(case_id) == "held"
    codes = shown(office, case_id)
    assert isinstance(codes, list)
    assert {"opposed:A-05c", "finding:A-10:cannot_tell", "finding:A-06c:blank", "rationale:short"} <= set(codes)
    assert "A-05c is met; " in page.words.rpartition("History")[2]


def test_a_value_for_something_else_gives_the_page_again(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    other = office.receive(2)
    attorney, colleague = enter("attorney1"), enter("attorney2")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    fields = form.filled(**REVIEW)
    mine = attorney.post(form.action, fields).form("/review").value("confirmed")
    theirs = colleague.get(f"/cases/{case_id}").form("/review")
    there = attorney.get(f"/cases/{other}").form("/review")

    for person, action, sent in (
        (attorney, form.action, [*fields, ("confirmed", "nothing")]),
        (attorney, form.action, [*form.filled(**{**REVIEW, "rationale": "Other."}), ("confirmed", mine)]),
        (attorney, form.action, [*form.filled(**{**REVIEW, "action": "dismiss"}), ("confirmed", mine)]),
        (attorney, there.action, [*there.filled(**REVIEW), ("confirmed", mine)]),
        (colleague, theirs.action, [*theirs.filled(**REVIEW), ("confirmed", mine)]),
    ):
        assert "record this review?" in person.post(action, sent).words
    assert {office.stage(case_id), office.stage(other)} == {"attorney_review"}
    assert attorney.send(form.action, [*fields, ("confirmed", mine)]).status_code == 303


def test_a_review_that_is_recorded_already_and_sent_again_from_its_start_counts_once(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    assert attorney.decide(form.action, form.filled(**REVIEW)).status_code == 303

    page = attorney.post(form.action, form.filled(**REVIEW))

    assert page.words.count("Attorney One reviewed the case") == 1
    attorney.post(form.action, form.filled(**{**REVIEW, "rationale": "Another."}), status=409)


def test_facts_that_came_between_are_shown_and_the_old_value_counts_no_more(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    confirmed = attorney.post(form.action, form.filled(**REVIEW)).form("/review")
    office.update_facts(case_id, prior_removals={"value": 2, "source": "a-file"})

    page = attorney.post(confirmed.action, confirmed.fields, status=409)

    since = page.words.partition("Changed since you opened the form")[2].partition("Respondent and proceeding")[0]
    assert "Previous removalsUnknown: not asked2a-file" in since
    assert "A-08 Previously removedUnknownMet" in since
    assert "New facts came in" in since
    again = page.form("/review")
    assert again.value("rationale") == REVIEW["rationale"]
    assert attorney.decide(again.action, again.fields).status_code == 303


def test_somebody_who_goes_back_finds_the_form_as_it_was(office: Office, enter: Enter) -> None:
    case_id, form, _ = played_back(office, enter, rationale="Line one.\n\n  Line two.", finding_A__10="true")
    attorney = enter("attorney1")
    token = attorney.get("/").form("/sign-out").value("csrf_token")
    fields = [(name, token if name == "csrf_token" else value) for name, value in form.fields]

    page = attorney.post(form.action, [*fields, ("change", "yes")])

    again = page.form("/review")
    assert again.value("rationale") == "Line one.\n\n  Line two."
    assert {("action", "close"), ("finding.A-10", "true"), ("reasons", "family_ties")} <= set(again.fields)
    assert not page.title.startswith("Error")
    assert office.stage(case_id) == "attorney_review"


@pytest.mark.parametrize("action", ["close", "dismiss", "continue", "need_facts"])
def test_every_action_costs_the_same(office: Office, enter: Enter, action: str) -> None:
    _, form, _ = played_back(office, enter, action=action, rationale="All that is known was weighed as a whole here.")

    assert sorted({name for name, _ in form.fields}) == [
        *("action", "case_version", "confirmed", "csrf_token", "rationale", "reasons"),
    ]
