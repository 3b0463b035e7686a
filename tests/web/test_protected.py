"""What 8 USC 1367 protects is shown to who may decide the case, and to others with a reason, on record."""

from __future__ import annotations

import re

from secondlook.web.pages import FOLDER
from tests.web.conftest import Enter
from tests.web.office import KNOWN, Office
from tests.web.test_review import REVIEW

KEPT_OFF_PAPER = 'class="sl-screen-only"'
TELLING = re.compile(r"[Vv]ictim|B-05|Trafficking")


def stripped(words: str) -> str:
    """A page's words without times, and without what says of every case that there may be something."""
    return re.sub(r"\d\d:\d\d UTC", "", words)


def test_an_auditors_page_is_the_same_with_and_without_a_protected_fact(office: Office, enter: Enter) -> None:
    plain = office.receive(1, facts={**KNOWN})
    victim = office.receive(1, nta={"filed": True, "date": "2010-05-05"}, facts={**KNOWN, "victim_of": ["trafficking"]})
    nothing = office.receive(1, nta={"filed": True, "date": "2010-05-06"}, facts={**KNOWN, "victim_of": []})
    auditor = enter("auditor1")

    pages = [auditor.get(f"/cases/{each}") for each in (plain, victim, nothing)]

    same = {
        re.sub(r"[456] May 2010", "", stripped(page.words)).replace("Alien in U.S. without Admission or Paroled", "")
        .replace("(212a06Ai)", "").replace("Not known", "").replace(" ", "")
        for page in pages
    }  # fmt: skip
    assert len(same) == 1
    assert not TELLING.search(pages[1].words)
    assert "Lane" not in pages[1].words.replace("the lane", "").replace("Every lane", "")


def test_what_an_attorney_said_of_it_is_left_out_of_an_auditors_history(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={**KNOWN, "victim_of": {"unknown": "not_asked"}})
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    given = {**REVIEW, "finding_B__05": "true", "reasons": ["victim_or_witness", "family_ties"]}
    assert attorney.decide(form.action, form.filled(**given)).status_code == 303
    office.update_facts(case_id, victim_of=["trafficking"])
    assert TELLING.search(attorney.get(f"/cases/{case_id}").words)

    page = enter("auditor1").get(f"/cases/{case_id}")

    assert "Attorney One reviewed the case" in page.words
    assert "Family ties" in page.words
    assert not TELLING.search(page.words)


def test_an_auditor_has_them_shown_with_a_reason_and_that_is_recorded(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={**KNOWN, "victim_of": ["trafficking"]})
    auditor = enter("auditor1")
    form = auditor.get(f"/cases/{case_id}").form("/protected")
    without = auditor.post(form.action, form.fields, status=422)
    assert "Choose what you need the protected facts for" in without.words
    assert not TELLING.search(without.words)

    shown = auditor.post(form.action, form.filled(reason="complaint"))

    assert "Trafficking" in shown.words and "B-05" in shown.words
    after = auditor.get(f"/cases/{case_id}")
    assert not TELLING.search(after.words)
    assert "Auditor One had the protected facts shown." in after.words
    assert "A complaint or an inquiry about this case" in after.words.rpartition("History")[2]


def test_who_may_decide_the_case_sees_them_and_nobody_elsewhere_does(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={**KNOWN, "victim_of": ["trafficking"]})

    page = enter("attorney1").get(f"/cases/{case_id}")

    assert "Trafficking" in page.words and "B-05" in page.words
    assert not page.has_form("/protected")
    token = enter("attorney3").get("/").form("/sign-out").fields
    enter("attorney3").post(f"/cases/{case_id}/protected", token, status=404)


def test_a_page_that_may_show_them_is_kept_off_paper_until_somebody_says_what_for(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={**KNOWN, "victim_of": ["trafficking"]})
    attorney = enter("attorney1")
    on_screen = attorney.get(f"/cases/{case_id}")
    assert KEPT_OFF_PAPER in on_screen.text and TELLING.search(on_screen.words)
    for address in (f"/cases/{case_id}/facts/victim_of", f"/cases/{case_id}/facts/education"):
        assert KEPT_OFF_PAPER in attorney.get(address).text
    form = on_screen.form("/review")
    assert KEPT_OFF_PAPER in attorney.send(form.action, form.filled(**REVIEW)).text

    to_print = attorney.get(f"/cases/{case_id}?paper=yes")

    assert f"/cases/{case_id}?paper=yes" in on_screen.links
    assert KEPT_OFF_PAPER not in to_print.text
    assert not TELLING.search(to_print.words)
    assert not to_print.has_form("/review")
    form = to_print.form("/protected")
    assert "Choose what you need the protected facts for" in attorney.post(form.action, form.fields, status=422).words

    with_them = attorney.post(form.action, form.filled(reason="authority"))

    assert KEPT_OFF_PAPER not in with_them.text and TELLING.search(with_them.words)
    history = attorney.get(f"/cases/{case_id}").words.rpartition("History")[2]
    assert "Attorney One had the protected facts shown. ReasonA court or another authority asks" in history


def test_no_page_with_evidence_forgets_that_it_is_kept_off_paper() -> None:
    evidence = ("case/_criteria.html", "case/_facts.html", "case/_since.html")
    pages = {path: path.read_text() for path in FOLDER.glob("*/[a-z]*.html")}
    showing = {path.name for path, text in pages.items() if any(each in text for each in evidence)}
    marked = {path.name for path, text in pages.items() if "{% set screen_only = " in text}

    assert {"case.html", "blind.html"} <= showing <= marked
    assert {"confirm.html", "correction.html", "beside.html"} <= marked
