"""Documents of a case's file: links that open where the sender keeps them, beside the facts that point to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from secondlook.cases.documents import allow_hosts
from tests.web.conftest import Enter
from tests.web.office import KNOWN, Office, Visitor, case_data

ADDRESS = "https://files.example/f/17?part=2"
FILE = {"id": "d-1", "title": "Rap sheet", "date": "2011-11", "kind": "record", "address": ADDRESS, "pages": 12}
PETITION = {"id": "d-2", "title": "Petition of a battered spouse", "address": "https://files.example/f/18"}
CONVICTIONS = {"value": [{"grade": "misdemeanor", "offense": "dui"}], "source": "fbi", "document": "d-1", "page": 3}


@pytest.fixture(autouse=True)
def hosts() -> Iterator[None]:
    allow_hosts(frozenset({"files.example"}))
    yield
    allow_hosts(frozenset())


def test_a_fact_leads_to_its_document_and_the_document_to_its_facts(office: Office, enter: Enter) -> None:
    case_id = office.receive(documents=[FILE], facts={**KNOWN, "convictions": CONVICTIONS})

    page = enter("attorney1").get(f"/cases/{case_id}")

    facts = page.words.partition("Known facts")[2].partition("What is unknown")[0]
    assert "Rap sheet, page 3" in facts
    assert page.links.count(ADDRESS) >= 2, "beside the fact, and in the list"
    assert page.text.count(f'href="{ADDRESS}" rel="noreferrer"') == page.text.count(f'href="{ADDRESS}"')
    assert "target=" not in page.text
    listed = page.words.partition("They open in the system")[2]
    assert "Rap sheet, record, Nov 2011, 12 pages" in listed
    assert "#fact-convictions" in page.links


def test_documents_to_which_no_fact_points_are_folded_below_the_others(office: Office, enter: Enter) -> None:
    more = [{"id": f"m-{number}", "title": f"Letter {number}"} for number in range(1, 200)]
    case_id = office.receive(documents=[*more, FILE], facts={"convictions": CONVICTIONS})

    page = enter("attorney1").get(f"/cases/{case_id}")

    listed = page.words.partition("They open in the system")[2]
    assert listed.index("Rap sheet") < listed.index("199 to which no fact points") < listed.index("Letter 1")


def test_a_case_without_documents_says_nothing_of_any(office: Office, enter: Enter) -> None:
    page = enter("attorney1").get(f"/cases/{office.receive()}")

    assert "#documents" not in page.links


def test_what_changed_names_the_document_of_the_newer_fact(office: Office, enter: Enter) -> None:
    case_id = office.receive(documents=[FILE])
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    office.update_facts(case_id, prior_removals={"value": 1, "document": "d-1", "page": 9})

    stale = attorney.post(form.action, form.filled(action="close", reasons=["family_ties"], rationale="x"), status=409)

    changed = stale.words.partition("Before and now")[2].partition("Previous removals")[2]
    assert "Rap sheet, page 9" in changed[:200]


def test_documents_and_what_points_to_them_are_kept_through_further_receipts(office: Office, enter: Enter) -> None:
    case_id = office.receive(documents=[FILE], facts={"convictions": CONVICTIONS})
    more = {"id": "d-3", "title": "School record", "address": "https://files.example/f/19"}
    found = {"value": [{"grade": "infraction"}], "coverage": "partial", "document": "d-3"}
    office.receive(documents=[more], facts={"convictions": found})

    page = enter("attorney1").get(f"/cases/{case_id}")

    convictions = page.words.partition("Known facts")[2].partition("What is unknown")[0]
    assert "Rap sheet, page 3" in convictions
    assert "School record" in convictions


def test_a_host_that_is_not_allowed_any_more_is_no_link(office: Office, enter: Enter) -> None:
    case_id = office.receive(documents=[FILE], facts={"convictions": CONVICTIONS})
    allow_hosts(frozenset({"other.example"}))

    page = enter("attorney1").get(f"/cases/{case_id}")

    assert "Rap sheet" in page.words
    assert "files.example" not in page.text


def test_a_document_that_the_case_does_not_list_is_named_and_no_link(office: Office, enter: Enter) -> None:
    case_id = office.receive(facts={"convictions": CONVICTIONS})

    assert "Document d-1, which the case does not list, page 3" in enter("attorney1").get(f"/cases/{case_id}").words


def test_what_a_protected_fact_points_to_is_shown_to_who_may_decide_alone(office: Office, enter: Enter) -> None:
    victim = {"value": ["domestic_violence"], "document": "d-2"}
    facts = {
        "convictions": CONVICTIONS,
        "victim_of": victim,
        "education": {"value": {"enrolled": True}, "document": "d-2"},
    }
    case_id = office.receive(documents=[FILE, PETITION], facts=facts)

    attorney, auditor = (enter(who).get(f"/cases/{case_id}") for who in ("attorney1", "auditor1"))

    assert "Petition of a battered spouse" in attorney.words
    assert "Rap sheet" in auditor.words
    assert "Petition" not in auditor.text and "d-2" not in auditor.text and PETITION["address"] not in auditor.text


ELSEWHERE = (
    "https://elsewhere.example/f/17",
    "http://files.example/f/17",
    "https://files.example.evil.example/f",
    "https://files.example@evil.example/f",
    "https://files.example:8443/f",
    "javascript:alert(1)",
    "//files.example/f",
    "https://files.example\\@evil.example/",
    "https://files.example/\u202egpj",
)


def test_another_host_is_refused_at_the_door_with_its_place_and_without_its_address(
    visitor: Callable[[], Visitor],
) -> None:
    documents = [FILE, *({**FILE, "address": address} for address in ELSEWHERE)]
    event = {
        "specversion": "1.0",
        "source": "urn:sender",
        "id": "1",
        "type": "secondlook.case.received.v1",
        "data": case_data(documents=documents),
    }
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": "Bearer a-token-for-tests"}

    answer = visitor().client.post("/events", content=json.dumps(event), headers=headers)

    assert answer.status_code == 422
    problems = answer.json()["refused"][0]["problems"]
    assert [each["place"] for each in problems] == [f"data.documents[{n}].address" for n in range(1, len(documents))]
    assert not any(part in answer.text for part in ("evil", "elsewhere", "javascript", "8443"))
