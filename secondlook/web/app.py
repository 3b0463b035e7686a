"""The web process: the attorneys' pages, the machines' door, health and metrics, in one application.

``secondlook web`` and ``up`` run ``create_app``. It wires; each screen's folder says what the screen does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from secondlook import __version__
from secondlook.intake import http as intake
from secondlook.intake import requests
from secondlook.settings import Settings
from secondlook.web import errors, machine, sign_in
from secondlook.web.answering import Answering
from secondlook.web.assignment import routes as assignment
from secondlook.web.audit import routes as audit
from secondlook.web.case import routes as case
from secondlook.web.concurrence import routes as concurrence
from secondlook.web.correction import routes as correction
from secondlook.web.decision_record import routes as decision_record
from secondlook.web.decision_record.printer import Printer
from secondlook.web.escalated import routes as escalated
from secondlook.web.late_facts import routes as late_facts
from secondlook.web.ops import routes as ops
from secondlook.web.pages import STATIC, static_digest
from secondlook.web.permissions import permissions
from secondlook.web.policy import routes as policy
from secondlook.web.provider import Provider
from secondlook.web.quality import routes as quality
from secondlook.web.queue import routes as queue
from secondlook.web.queue.counting import Counting
from secondlook.web.record import Record
from secondlook.web.rescreen import routes as rescreen
from secondlook.web.review import routes as review
from secondlook.web.search import routes as search
from secondlook.web.sessions import COOKIE_SECONDS
from secondlook.web.start import routes as start
from secondlook.web.withdrawal import routes as withdrawal
from secondlook.web.work import routes as work

SCREENS = (
    start.router,
    queue.router,
    case.router,
    review.router,
    concurrence.router,
    withdrawal.router,
    late_facts.router,
    decision_record.router,
    correction.router,
    rescreen.router,
    escalated.router,
    work.router,
    assignment.router,
    policy.router,
    search.router,
    quality.router,
)


def create_app(settings: Settings, leave: Callable[[], None] = lambda: None) -> FastAPI:
    """The application for these settings. Raises SettingsError, WrongKeys or RuleSetError.

    It starts also without a database. ``leave`` is called where its keys turn out to be not the record's.
    """
    record = Record.open(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(record.keyring.keep, leave)
        yield
        await asyncio.to_thread(record.keyring.leave)
        record.database.close()

    app = FastAPI(
        title="Second Look",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.record = record
    app.state.provider = Provider(settings, settings.oidc_issuer) if settings.oidc_issuer else None
    app.state.origin = _origin(settings.public_url) if settings.public_url else None
    app.state.form_secret = record.vault.cookie_secret
    app.state.counting = Counting()
    app.state.printer = Printer()
    app.include_router(intake.router(record.accept, settings.token()))
    app.include_router(requests.router(record.requests, settings.token()))
    app.include_router(machine.routes(record))
    app.include_router(sign_in.routes(settings, app.state.provider))
    app.include_router(ops.routes(settings))
    app.include_router(audit.routes(settings))
    for screen in SCREENS:
        app.include_router(screen)
    # Pages are not compressed: they hold a form's token beside what others sent, and lengths would tell of it.
    app.mount(f"/static/{static_digest()}", GZipMiddleware(StaticFiles(directory=STATIC)), name="static")
    permissions(app)
    errors.install(app)
    secure = (settings.public_url or "").startswith("https:")
    app.add_middleware(
        SessionMiddleware,
        secret_key=record.vault.cookie_secret,
        session_cookie="secondlook",
        max_age=COOKIE_SECONDS,
        same_site="lax",
        https_only=secure,
    )
    app.add_middleware(Answering, secure=secure)
    return app


def _origin(address: str) -> str:
    """An address as browsers name where a form comes from."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
