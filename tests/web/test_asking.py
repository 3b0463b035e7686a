"""Asking for facts: from the boxes of the form to the systems that are asked, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from secondlook.web.asking.form import Ask, asks_in
from secondlook.web.sessions import PostedForm
from tests.web.conftest import Enter
from tests.web.office import CANARIES, Office, Visitor

TOKEN = {"Authorization": "Bearer a-token-for-tests"}
SENDER, COUNSEL = "The system that sent the case", "The respondent or counsel"
DUE = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
WHY = {"action": "need_facts", "reasons": ["long_presence"], "rationale": "The file does not say, and it would matter."}


def ask(attorney: Visitor, case_id: str, *asks: tuple[str, str, str], status: int = 303) -> str:
    """Ask for facts by the form; the words of the page that comes back where it is not taken."""
    form = attorney.get(f"/cases/{case_id}").form("/review")
    facts, of, due = (list(each) for each in zip(*asks, strict=True))
    answer = attorney.decide(form.action, form.filled(**WHY, **{"ask.fact": facts, "ask.from": of, "ask.due": due}))
    assert answer.status_code == status, answer.text
    return answer.text


def requests(visitor: Visitor, after: str = "") -> dict[str, object]:
    answer = visitor.client.get("/requests", params={"after": after} if after else {}, headers=TOKEN)
    assert answer.status_code == 200
    assert not any(canary in answer.text for canary in CANARIES)
    return answer.json()  # type: ignore[no-any-return]


def send(visitor: Visitor, number: int, case_id: str, facts: dict[str, object]) -> None:
    event = {
        "specversion": "1.0",
        "source": "urn:sender",
        "id": str(number),
        "type": "secondlook.case.facts-updated.v1",
    }
    headers = {"Content-Type": "application/cloudevents+json", **TOKEN}
    content = json.dumps({**event, "data": {"case": case_id, "facts": facts}})
    assert visitor.client.post("/events", content=content, headers=headers).status_code == 202


def test_what_is_asked_for_reaches_who_is_asked_and_the_answer_comes_back(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    ask(
        attorney,
        case_id,
        ("prior_removals", SENDER, DUE),
        ("gang_member", SENDER, DUE),
        ("military_service", COUNSEL, DUE),
    )
    assert office.stage(case_id) == "awaiting_facts"

    told = requests(attorney)
    first, second = told["requests"]  # type: ignore[misc]
    assert first == {
        "id": first["id"],
        "case": case_id,
        "subject": None,
        "office": "BAL",
        "addressee": SENDER,
        "facts": ["prior_removals", "gang_member"],
        "due": DUE,
        "state": "open",
        "answered": [],
    }
    assert (second["addressee"], second["facts"]) == (COUNSEL, ["military_service"])
    page = attorney.get(f"/cases/{case_id}")
    assert f"Previous removals, Gang member. Asked of: {SENDER}. Due " in page.words

    send(attorney, 1, case_id, {"prior_removals": 0})
    office.until_judged(case_id)
    assert office.stage(case_id) == "attorney_review"
    page = attorney.get(f"/cases/{case_id}")
    assert f"Gang member. Asked of: {SENDER}" in page.words
    assert "Already answered: Previous removals" in page.words
    partly = requests(attorney, str(told["next"]))
    assert [(each["id"], each["state"], each["answered"]) for each in partly["requests"]] == [  # type: ignore[attr-defined]
        (first["id"], "open", ["prior_removals"])
    ]

    send(attorney, 2, case_id, {"gang_member": {"unknown": "no_source"}, "military_service": "none"})
    office.until_judged(case_id)
    rest = requests(attorney, str(partly["next"]))
    assert [each["state"] for each in rest["requests"]] == ["answered", "answered"]  # type: ignore[attr-defined]
    assert requests(attorney, str(rest["next"])) == {"requests": [], "next": rest["next"]}
    assert "not there yet" not in attorney.get(f"/cases/{case_id}").words


def test_the_history_and_the_confirm_page_say_what_is_asked_of_whom(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    asked = {"ask.fact": ["prior_removals"], "ask.from": [COUNSEL], "ask.due": [DUE]}

    page = attorney.post(form.action, form.filled(**WHY, **asked))
    assert f"Ask for: Previous removals{COUNSEL}, due " in page.words
    again = page.form("/review")
    attorney.send(again.action, again.fields)

    assert f"Asked for: Previous removals{COUNSEL}, due " in attorney.get(f"/cases/{case_id}").words


def test_who_names_no_fact_is_told_that_nobody_is_asked(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")

    page = attorney.post(form.action, form.filled(**WHY))

    assert "nobody outside is asked" in page.words


def test_an_ask_without_an_addressee_of_the_office_or_a_day_to_come_is_not_taken(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    far = (datetime.now(UTC).date() + timedelta(days=400)).isoformat()

    for of, due in (
        ("Somebody", DUE),
        ("", DUE),
        (SENDER, ""),
        (SENDER, "2010-01-01"),
        (SENDER, far),
        (SENDER, "soon"),
    ):
        page = ask(attorney, case_id, ("prior_removals", of, due), status=422)

        assert "Choose for each fact whom to ask, and a day to come within a year" in page
        assert 'value="prior_removals" form="your-review" checked' in page
    assert office.stage(case_id) == "attorney_review"


def test_a_box_stands_once_where_an_open_criterion_misses_a_fact(office: Office, enter: Enter) -> None:
    first_arrival = {"first_arrival_date": "1994-08-11"}
    page = enter("attorney1").get(f"/cases/{office.receive(facts=first_arrival)}")

    choices = page.form("/review").choices
    assert ("ask.fact", "prior_removals") in choices
    assert ("ask.fact", "first_arrival_date") not in choices, "it is known"
    assert page.words.count("Ask for this: Date of birth") == 1, "several criteria miss it"
    assert page.words.partition("Ask for this: Previous removals")[0].endswith("Ask for what A-08 misses ")
    first = page.text.partition('name="ask.fact" value="')[2].partition('"')[0]
    assert f"#ask-{first}" in page.links


def test_boxes_that_are_ticked_beside_another_action_are_said_to_count_for_nothing(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    asked = {"ask.fact": ["prior_removals"], "ask.from": [COUNSEL], "ask.due": [DUE]}

    page = attorney.post(form.action, form.filled(**{**WHY, "action": "close"}, **asked))
    assert "With this action nobody is asked for them." in page.words
    again = page.form("/review")
    attorney.send(again.action, again.fields)

    assert office.stage(case_id) == "held"
    assert requests(attorney)["requests"] == []


def test_what_is_still_open_is_ticked_in_the_next_review(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    ask(attorney, case_id, ("prior_removals", SENDER, DUE), ("military_service", COUNSEL, DUE))

    office.update_facts(case_id, prior_removals=0)

    fields = attorney.get(f"/cases/{case_id}").form("/review").fields
    assert [value for name, value in fields if name == "ask.fact"] == ["military_service"]


def test_protected_facts_are_asked_for_on_the_case_and_never_outside(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney, auditor = enter("attorney1"), enter("auditor1")

    ask(attorney, case_id, ("victim_of", COUNSEL, DUE), ("military_service", COUNSEL, DUE))

    (told,) = requests(attorney)["requests"]  # type: ignore[misc]
    assert told["facts"] == ["military_service"]
    asked = attorney.get(f"/cases/{case_id}").words.partition("not there yet")[2].partition("On this page")[0]
    assert "Victim" in asked
    assert "Victim" not in auditor.get(f"/cases/{case_id}").words.partition("not there yet")[2].partition("History")[0]


def test_requests_are_for_who_has_the_token(office: Office, enter: Enter) -> None:
    client = enter("attorney1").client

    assert client.get("/requests").status_code == 401
    assert client.get("/requests", headers={"Authorization": "Bearer another"}).status_code == 401
    for cursor in ("x", "1", "-1.2", "1.2.3", "1.99999999999999999999"):
        refused = client.get("/requests", params={"after": cursor}, headers=TOKEN)
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")


ROWS = [("ask.fact", "a"), ("ask.from", "X"), ("ask.due", "1"), ("ask.from", "Y"), ("ask.due", "2")]


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ([], []),
        (ROWS, ["aX1"]),
        (ROWS[1:], []),
        ([*ROWS[1:3], ("ask.fact", "b"), *ROWS[3:]], ["bY2"]),
        ([*ROWS[:3], ("ask.fact", "b"), *ROWS[3:]], ["aX1", "bY2"]),
        ([("ask.fact", "b"), *ROWS], ["bX1", "aX1"]),
        ([*ROWS, ("ask.fact", "b")], ["aX1", "b"]),
        (sorted([*ROWS, ("ask.fact", "b")], key=lambda each: each[0] != "ask.fact")[:2], ["a", "b"]),
        (
            [
                (n, v)
                for name in ("ask.fact", "ask.from", "ask.due")
                for n, v in [*ROWS, ("ask.fact", "b")]
                if n == name
            ],
            ["aX1", "bY2"],
        ),
        ([("ask.from", "X"), ("ask.due", "1"), ("ask.fact", "a"), ("ask.fact", "b")], ["aX1", "bX1"]),
        ([("ask.fact", "a"), ("ask.fact", "a"), ("ask.from", "X"), ("ask.due", "1")], ["aX1"]),
    ],
)
def test_each_fact_is_asked_of_whom_stands_beside_it(sent: list[tuple[str, str]], asked: list[str]) -> None:
    found = asks_in(PostedForm(tuple(sent)))

    assert [f"{each.fact}{each.of}{each.due}" for each in found] == asked
    assert all(isinstance(each, Ask) for each in found)
