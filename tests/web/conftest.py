"""The fixtures of the web tests: an office at work, and people who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from secondlook.settings import Settings
from secondlook.web.app import create_app
from tests.web.office import Office, Visitor, sign_in_provider

MakeOffice = Callable[..., Office]
Enter = Callable[[str], Visitor]


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    with sign_in_provider() as address:
        yield address


@pytest.fixture
def settings(provider: str, tmp_path: Path) -> Settings:
    # A case whose lane is hidden is one in twenty, by chance: those tests say themselves which cases are.
    return Settings(
        data=tmp_path / "data",
        oidc_issuer=provider,
        intake_token="a-token-for-tests",
        lane_hidden_percent=0,
        _env_file=None,
    )


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    office = Office(settings)
    yield office
    office.close()


@pytest.fixture
def visitor(office: Office) -> Iterator[Callable[[], Visitor]]:
    """New browsers, with nobody signed in."""
    app = create_app(office.settings)
    with TestClient(app) as opened:

        def new() -> Visitor:
            return Visitor(TestClient(opened.app, base_url="http://127.0.0.1", raise_server_exceptions=True))

        yield new


@pytest.fixture
def enter(visitor: Callable[[], Visitor]) -> Enter:
    """A browser in which somebody is signed in."""

    def signed_in(subject: str) -> Visitor:
        browser = visitor()
        browser.sign_in(subject)
        return browser

    return signed_in
