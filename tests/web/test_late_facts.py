"""Facts that came after the end: shown beside what the case was decided on, and answered by a supervisor."""

from __future__ import annotations

from sqlalchemy import func, select

from secondlook.records.schema import screenings
from tests.web.conftest import Enter
from tests.web.office import Office, Visitor
from tests.web.test_supervision import with_the_supervisor


def ended_with_late_facts(office: Office, enter: Enter) -> tuple[str, Visitor]:
    case_id, _ = with_the_supervisor(office, enter)
    supervisor = enter("supervisor1")
    form = supervisor.get(f"/cases/{case_id}").form("/concurrence")
    supervisor.post(form.action, form.filled(answer="concur", checked="facts"))
    office.update_facts(case_id, convictions={"value": [], "source": "court record", "observed_at": "2099-01-09"})
    return case_id, supervisor


def late_part(words: str) -> str:
    return words.partition("Facts that came after the end")[2].partition("Respondent and proceeding")[0]


def test_late_facts_stand_beside_what_the_case_was_decided_on(office: Office, enter: Enter) -> None:
    case_id, supervisor = ended_with_late_facts(office, enter)

    shown = late_part(supervisor.get(f"/cases/{case_id}").words)

    was = "ConvictionsMisdemeanor, driving under the influence, 1 Jul 2003"
    assert f"{was}None known to existcourt record, 9 Jan 2099" in shown
    assert "LaneBoth lists metFacts missingScreening" in shown
    assert "A-05c Misdemeanor of driving under the influenceMetNot met" in shown
    assert "New facts came in" in shown
    kept = office.database.read_now(
        lambda connection: connection.execute(
            select(func.count()).select_from(screenings).where(screenings.c.case_id == case_id)
        ).scalar_one()
    )
    assert kept == 1, "what screening would say is on no record"


def test_a_late_fact_that_is_outweighed_is_shown_all_the_same(office: Office, enter: Enter) -> None:
    case_id, supervisor = ended_with_late_facts(office, enter)

    office.update_facts(case_id, first_arrival_date={"value": "1999", "source": "letter", "observed_at": "2001-01-01"})

    shown = late_part(supervisor.get(f"/cases/{case_id}").words)
    assert "First arrival11 Aug 19941999What was known before would still stand.letter, 1 Jan 2001" in shown


def test_a_supervisor_who_finds_no_change_takes_the_case_off_the_list(office: Office, enter: Enter) -> None:
    case_id, supervisor = ended_with_late_facts(office, enter)
    assert f"/cases/{case_id}" in supervisor.get("/escalated").links
    form = supervisor.get(f"/cases/{case_id}").form("/late-facts")
    without = supervisor.post(form.action, form.filled(answer="no_change", note=" "), status=422)
    assert "Write why" in without.words

    page = supervisor.post(form.action, form.filled(answer="no_change", note="Vacated long ago."))

    assert "Supervisor One looked at the facts that came late: no change." in page.words
    assert "Vacated long ago." in page.words
    assert office.stage(case_id) == "closed"
    assert not page.has_form("/late-facts")
    assert f"/cases/{case_id}" not in supervisor.get("/escalated").links
    office.update_facts(case_id, prior_removals=2)
    again = supervisor.get(f"/cases/{case_id}")
    assert "Previous removals" in late_part(again.words)
    form = again.form("/late-facts")
    page = supervisor.post(form.action, form.filled(answer="no_change", note="Vacated long ago."))
    assert not page.has_form("/late-facts"), "the same words about other facts are another answer"


def test_a_supervisor_reopens_and_the_attorney_sees_what_is_new(office: Office, enter: Enter) -> None:
    case_id, supervisor = ended_with_late_facts(office, enter)
    form = supervisor.get(f"/cases/{case_id}").form("/late-facts")

    supervisor.post(form.action, form.filled(answer="reopen", note="Read the court record."))

    assert office.stage(case_id) == "attorney_review"
    page = enter("attorney1").get(f"/cases/{case_id}")
    assert "Read the court record." in page.words.partition("Respondent and proceeding")[0]
    since = page.words.partition("Changed since the decision was made")[2].partition("Respondent and proceeding")[0]
    assert "ConvictionsMisdemeanor, driving under the influence, 1 Jul 2003None known to exist" in since
    assert page.has_form("/review")


def test_attorneys_see_late_facts_and_do_not_answer_them(office: Office, enter: Enter) -> None:
    case_id, _ = ended_with_late_facts(office, enter)
    attorney = enter("attorney1")

    page = attorney.get(f"/cases/{case_id}")

    assert "Convictions" in late_part(page.words)
    assert not page.has_form("/late-facts")
    fields = [*page.form("/sign-out").fields, ("answer", "reopen"), ("note", "x"), ("case_version", "4")]
    attorney.post(f"/cases/{case_id}/late-facts", fields, status=403)
    assert office.stage(case_id) == "closed"
