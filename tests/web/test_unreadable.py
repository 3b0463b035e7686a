"""One row that cannot be read takes no page from anybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from secondlook.records.audit import append_web_act
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases, inbox, screenings
from secondlook.records.status import count
from tests.web.conftest import Enter
from tests.web.office import Office
from tests.web.test_review import REVIEW

ANOTHER_KEY = Vault({"k9": b"9" * 32})


def damage(office: Office, case_id: str) -> None:
    """One byte of what is sealed is another."""

    def change(connection) -> None:
        sealed = connection.execute(select(cases.c.identity).where(cases.c.id == case_id)).scalar_one()
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        connection.execute(update(cases).where(cases.c.id == case_id).values(identity=changed, escalated=True))

    office.database.write_now(change)


def seal_elsewhere(office: Office, case_id: str) -> None:
    """What is sealed was sealed by a host with another key."""
    sealed = {
        name: ANOTHER_KEY.seal({"a_number": "A000999999"}, f"cases.{name}/{case_id}") for name in ("identity", "facts")
    }

    def change(connection) -> None:
        connection.execute(update(cases).where(cases.c.id == case_id).values(**sealed, escalated=True))
        connection.execute(
            update(inbox).where(inbox.c.case_id == case_id).values(content=ANOTHER_KEY.seal({}, "inbox/x"))
        )
        connection.execute(
            update(screenings).where(screenings.c.case_id == case_id).values(result=ANOTHER_KEY.seal({}, "x"))
        )

    office.database.write_now(change)


def make_newer(office: Office, case_id: str) -> None:
    """A newer release has been here: stage, lane, state, kind of entry, fact and result that this one does not know."""

    def change(connection) -> None:
        state = json.loads(connection.execute(select(cases.c.state).where(cases.c.id == case_id)).scalar_one())
        written = json.dumps({**state, "stage": "oath", "lane": "sideways"})
        facts = office.vault.seal({"shoe_size": 43}, f"cases.facts/{case_id}")
        connection.execute(
            update(cases)
            .where(cases.c.id == case_id)
            .values(state=written, stage="oath", lane="sideways", facts=facts, escalated=True)
        )
        entered = {"from": "review", "stage": "oath", "lane": "sideways"}
        append_web_act(connection, office.vault, case_id, datetime.now(UTC), "sworn", "judge1", entered)
        for version, result in connection.execute(
            select(screenings.c.version, screenings.c.result).where(screenings.c.case_id == case_id)
        ).all():
            name = f"screenings/{case_id}/{version}"
            screening = office.vault.open(result, name)
            assert isinstance(screening, dict)
            newer = {**screening, "ruleset": "opla-2031-01-01", "lane": "sideways", "possible_lanes": ["sideways"]}
            newer["criteria"] = [{**each, "result": "perhaps"} for each in screening["criteria"]]
            newer["open_questions"] = ["shoe_size"]
            connection.execute(
                update(screenings).where(screenings.c.case_id == case_id).values(result=office.vault.seal(newer, name))
            )

    office.database.write_now(change)


@pytest.mark.parametrize("happen", [damage, seal_elsewhere, make_newer])
def test_the_row_says_so_and_the_rest_of_each_page_stands(
    office: Office, enter: Enter, happen: Callable[[Office, str], None]
) -> None:
    whole, other = office.receive(1), office.receive(2)
    happen(office, other)
    supervisor = enter("supervisor1")

    queue, escalated = supervisor.get("/queue"), supervisor.get("/escalated")
    page = supervisor.get(f"/cases/{other}")

    assert {f"/cases/{whole}", f"/cases/{other}"} <= set(queue.links)
    assert f"/cases/{other}" in escalated.links
    if happen is make_newer:
        assert "In a stage that this release does not know" in queue.words
        assert "In a lane that this release does not know" in queue.words
        assert "Something was recorded that this release does not know" in page.words
        assert "1 fact that this release does not know" in page.words
        assert "Where the case stands cannot be shown" in page.words
        assert f"/cases/{other}" in supervisor.get("/queue?stage=oath").links
        assert f"/cases/{other}" in supervisor.get("/queue?lane=sideways").links
    else:
        assert queue.words.count("This row cannot be shown") == escalated.words.count("This row cannot be shown") == 1
        assert "The respondent and the proceeding cannot be shown: it is damaged, or sealed under a key" in page.words
    assert "it is not decided here" in page.words
    assert not page.has_form("/review")
    assert supervisor.get(f"/cases/{whole}").has_form("/review")


def test_what_cannot_be_shown_is_counted_and_the_process_stays_ready(office: Office, enter: Enter) -> None:
    damage(office, office.receive())
    attorney = enter("attorney1")

    before = counted(attorney)
    attorney.get("/queue")

    assert counted(attorney) == before + 1
    assert attorney.client.get("/readyz").status_code == 200


@pytest.mark.parametrize("address", ["/queue", "/escalated", "/cases/{}"])
def test_what_cannot_be_opened_is_known_to_whoever_asks_what_is_stuck(
    office: Office, enter: Enter, address: str
) -> None:
    case_id = office.receive()
    supervisor = enter("supervisor1")
    whole = office.database.read_now(
        lambda connection: connection.execute(select(cases.c.identity).where(cases.c.id == case_id)).scalar_one()
    )
    damage(office, case_id)

    for _ in range(2):
        supervisor.get(address.format(case_id))

    later = datetime.now(UTC) + timedelta(minutes=5)
    known = office.database.read_now(lambda connection: count(connection, later)).stuck
    assert [(each.case_id, each.code) for each in known] == [(case_id, "cannot_be_shown")]
    mended = update(cases).where(cases.c.id == case_id).values(identity=whole)
    office.database.write_now(lambda connection: connection.execute(mended))
    supervisor.get(f"/cases/{case_id}")
    assert office.database.read_now(lambda connection: count(connection, later)).stuck == []


def counted(visitor) -> float:
    lines = visitor.client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("secondlook_unreadable_rows_total"))


@pytest.mark.parametrize("happen", [damage, seal_elsewhere, make_newer])
def test_a_form_that_comes_back_keeps_its_text_whatever_became_of_the_case(
    office: Office, enter: Enter, happen: Callable[[Office, str], None]
) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    happen(office, case_id)

    page = attorney.post(form.action, form.filled(**{**REVIEW, "action": ""}), status=422)

    assert REVIEW["rationale"] in page.text
    assert "What you sent, to copy" in page.words
