"""Sessions: over at sign-out, when idle, when too old, when ended or withdrawn; and roles that are read again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import oidc_provider_mock
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, select, update
from typer.testing import CliRunner
from werkzeug.serving import make_server

from secondlook.cli import app as command
from secondlook.records.schema import sessions
from secondlook.records.work.sessions import CHECK_AFTER, IDLE, LONGEST, STALE_AFTER
from secondlook.settings import Settings
from secondlook.web.app import create_app
from tests.web.conftest import Enter
from tests.web.office import Office, Visitor


def pass_time(office: Office, ago: timedelta, *columns: str) -> None:
    """Have all sessions be older."""

    def age(connection: Connection) -> None:
        for row in connection.execute(select(sessions)).all():
            older = {name: row._mapping[name] - ago for name in columns}
            connection.execute(update(sessions).where(sessions.c.id == row.id).values(**older))

    office.database.write_now(age)


def is_in(visitor: Visitor) -> bool:
    answer = visitor.client.get("/queue", follow_redirects=False)
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def test_a_cookie_that_was_copied_is_nobody_after_sign_out(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    attorney = enter("attorney1")
    page = attorney.get(f"/cases/{case_id}")
    copied = dict(attorney.client.cookies)
    attorney.post("/sign-out", page.form("/sign-out").fields)

    attorney.client.cookies.update(copied)

    assert not is_in(attorney)
    reveal = page.form("/a-number")
    assert "A000123456" not in attorney.post(reveal.action, reveal.fields, status=401).text


def test_half_an_hour_of_nothing_ends_a_session_and_polling_is_nothing(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    pass_time(office, IDLE - timedelta(minutes=1), "seen_at")
    polled = attorney.client.get("/session", headers={"X-Requested-With": "refresh"}).json()
    assert 0 < polled["seconds"] <= 60
    assert is_in(attorney), "it was not over yet"
    assert attorney.client.get("/session", headers={"X-Requested-With": "refresh"}).json()["seconds"] > 1700

    pass_time(office, IDLE + timedelta(seconds=1), "seen_at")
    assert not is_in(attorney)


def test_whoever_says_that_they_are_there_stays(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    token = attorney.get("/queue").form("/sign-out").value("csrf_token")
    pass_time(office, IDLE - timedelta(minutes=1), "seen_at")
    assert attorney.send("/session", [("csrf_token", token)]).status_code == 204
    pass_time(office, timedelta(minutes=2), "seen_at")
    assert is_in(attorney)


def test_no_session_is_longer_than_twelve_hours(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    pass_time(office, LONGEST, "started_at")
    assert not is_in(attorney)


def test_an_operator_ends_every_session_of_a_person(office: Office, enter: Enter) -> None:
    one, other, colleague = enter("attorney1"), enter("attorney1"), enter("attorney2")
    ended = CliRunner().invoke(
        command, ["sessions", "end", "--person", "attorney1", "--data", str(office.settings.data)]
    )
    assert ended.output == "2 sessions ended.\n"
    assert (is_in(one), is_in(other), is_in(colleague)) == (False, False, True)


def test_who_writes_to_the_database_raises_nobody(office: Office, enter: Enter) -> None:
    attorney = enter("attorney1")
    enter("supervisor1")
    theirs = {row.person: row for row in office.database.read_now(lambda c: list(c.execute(select(sessions))))}
    office.database.write_now(
        lambda c: c.execute(
            update(sessions)
            .where(sessions.c.person == "attorney1")
            .values(content=theirs["supervisor1"].content, person="supervisor1")
        )
    )
    assert not is_in(attorney)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_a_form_from_elsewhere_counts_for_nothing(office: Office, enter: Enter, headers: dict[str, str]) -> None:
    attorney = enter("attorney1")
    token = attorney.get("/queue").form("/sign-out").value("csrf_token")
    answer = attorney.client.post("/sign-out", data={"csrf_token": token}, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert is_in(attorney)


def test_a_host_that_is_not_ours_is_never_sent_to_the_provider(office: Office, visitor: Callable[[], Visitor]) -> None:
    answer = visitor().client.get("/sign-in", headers={"Host": "elsewhere.test"}, follow_redirects=False)
    assert answer.status_code == 503
    assert "SECONDLOOK_PUBLIC_URL" in answer.text


class Directory:
    """A provider whose people change, and that can be away."""

    def __init__(self) -> None:
        people = [oidc_provider_mock.User(sub="attorney1", claims={"roles": ["attorney"], "offices": ["BAL"]})]
        self._server = make_server("127.0.0.1", 0, oidc_provider_mock.app(user_claims=people), threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def change(self, **claims: object) -> None:
        httpx.put(f"{self.address}/users/attorney1", json=claims).raise_for_status()

    def withdraw(self) -> None:
        httpx.post(f"{self.address}/users/attorney1/revoke-tokens").raise_for_status()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Directory]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    directory = Directory()
    yield directory
    directory.close()


@pytest.fixture
def offices_of(directory: Directory, tmp_path: Path) -> Iterator[tuple[Office, Visitor]]:
    """An office with that provider, and attorney1 signed in."""
    settings = Settings(
        data=tmp_path / "data", oidc_issuer=directory.address, oidc_client_secret="s", intake_token="x", _env_file=None
    )
    office = Office(settings)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        attorney = Visitor(client)
        attorney.sign_in("attorney1")
        yield office, attorney
    office.close()


def test_an_office_that_was_withdrawn_is_gone_once_the_provider_is_asked(
    directory: Directory, offices_of: tuple[Office, Visitor]
) -> None:
    office, attorney = offices_of
    case_id = office.receive()
    directory.change(roles=["attorney"], offices=["DEN"])
    attorney.get(f"/cases/{case_id}")

    pass_time(office, CHECK_AFTER, "checked_at", "check_due")

    attorney.get(f"/cases/{case_id}", status=404)
    directory.change(roles=["attorney"], offices=["BAL"])
    pass_time(office, CHECK_AFTER, "checked_at", "check_due")
    attorney.get(f"/cases/{case_id}")


def test_whom_the_provider_does_not_know_any_more_is_signed_out(
    directory: Directory, offices_of: tuple[Office, Visitor]
) -> None:
    office, attorney = offices_of
    directory.withdraw()
    pass_time(office, CHECK_AFTER, "checked_at", "check_due")
    assert not is_in(attorney)


def test_a_provider_that_is_away_stops_nobody_for_a_quarter_of_an_hour_and_everybody_after_that(
    directory: Directory, offices_of: tuple[Office, Visitor]
) -> None:
    office, attorney = offices_of
    directory.close()
    pass_time(office, CHECK_AFTER, "checked_at", "check_due")
    assert is_in(attorney)

    pass_time(office, STALE_AFTER, "checked_at", "check_due")

    page = attorney.get("/queue", status=503)
    assert "The sign-in provider does not answer" in page.words
