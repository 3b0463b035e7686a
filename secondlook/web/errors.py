"""Every refusal as a page that says what was not done, what is safe, and what to do next. Installed once by ``app``.

A case that does not exist and a case of another office give the same page, so that nobody learns which it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from secondlook.intake.http import problem as details
from secondlook.records.database import DatabaseUnavailable, UnitFailed
from secondlook.web import words
from secondlook.web.pages import message_page, page
from secondlook.web.sessions import FormTooLarge, NotSignedIn, NotVouched, PostedForm, WrongToken, read_form

MACHINES = ("/events", "/requests", "/healthz", "/readyz", "/metrics", "/openapi.json")
"""Addresses at and below which errors are problem details."""
_QUEUE = ("/queue", "Go to the queue")


class NoSuchCase(Exception):
    """The case is not known, or not one of this person's offices."""


class Claimed(Exception):
    """Somebody else has the case. Whoever sends an act answers it on the case's page."""


class NotTheirs(Exception):
    """Somebody whose role has no part in this page or act."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What somebody sent after their session had ended: where, all its fields, and what of them people read."""

    address: str
    fields: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]


_NOT_READ: Final = frozenset({"csrf_token", "case_version", "confirmed", "seen", "next"})


async def _not_signed_in(request: Request, _problem: Exception) -> Response:
    if request.method in ("GET", "HEAD"):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/sign-in?next=" + quote(wanted, safe="/"), HTTPStatus.SEE_OTHER)
    try:
        form = await read_form(request)
    except FormTooLarge:
        form = PostedForm(())
    texts = tuple((words.plain(name), value) for name, value in form.fields if value and name not in _NOT_READ)
    fields = form.fields if form.one("csrf_token") else ()
    return page(request, "signed_out.html", SignedOut(request.url.path, fields, texts), HTTPStatus.UNAUTHORIZED)


def _wrong_token(request: Request, _problem: Exception) -> Response:
    return message_page(
        request,
        HTTPStatus.FORBIDDEN,
        "This form is not from your session",
        "Nothing was recorded. The form was opened before you signed in again, or it came from elsewhere. Go back, "
        "copy your text, open the case again and send it from there.",
        link=_QUEUE,
    )


def _too_large(request: Request, _problem: Exception) -> Response:
    return message_page(
        request,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The form is too large",
        "Nothing was recorded. Go back and shorten the text to at most 20,000 characters.",
        link=_QUEUE,
    )


def _no_such_case(request: Request, _problem: Exception) -> Response:
    return message_page(
        request,
        HTTPStatus.NOT_FOUND,
        "No such case",
        "There is no case at this address in your offices.",
        link=_QUEUE,
    )


def _not_theirs(request: Request, _problem: Exception) -> Response:
    return message_page(
        request,
        HTTPStatus.FORBIDDEN,
        "Your role does not include this",
        "Cases are shown to attorneys and supervisors of their offices and to auditors. Your role shows no case "
        "data and takes no part in decisions. Nothing was recorded.",
        link=("/", "Go to the start page"),
    )


def _record_unavailable(request: Request, problem: Exception) -> Response:
    if getattr(request.state, "recorded", False) or "outcome" in request.query_params:
        text = "What you sent is recorded and is being processed. Open the case again in a minute"
    elif isinstance(problem, DatabaseUnavailable) and problem.unsure:
        text = (
            "It is not known whether what you sent was recorded. Go back, your text is still in the form, and send it "
            "again in a minute as it is: it counts once"
        )
    elif request.method in ("GET", "HEAD"):
        text = "This page cannot be shown now. What was recorded before is safe. Try again in a minute"
    else:
        text = "Nothing was recorded. Go back: your text is still in the form. Try again in a minute"
    answer = message_page(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The record cannot be reached",
        f"{text}; if it stays so, tell the operators.",
        link=_QUEUE,
    )
    answer.headers["Retry-After"] = "30"
    return answer


def _http(request: Request, problem: Exception) -> Response:
    """What never reached a view: no such address, another method. So nothing was recorded."""
    status = HTTPStatus(problem.status_code) if isinstance(problem, HTTPException) else HTTPStatus.NOT_FOUND
    if status is HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET" and not _is_for_machines(request):
        # An act's address, reloaded or typed: it leads to the page that the act stands on.
        return RedirectResponse(request.url.path.rpartition("/")[0] or "/", HTTPStatus.SEE_OTHER)
    answer = no_view(request, status)
    if isinstance(problem, HTTPException) and problem.headers:
        answer.headers.update(problem.headers)
    allowed = answer.headers.get("Allow", "").split(", ")
    if "GET" in allowed:
        answer.headers["Allow"] = ", ".join(sorted({*allowed, "HEAD"}))
    return answer


def no_view(request: Request, status: HTTPStatus) -> Response:
    """The answer where no view was asked: a page, or for machines problem details."""
    if status is HTTPStatus.NOT_FOUND:
        title, text = "Page not found", "There is nothing at this address."
    elif status is HTTPStatus.UNPROCESSABLE_ENTITY:
        title, text = "Address not understood", "The address holds characters that no address of this application has."
    else:
        title, text = status.phrase, "The application cannot do this. Nothing was recorded."
    if _is_for_machines(request):
        return details(status, text)
    return message_page(request, status, title, text, link=("/", "Go to the start page"))


def _is_for_machines(request: Request) -> bool:
    return f"/{request.scope['path'].split('/', 2)[1]}" in MACHINES if request.scope["path"].startswith("/") else False


def unexpected(request: Request) -> Response:
    """The page for a bug. ``answering`` sends it, so that it has the headers of every other page."""
    if _is_for_machines(request):
        return details(HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed, and the failure is on the log.")
    return message_page(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "This page failed, and the failure is on the operators' log. If you sent a form, look at the case: its "
        "history says whether it was recorded. Your text is still in the form behind the back button.",
        link=_QUEUE,
    )


def _not_vouched(request: Request, _problem: Exception) -> Response:
    answer = message_page(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The sign-in provider does not answer",
        "What you may do here is asked of it again every few minutes, and it has not answered for too long. Nothing "
        "was recorded. Go back: your text is still in the form. Try again in a minute; if it stays so, tell the "
        "operators.",
        link=_QUEUE,
    )
    answer.headers["Retry-After"] = "30"
    return answer


_PAGES: dict[type[Exception], Callable[[Request, Exception], Response]] = {
    WrongToken: _wrong_token,
    NotVouched: _not_vouched,
    FormTooLarge: _too_large,
    NoSuchCase: _no_such_case,
    NotTheirs: _not_theirs,
    DatabaseUnavailable: _record_unavailable,
    UnitFailed: _record_unavailable,
    HTTPException: _http,
    RequestValidationError: _http,
}


def install(app: FastAPI) -> None:
    """Hang the pages into the application."""
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    for problem, answer in _PAGES.items():
        app.add_exception_handler(problem, _as_coroutine(answer))


def _as_coroutine(
    answer: Callable[[Request, Exception], Response],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Starlette runs plain functions on a thread; these only render."""

    async def handler(request: Request, problem: Exception) -> Response:
        return answer(request, problem)

    return handler
