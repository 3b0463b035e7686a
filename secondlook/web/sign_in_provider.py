"""A sign-in provider with one made-up person a role, for ``up`` and for tests: the same way in as in production.

It asks no password and must never be reachable from outside: it listens on 127.0.0.1 only. Started by the supervisor as
a process of its own.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, FileSystemLoader

PEOPLE: Final[dict[str, dict[str, object]]] = {
    "attorney1": {"name": "Attorney One", "roles": ["attorney"], "offices": ["BAL"]},
    "attorney2": {"name": "Attorney Two", "roles": ["attorney"], "offices": ["BAL"]},
    "attorney3": {"name": "Attorney Three", "roles": ["attorney"], "offices": ["DEN"]},
    "supervisor1": {"name": "Supervisor One", "roles": ["supervisor"], "offices": ["BAL", "DEN"]},
    "supervisor2": {"name": "Supervisor Two", "roles": ["supervisor"], "offices": ["BAL", "DEN"]},
    "ops1": {"name": "Operator One", "roles": ["ops"], "offices": []},
    "auditor1": {"name": "Auditor One", "roles": ["auditor"], "offices": []},
}
_PAGES: Final = Path(__file__).parent / "templates" / "sign_in_provider"


def serve(listening: socket.socket) -> None:
    """Serve on a socket of the loopback interface until SIGTERM or SIGINT, which end the process at once."""
    # Set before authlib is loaded: http is right on the loopback interface.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    import flask
    import oidc_provider_mock
    from oidc_provider_mock._app import AuthorizationCodeGrant, RefreshTokenGrant
    from werkzeug.debug import DebuggedApplication
    from werkzeug.serving import make_server

    # `up` has no client secret to share: the application comes as a public client.
    for grant in (AuthorizationCodeGrant, RefreshTokenGrant):
        grant.TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]
    users = [oidc_provider_mock.User(sub=subject, claims=claims) for subject, claims in PEOPLE.items()]
    provider = oidc_provider_mock.app(user_claims=users)
    provider.debug = False
    if isinstance(provider.wsgi_app, DebuggedApplication):
        provider.wsgi_app = provider.wsgi_app.app
    # Its own pages ask another host for a style sheet.
    provider.jinja_loader = ChoiceLoader([FileSystemLoader(_PAGES), *filter(None, [provider.jinja_loader])])
    provider.jinja_env.globals["people"] = PEOPLE

    @provider.before_request  # type: ignore[untyped-decorator]
    def only_sign_in() -> None:
        """People are as listed above: nobody may be added or changed over HTTP."""
        if flask.request.path.startswith(("/users/", "/oauth2/clients")):
            flask.abort(404)
        if flask.request.method == "POST" and flask.request.path == "/oauth2/authorize":
            wanted = flask.request.form.get("sub")
            if wanted is not None and wanted not in PEOPLE:
                flask.abort(400, "There is no such person.")

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("oidc_provider_mock").setLevel(logging.ERROR)
    host, port = listening.getsockname()[:2]
    server = make_server(host, port, provider, threaded=True, fd=listening.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    server.serve_forever()
