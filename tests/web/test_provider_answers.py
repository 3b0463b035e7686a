"""What a sign-in provider answers is outside text: whatever it is, the person gets a page that says so."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from secondlook.settings import Settings
from secondlook.web.app import create_app
from tests.web.office import KEYS, Visitor


class OddProvider:
    """Answers what it is told to."""

    def __init__(self) -> None:
        self.description: object = None
        self.token: object = None
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(provider.description)

            def do_POST(self) -> None:
                self.answer(provider.token)

            def answer(self, document: object) -> None:
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.description = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
        }


@pytest.fixture
def odd() -> Iterator[OddProvider]:
    provider = OddProvider()
    thread = threading.Thread(target=provider.server.serve_forever)
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


@pytest.fixture
def browser(odd: OddProvider, tmp_path: Path) -> Iterator[Visitor]:
    settings = Settings(data=tmp_path, encryption_keys=KEYS, oidc_issuer=odd.address, intake_token="t", _env_file=None)
    settings.make_folder()
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield Visitor(client)


NULL_SIGNED = "eyJhbGciOiJub25lIn0.bnVsbA."
TOKENS = [
    {"access_token": "a", "token_type": "Bearer", "id_token": None},
    {"access_token": "a", "token_type": "Bearer", "id_token": 7},
    {"access_token": "a", "token_type": "Bearer", "id_token": []},
    {"access_token": "a", "token_type": "Bearer", "id_token": ""},
    {"access_token": "a", "token_type": "Bearer", "id_token": "a.b"},
    {"access_token": "a", "token_type": "Bearer", "id_token": NULL_SIGNED},
    {"access_token": "a", "token_type": "Bearer"},
    {"access_token": None},
    {"expires_in": "soon", "access_token": "a", "token_type": "Bearer", "id_token": "x.y.z"},
    {"expires_at": [], "access_token": "a"},
    {"error": None},
    {},
    [],
    None,
    "text",
    7,
    b"",
    b"\xff\x00",
    b"{",
    {"userinfo": "me", "access_token": "a", "token_type": "Bearer"},
    {"userinfo": {"sub": ["me"]}, "access_token": "a", "token_type": "Bearer"},
]


@pytest.mark.parametrize("token", TOKENS, ids=repr)
def test_a_token_that_cannot_be_used_is_a_failed_sign_in(odd: OddProvider, browser: Visitor, token: object) -> None:
    odd.token = token
    away = browser.client.get("/sign-in", follow_redirects=False)
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]

    page = browser.get(f"/sign-in/callback?code=c&state={state}", status=400)

    assert page.heading == "Sign-in did not succeed"
    assert browser.client.get("/queue", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "description", [None, [], {}, "text", {"authorization_endpoint": None}, b"\xff", b""], ids=repr
)
def test_a_description_that_cannot_be_used_says_so(odd: OddProvider, browser: Visitor, description: object) -> None:
    odd.description = description

    assert browser.get("/sign-in", status=503).heading == "Sign-in is not available"
