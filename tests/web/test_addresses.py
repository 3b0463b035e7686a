"""No address, query, header or field makes the application fail, on either database."""

from __future__ import annotations

import httpx
import pytest
from pydantic import SecretStr

from secondlook.settings import Settings
from tests.conftest import new_postgres_database
from tests.web.conftest import Enter
from tests.web.office import KEYS, Office

MACHINES = ["/events", "/healthz", "/readyz", "/metrics", "/openapi.json"]
ODD = [
    "%00",
    "a%00b",
    "%ed%a0%80",
    "%ff",
    "%e2%80%ae",
    "%0a",
    "x" * 10_000,
    "'",
    "%25",
    "..",
    "c_1%2f2",
    "%f0%9f%98%80",
]
PAGES = ["/", "/queue", "/escalated", "/sign-in", "/sign-in/callback", "/signed-out"]
FIELDS = ["office", "lane", "stage", "sort", "page", "after", "before", "next", "outcome", "code", "state", "error"]


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "sqlite":
        return settings
    url = new_postgres_database(request.getfixturevalue("postgres_server"))
    return settings.model_copy(update={"database_url": SecretStr(url), "encryption_keys": SecretStr(KEYS)})


def test_odd_addresses_and_queries_are_refused_and_never_fail(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    auditor = enter("auditor1").client

    for odd in ODD:
        answers = [auditor.get(f"/cases/{odd}"), auditor.get(f"/{odd}/x"), auditor.get(f"/static/{odd}")]
        assert {answer.status_code for answer in answers} <= {404, 200, 303}, odd
        assert answers[0].status_code in (404, 200)
        for address in [*PAGES, f"/cases/{case_id}"]:
            query = "&".join(f"{field}={odd[:5000]}" for field in FIELDS)
            answer = auditor.get(f"{address}?{query}", follow_redirects=False)
            assert answer.status_code < 500, f"{address} {odd}"
        for field in FIELDS:
            assert auditor.get(f"/queue?{field}={odd}").status_code in (200, 422), f"{field} {odd}"


def test_odd_fields_are_refused_and_never_fail(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    form = attorney.get(f"/cases/{case_id}").form("/review")
    token = form.value("csrf_token")

    for odd in ODD:
        for name in ("action", "reasons", "rationale", "finding.A-02", "finding.%00", "case_version", odd):
            body = f"csrf_token={token}&case_version=1&action=close&reasons=family_ties&rationale=x&{name}={odd}"
            for act in ("review", "concurrence", "withdrawal"):
                sent = httpx.Headers({"Content-Type": "application/x-www-form-urlencoded"})
                answer = attorney.client.post(f"/cases/{case_id}/{act}", content=body, headers=sent)
                assert answer.status_code < 500, f"{act} {name} {odd}"
        answer = attorney.client.post(f"/cases/{odd}/review", content=f"csrf_token={token}")
        assert answer.status_code in (404, 405), odd
    assert attorney.client.post("/sign-out", content="csrf_token=%00").status_code == 403


@pytest.mark.parametrize("host", ["[", "[::1", "a b", "%00", "x" * 5000, "\u00e9", ""])
def test_odd_hosts_never_fail(office: Office, enter: Enter, host: str) -> None:
    client = enter("attorney1").client

    for address in ("/queue", "/nothing", "/healthz", "/sign-in"):
        assert client.get(address, headers={"Host": host.encode()}).status_code < 500


@pytest.mark.parametrize("address", [*MACHINES, "/events/", "/healthz/x"])
@pytest.mark.parametrize("method", ["OPTIONS", "DELETE", "PUT", "GET", "POST", "TRACE", "BREW"])
def test_machines_get_problem_details(office: Office, visitor, address: str, method: str) -> None:
    answer = visitor().client.request(method, address)

    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
    if answer.status_code == 405:
        assert answer.headers["Allow"] == ("POST" if address == "/events" else "GET, HEAD")
    if method == "OPTIONS":
        assert answer.status_code == (405 if address in MACHINES else 404)


def test_an_odd_query_at_a_machines_address_is_problem_details(office: Office, visitor) -> None:
    answer = visitor().client.get("/readyz?a=%00")

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")


def test_head_is_answered_as_get_is_without_a_body(office: Office, enter: Enter) -> None:
    client = enter("attorney1").client
    case_id = office.receive()

    for address in [*MACHINES[1:], *PAGES, f"/cases/{case_id}", "/nothing", "/cases/c_nothing"]:
        got = client.get(address, follow_redirects=False)
        head = client.head(address, follow_redirects=False)
        assert head.status_code == got.status_code, address
        assert head.content == b""
        if address != "/metrics":
            assert head.headers["Content-Length"] == got.headers["Content-Length"], address
    assert client.head("/events").status_code == 405
    assert client.head(f"/cases/{case_id}/review", follow_redirects=False).status_code == 303


def test_an_act_s_address_leads_to_the_page_that_the_act_stands_on(office: Office, enter: Enter) -> None:
    client = enter("supervisor1").client
    case_id = office.receive()

    for address, page in (
        (f"/cases/{case_id}/review", f"/cases/{case_id}"),
        (f"/cases/{case_id}/a-number", f"/cases/{case_id}"),
        (f"/cases/{case_id}/hold?a=1", f"/cases/{case_id}"),
        ("/queue/next", "/queue"),
        ("/sign-out", "/"),
    ):
        answer = client.get(address, follow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, page), address
    assert client.put(f"/cases/{case_id}/review").status_code == 405
