"""Who did what and when, as auditors and supervisors see it."""

from __future__ import annotations

from datetime import UTC, datetime

from secondlook.web.audit.kinds import unnamed
from tests.web.conftest import Enter
from tests.web.office import Office
from tests.web.test_supervision import decided


def test_auditors_see_who_did_what_and_when_without_what_the_case_holds(office: Office, enter: Enter) -> None:
    case_id, _ = decided(office, enter)

    page = enter("auditor1").get("/audit")

    assert f"Review Attorney One BAL Attorney review → Decision held {case_id}, entry 2" in page.words
    assert f"a sender BAL Being screened → Attorney review {case_id}, entry 1" in page.words
    assert "Quillfeather" not in page.text
    assert f"/cases/{case_id}" in page.links


def test_supervisors_see_their_offices_and_nobody_elses(office: Office, enter: Enter) -> None:
    here, there = office.receive(1), office.receive(2, office="CHI")
    supervisor = enter("supervisor1")

    for address in ("/audit", "/audit?office=CHI", "/audit?office=BAL&kind=received"):
        assert f"/cases/{there}" not in supervisor.get(address).links
    assert f"/cases/{here}" in supervisor.get("/audit?office=BAL&kind=received").links
    for subject in ("attorney1", "ops1"):
        enter(subject).get("/audit", status=403)


def test_the_address_filters_and_the_form_keeps_what_was_chosen(office: Office, enter: Enter) -> None:
    decided(office, enter)
    auditor = enter("auditor1")
    today = datetime.now(UTC).date().isoformat()

    mine = auditor.get(f"/audit?person=attorney1&office=BAL&kind=reviewed&from={today}&to={today}")
    nobody = auditor.get("/audit?person=somebody-else&to=2011-12-05")
    odd = auditor.get("/audit?from=yesterday", status=422)
    turned = auditor.get("/audit?from=2011-12-05&to=2011-12-04", status=422)

    assert "Case received" not in mine.words.partition("What became of it")[2]
    assert 'value="attorney1" selected' in mine.text
    assert f'name="from" value="{today}"' in mine.text
    assert "No entry matches" in nobody.words
    assert "Write each date as year, month and day" in odd.words
    assert "The first day is after the last one" in turned.words


def test_pages_lead_on_by_a_place_that_tells_nothing(office: Office, enter: Enter, monkeypatch) -> None:
    monkeypatch.setattr("secondlook.web.audit.routes.AT_ONCE", 2)
    ids = [office.receive(number) for number in range(5)]
    auditor = enter("auditor1")

    seen, page = [], auditor.get("/audit?kind=received")
    while True:
        seen += [link.removeprefix("/cases/") for link in page.links if link.startswith("/cases/")]
        older = [link for link in page.links if "older=" in link]
        if not older:
            break
        page = auditor.get(older[0])
    back = auditor.get(next(link for link in page.links if "newer=" in link))

    assert seen == ids[::-1]
    assert [link.removeprefix("/cases/") for link in back.links if link.startswith("/cases/")] == ids[::-1][2:4]
    assert auditor.get("/audit?older=1.2&newer=.c_1.").words.count("Case received") > 2


def test_every_kind_of_event_has_words() -> None:
    assert unnamed() == set()
