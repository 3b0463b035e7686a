"""The machines' side of the web process, its addresses, and its files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from secondlook.settings import Settings
from secondlook.web.app import create_app
from secondlook.web.pages import STATIC, asset
from secondlook.web.permissions import UndeclaredPermission, permissions
from tests.web.conftest import Enter
from tests.web.office import KEYS, Office, case_data

WEB = Path(__file__).parents[2] / "secondlook" / "web"
LIST = Path(__file__).with_name("route-list.json")


def test_no_address_appears_or_vanishes_unnoticed(tmp_path) -> None:
    app = create_app(Settings(data=tmp_path, encryption_keys=KEYS, intake_token="x", _env_file=None))

    assert permissions(app) == json.loads(LIST.read_text())
    app.state.record.database.close()


def test_a_view_that_does_not_say_who_may_come_in_does_not_start(tmp_path, monkeypatch) -> None:
    forgotten = APIRouter()
    forgotten.add_api_route("/forgotten", lambda: "open to all")
    monkeypatch.setattr("secondlook.web.app.SCREENS", (forgotten,))

    with pytest.raises(UndeclaredPermission, match="GET /forgotten"):
        create_app(Settings(data=tmp_path, encryption_keys=KEYS, intake_token="x", _env_file=None))


def test_events_come_in_at_the_door_and_reach_the_queue(office: Office, visitor) -> None:
    browser = visitor()
    event = {
        "specversion": "1.0",
        "source": "urn:sender",
        "id": "1",
        "type": "secondlook.case.received.v1",
        "data": case_data(),
    }
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": "Bearer a-token-for-tests"}

    answers = [browser.client.post("/events", content=json.dumps(event), headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == {"accepted": 1, "duplicate": 0, "refused": []}
    assert answers[1].json() == {"accepted": 0, "duplicate": 1, "refused": []}
    assert browser.client.post("/events", content="{}", headers={}).status_code == 401


def test_readiness_says_what_is_missing(tmp_path) -> None:
    settings = Settings(data=tmp_path, encryption_keys=KEYS, _env_file=None)

    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "database: the tables are not those of this release" in answer.json()["reasons"][0]


def test_a_ready_process_says_so_and_counts_its_answers_without_ids(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    case_id = office.receive()
    attorney.get(f"/cases/{case_id}")

    assert attorney.client.get("/readyz").json() == {"status": "ready", "reasons": []}
    metrics = attorney.client.get("/metrics").text
    assert 'secondlook_http_requests_total{method="GET",route="/cases/{case_id}",status="200"}' in metrics
    assert case_id not in metrics


def test_the_machine_interface_alone_is_described(office: Office, visitor) -> None:
    described = visitor().client.get("/openapi.json").json()

    assert set(described["paths"]) == {"/events", "/requests", "/healthz", "/readyz", "/metrics"}


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/nothing", "/static/other/app.css"])
def test_what_is_not_there_is_a_page(office: Office, visitor, address: str) -> None:
    assert visitor().get(address, status=404).heading == "Page not found"


def test_every_file_that_pages_name_is_there_and_is_kept_for_ever(office: Office, visitor) -> None:
    templates = "".join(path.read_text() for path in WEB.rglob("*.html"))
    named = set(re.findall(r"asset\('([^']+)'\)", templates))
    assert named
    client: httpx.Client = visitor().client

    for name in named:
        answer = client.get(asset(name))
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_style_sheet_comes_compressed_and_a_page_does_not(office: Office, enter: Enter) -> None:
    client = enter("attorney1").client

    sheet = client.get(asset("uswds/css/uswds.min.css"), headers={"Accept-Encoding": "gzip"})

    assert sheet.headers["Content-Encoding"] == "gzip"
    assert sheet.num_bytes_downloaded < 80_000
    assert "Content-Encoding" not in client.get("/queue", headers={"Accept-Encoding": "gzip"}).headers


def test_no_template_and_no_file_of_ours_names_another_host() -> None:
    for path in [*WEB.rglob("*.html"), STATIC / "app.css", STATIC / "app.js"]:
        assert not re.search(r"https?://|//[a-z]", path.read_text().replace("// ", "")), path.name
