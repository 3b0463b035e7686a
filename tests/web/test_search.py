"""Finding a case, in a browser without a script: by any number, by a name as people write it, in one's offices alone;
and nothing of it stands in an address.
"""

from __future__ import annotations

import logging

import httpx
import pytest
from sqlalchemy import update

from secondlook.records.schema import cases
from secondlook.records.search import filling
from secondlook.records.store import remember
from tests.web.conftest import Enter
from tests.web.office import CANARIES, Office, Visitor
from tests.web.pages import Page

SENT_AS = {"identifiers": [{"scheme": "court", "value": "BAL-0099/11"}]}


def search(browser: Visitor, text: str, *, status: int = 200) -> Page:
    """What comes of writing this into the box at the top of the queue."""
    form = browser.get("/queue").form("/search")
    return browser.post("/search", form.filled(q=text), status=status)


def address(browser: Visitor, text: str) -> str:
    form = browser.get("/queue").form("/search")
    answer: httpx.Response = browser.send("/search", form.filled(q=text))
    assert answer.status_code == 303
    return answer.headers["location"]


def test_one_exact_hit_leads_to_the_case(office: Office, enter: Enter) -> None:
    case_id = office.receive(**SENT_AS)
    office.receive(2)
    browser = enter("attorney1")

    for text in ("A000123456", "000-123-456", "0123456", "a000 123 456", "bal 0099-11", case_id):
        assert address(browser, text) == f"/cases/{case_id}", text


def test_a_name_is_found_from_its_first_letters(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    office.receive(2, respondent={"family_name": "Specimen"})
    browser = enter("attorney1")

    for text in ("Quillfeather", "QUILL", "quíll-feather", "qui", "  quillf "):
        page = search(browser, text)
        assert f"/cases/{case_id}" in page.links
        assert "One case is found." in page.words
        assert "Specimen" not in page.words


def test_an_a_number_that_somebody_sends_as_their_own_is_found_and_not_shown(office: Office, enter: Enter) -> None:
    case_id = office.receive(subject="000-123-456", identifiers=[{"scheme": "dhs", "value": "DHS/000123456/7"}])
    browser = enter("attorney1")

    assert address(browser, "DHS 000123456 7") == f"/cases/{case_id}"
    for page in (browser.get(f"/cases/{case_id}"), search(browser, "quill"), browser.get("/queue")):
        assert "000123456" not in page.text.replace("-", "")


def test_the_sender_s_number_is_kept_shown_and_found(office: Office, enter: Enter) -> None:
    case_id = office.receive(subject="CMS-2011-77")
    office.receive(subject="OPLA 5")
    browser = enter("attorney1")

    assert "CMS-2011-77" in browser.get("/queue").words
    page = search(browser, "opla5")

    assert "CMS-2011-77" in page.words
    assert "OPLA 5" in page.words
    assert "Sender's case number" in page.words
    assert address(browser, "cms 2011 77") == f"/cases/{case_id}"


def test_cases_of_other_offices_are_never_found(office: Office, enter: Enter) -> None:
    case_id = office.receive(subject="CMS-1", office="DEN", **SENT_AS)
    browser = enter("attorney1")
    for text in ("Quillfeather", "A000123456", case_id, "CMS-1", "BAL-0099/11"):
        page = search(browser, text)
        assert "No case in your office (BAL) is found" in page.words
        assert not [link for link in page.links if link.startswith("/cases/")]

    for subject in ("attorney3", "auditor1"):
        browser = enter(subject)
        assert address(browser, "A000123456") == f"/cases/{case_id}"
        assert f"/cases/{case_id}" in search(browser, "Quillfeather").links


def test_the_case_s_own_office_counts_whatever_it_is_found_by(office: Office, enter: Enter) -> None:
    office.receive(**SENT_AS)
    office.receive(2)
    browser = enter("attorney1")
    office.database.write_now(lambda c: c.execute(update(cases).values(office="DEN")).close())

    for text in ("Quillfeather", "BAL-0099/11"):
        page = search(browser, text)
        assert "No case in your office (BAL) is found" in page.words
        assert not [link for link in page.links if link.startswith("/cases/")]


def test_a_case_that_moves_is_found_where_it_is_now(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    office.receive(office="DEN", respondent={"family_name": "Newname"})

    before, now = enter("attorney1"), enter("attorney3")
    for text in ("Quillfeather", "Newname"):
        assert "No case" in search(before, text).words
    assert f"/cases/{case_id}" in search(now, "Newname").links
    assert "No case" in search(now, "Quillfeather").words


def test_what_is_looked_for_stands_in_no_address_log_or_measure(
    office: Office, enter: Enter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office.receive()
    office.receive(2)
    browser = enter("attorney1")

    found = address(browser, "Quillfeather")
    search(browser, "A000999999")
    browser.get(found)
    browser.get(f"{found}x", status=404)

    logged = "\n".join(f"{each.getMessage()} {each.__dict__}" for each in caplog.records)
    told = found + logged + browser.client.get("/metrics").text
    for canary in (*CANARIES, "quillfeather", "999999"):
        assert canary not in told
    assert found != address(browser, "Quillfeather")
    assert len(found) == len(address(browser, "Li"))


def test_an_address_opens_for_whoever_searched_alone(office: Office, enter: Enter) -> None:
    office.receive()
    found = address(enter("attorney1"), "Quillfeather")

    page = enter("attorney2").get(found, status=404)

    assert "Quillfeather" not in page.text
    assert "Write again what you look for" in page.words


def test_an_empty_text_is_asked_for_again(enter: Enter) -> None:
    browser = enter("attorney1")
    for text in ("", "   ", "\u200b"):
        page = search(browser, text, status=422)
        assert "Write a family name, an A-number, a case id or the sender's case number" in page.words
    assert "no name or number is as long" in search(browser, "x" * 1001, status=422).words


def test_nothing_found_says_what_to_write_instead(office: Office, enter: Enter) -> None:
    office.receive()
    browser = enter("attorney1")
    for text, hint in (
        ("12345", "An A-number has 7 to 9 digits"),
        ("A0001234567", "An A-number has 7 to 9 digits"),
        ("A000999999", "each digit of the A-number"),
        ("qu", "Fewer than three letters find whole names only"),
        ("Ottoline", "Only the family name is searched"),
    ):
        page = search(browser, text)
        assert hint in page.words
        assert page.form("/search").value("q") == text


def test_many_are_paged_exact_names_first(office: Office, enter: Enter) -> None:
    office.judging.clear()
    longer = [office.receive(number, respondent={"family_name": "Limber"}) for number in range(1, 27)]
    exact = office.receive(99, respondent={"family_name": "Lim"})
    office.judging.set()
    browser = enter("attorney1")

    first = search(browser, "lim")
    second = browser.get(next(link for link in first.links if "page=2" in link))

    listed = [link for page in (first, second) for link in page.links if link.startswith("/cases/")]
    assert listed[0] == f"/cases/{exact}"
    assert sorted(listed[1:]) == sorted(f"/cases/{each}" for each in longer)
    assert "Showing 26–27 of 27 cases" in second.words


def test_the_page_says_while_older_cases_are_not_searchable_yet(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    browser = enter("attorney1")
    assert "still being made searchable" not in search(browser, "Quillfeather").words
    office.database.write_now(lambda c: remember(c, "found_by_to", "c_80000000000000000000"))

    assert "about 50 % are done" in search(browser, "Quillfeather").words
    assert address(browser, "A000123456") == f"/cases/{case_id}"

    while office.database.write_now(lambda c: filling.fill_some(c, office.vault)):
        pass
    assert "still being made searchable" not in search(browser, "Quillfeather").words


def test_other_cases_of_the_same_person_are_on_the_case_s_page(office: Office, enter: Enter) -> None:
    first = office.receive()
    second = office.receive(nta={"date": "2011-01-02"})
    elsewhere = office.receive(nta={"date": "2011-03-04"}, office="DEN")
    stranger = office.receive(2)

    browser = enter("attorney1")
    page = browser.get(f"/cases/{first}")

    assert f"/cases/{second}" in page.links
    assert "Notice to appear of 2 Jan 2011" in page.words
    assert not {f"/cases/{elsewhere}", f"/cases/{stranger}"} & set(page.links)
    assert "Other cases of the same person" not in browser.get(f"/cases/{stranger}").words


def test_who_sees_no_cases_searches_for_none(enter: Enter) -> None:
    ops = enter("ops1")
    assert "/search" not in {form.action for form in ops.get("/").forms}
    ops.get("/search", status=403)
