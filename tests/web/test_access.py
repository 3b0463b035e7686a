"""Who sees what, who may do what, and the way in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from secondlook.settings import Settings
from secondlook.web.app import create_app
from secondlook.web.sign_in import local_path
from tests.web.conftest import Enter
from tests.web.office import KEYS, Office, Visitor
from tests.web.test_review import REVIEW


def test_a_page_asks_for_sign_in_and_leads_back_to_itself(office: Office, visitor: Callable[[], Visitor]) -> None:
    case_id = office.receive()
    browser = visitor()

    answer = browser.client.get("/queue?office=BAL&lane=mixed", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/queue%3Foffice%3DBAL%26lane%3Dmixed",
    )
    page = browser.sign_in("attorney1", f"/cases/{case_id}")
    assert page.has_form("/review")


def test_a_form_of_nobody_is_refused_with_a_page(office: Office, visitor: Callable[[], Visitor]) -> None:
    page = visitor().post(f"/cases/{office.receive()}/review", [("rationale", "Here since 1994.")], status=401)

    assert "nothing was recorded" in page.words


@pytest.mark.parametrize(
    "wanted",
    ["//elsewhere.test", "https://elsewhere.test/", "/\\elsewhere.test", "javascript:x", "", "/a\n/b", "/sign-in"],
)
def test_sign_in_never_leads_to_another_host(wanted: str) -> None:
    assert local_path(wanted) == "/"


def test_signing_out_ends_the_session(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    form = attorney.get("/queue").form("/sign-out")

    page = attorney.post(form.action, form.fields)

    assert page.heading == "You are signed out"
    assert attorney.client.get("/queue", follow_redirects=False).status_code == 303


def test_the_session_cookie_is_closed_to_scripts_and_to_other_sites(office: Office, visitor) -> None:
    answer = visitor().client.get("/sign-in", follow_redirects=False)

    assert "httponly; samesite=lax" in answer.headers["set-cookie"]


def test_a_provider_that_is_down_gives_a_page(tmp_path) -> None:
    settings = Settings(data=tmp_path, encryption_keys=KEYS, oidc_issuer="http://127.0.0.1:9", _env_file=None)

    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        page = Visitor(client).get("/sign-in", status=503)

    assert "The sign-in provider cannot be reached" in page.words


def test_a_case_of_another_office_is_the_same_as_no_case(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    stranger = enter("attorney3")

    theirs = stranger.get(f"/cases/{case_id}", status=404)
    nothing = stranger.get("/cases/c_nothing", status=404)
    fields = [("csrf_token", theirs.form("/sign-out").value("csrf_token"))]
    acts = [
        stranger.post(f"/cases/{case_id}/{act}", fields, status=404) for act in ("review", "concurrence", "a-number")
    ]

    assert {page.text for page in (nothing, *acts)} == {theirs.text}
    assert f"/cases/{case_id}" not in stranger.get("/queue").links
    assert f"/cases/{case_id}" not in stranger.get("/queue?office=BAL").links


def test_operators_see_no_case_data(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    operator = enter("ops1")

    assert "No case is shown here" in operator.get("/").words
    for address in ("/queue", "/escalated", f"/cases/{case_id}", "/cases/c_nothing"):
        assert "shows no case data" in operator.get(address, status=403).words


def test_auditors_read_every_office_and_change_nothing(office: Office, enter: Enter) -> None:
    here, there = office.receive(1), office.receive(2, office="DEN")
    auditor = enter("auditor1")

    queue = auditor.get("/queue")
    page = auditor.get(f"/cases/{there}")
    refused = auditor.post(f"/cases/{here}/review", [*page.form("/sign-out").fields], status=403)

    assert {f"/cases/{here}", f"/cases/{there}"} <= set(queue.links)
    assert not page.has_form("/review")
    assert "You may read this case" in page.words
    assert "takes no part in decisions" in refused.words


def test_the_a_number_is_masked_until_it_is_asked_for_and_that_is_recorded(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = attorney.get(f"/cases/{case_id}")
    assert "A000123456" not in page.text
    form = page.form("/a-number")

    shown = attorney.post(form.action, form.fields)

    assert "A000123456" in shown.words
    after = attorney.get(f"/cases/{case_id}")
    assert "A000123456" not in after.text
    assert "Attorney One had the full A-number shown" in after.words


def test_a_bug_gives_a_page_that_says_so(office: Office, visitor, monkeypatch) -> None:
    browser = visitor()
    browser.sign_in("attorney1")
    monkeypatch.setattr("secondlook.web.queue.routes.queue_view", lambda *_: 1 / 0)
    browser.client._transport.raise_server_exceptions = False

    assert browser.get("/queue", status=500).heading == "Something went wrong"


def test_a_record_that_cannot_be_read_gives_a_page(office: Office, enter: Enter, monkeypatch) -> None:
    from secondlook.records.database import DatabaseUnavailable

    def gone(*_args, **_named):
        raise DatabaseUnavailable("unreachable")

    attorney = enter("attorney1")
    monkeypatch.setattr("secondlook.web.queue.paging.queue", gone)

    assert "The record cannot be reached" in attorney.get("/queue", status=503).words


def test_supervisors_review_as_attorneys_do(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    supervisor = enter("supervisor1")
    form = supervisor.get(f"/cases/{case_id}").form("/review")

    assert supervisor.decide(form.action, form.filled(**REVIEW)).status_code == 303
