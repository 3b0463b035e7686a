"""In a share of cases the lane stays hidden until an attorney has said what they would do."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from secondlook.records.encryption import Vault
from secondlook.records.schema import first_views
from secondlook.records.work.first_views import is_hidden
from secondlook.settings import Settings
from secondlook.web.app import create_app
from tests.web.conftest import Enter
from tests.web.office import Office, Visitor

TELLS = ("Facts missing", "matters for the lane", "Possible lanes", "The lane depends on", "List A: Pursue")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"lane_hidden_percent": 100.0})


def views(office: Office) -> list[tuple[str, int, str]]:
    query = select(first_views.c.person, first_views.c.round, first_views.c.action)
    return office.database.read_now(lambda connection: [tuple(row) for row in connection.execute(query)])


def test_the_lane_is_shown_once_a_view_is_saved_and_to_its_author_alone(office: Office, enter: Enter) -> None:
    case_id = office.receive(1, facts={})
    first, second = enter("attorney1"), enter("attorney2")
    page = first.get(f"/cases/{case_id}")
    assert not [each for each in TELLS if each in page.words]
    form = page.form("/review")

    unsaid = first.post(f"/cases/{case_id}/first-view", form.filled(rationale="So far."), status=422)
    assert "Choose what you would do" in unsaid.words
    assert unsaid.form("/review").value("rationale") == "So far."
    page = first.post(f"/cases/{case_id}/first-view", form.filled(action="close", rationale="So far."))

    assert [each for each in TELLS if each not in page.words] == []
    assert page.form("/review").value("rationale") == "So far.", "what was typed is not lost"
    assert not [each for each in TELLS if each in second.get(f"/cases/{case_id}").words]
    assert views(office) == [("attorney1", 1, "close")]


def test_a_review_that_is_played_back_says_a_view_and_a_later_one_does_not_replace_it(
    office: Office, enter: Enter
) -> None:
    case_id = office.receive(1, facts={})
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    review = {"reasons": ["education"], "rationale": "In school."}

    attorney.post(form.action, form.filled(action="dismiss", **review))
    attorney.decide(form.action, form.filled(action="continue", **review))

    assert views(office) == [("attorney1", 1, "dismiss")]
    assert office.stage(case_id) == "held"
    assert "Facts missing" in enter("supervisor1").get(f"/cases/{case_id}").words, "whoever answers it sees the lane"


def test_the_share_is_drawn_by_case_and_round_and_is_as_large_as_the_office_wants() -> None:
    vault = Vault({"test": bytes(32)})

    drawn = [(case, n) for case in range(500) for n in (1, 2) if is_hidden(vault, f"c_{case}", n, 0.05)]

    assert 25 <= len(drawn) <= 80
    assert drawn == [(case, n) for case in range(500) for n in (1, 2) if is_hidden(vault, f"c_{case}", n, 0.05)]
    assert {n for _, n in drawn} == {1, 2}
    assert not any(is_hidden(vault, f"c_{case}", 1, 0) for case in range(500))


def test_an_office_may_hide_no_lane(office: Office, tmp_path) -> None:
    file = tmp_path / "offices.yaml"
    file.write_text("BAL: {lane_hidden_percent: 0}\n")
    case_id = office.receive(1, facts={})
    with TestClient(
        create_app(office.settings.model_copy(update={"offices_file": file})), base_url="http://127.0.0.1"
    ) as client:
        attorney = Visitor(client)
        attorney.sign_in("attorney1")

        assert "Facts missing" in attorney.get(f"/cases/{case_id}").words
