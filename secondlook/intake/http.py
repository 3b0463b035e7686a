"""``POST /events``: the machines' door (INTERFACES section 5).

The web process mounts ``router``; ``accept`` is the inbox's durable write. The answer comes after it has returned, so
that 202 means stored. Nothing that came in (body, header, value) may appear in an answer or an exception.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import ClientDisconnect

from secondlook.cases.events import LARGEST_EVENT, Acceptance, Busy, IncomingEvent, Unavailable, parse_event
from secondlook.cases.fields import FieldProblem, Invalid
from secondlook.intake.cloudevents import Mode, UnsupportedMediaType, mode_of, read
from secondlook.intake.json_text import Malformed
from secondlook.intake.openapi import OPENAPI, RESPONSES

Accept = Callable[[Sequence[IncomingEvent]], Awaitable[list[Acceptance]]]

LARGEST_BATCH = 16 * 1024 * 1024
MOST_EVENTS = 10_000
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event of a request that was not stored: where it stood, why, and for ``invalid`` what is wrong in it."""

    index: int
    reason: str
    problems: tuple[FieldProblem, ...] = ()

    def document(self) -> dict[str, object]:
        """As the answer shows it."""
        problems = [{"place": each.place, "problem": each.problem} for each in self.problems[:_MOST_PROBLEMS]]
        return {"index": self.index, "reason": self.reason, **({"problems": problems} if problems else {})}


@dataclass(slots=True)
class _Request:
    """One request's events, on their way to an answer."""

    single: bool
    events: list[IncomingEvent] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    accepted: int = 0
    duplicate: int = 0

    def parse(self, documents: Sequence[object]) -> None:
        for index, document in enumerate(documents):
            try:
                self.events.append(parse_event(document))
                self.indexes.append(index)
            except Invalid as invalid:
                self.refused.append(Refusal(index, "invalid", invalid.problems))

    def note(self, answers: Sequence[Acceptance]) -> None:
        for index, answer in zip(self.indexes, answers, strict=True):
            if answer.outcome == "accepted":
                self.accepted += 1
            elif answer.outcome == "duplicate":
                self.duplicate += 1
            else:
                self.refused.append(Refusal(index, answer.outcome))
        self.refused.sort(key=lambda refusal: refusal.index)

    def response(self) -> JSONResponse:
        counts = {
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "refused": [refusal.document() for refusal in self.refused],
        }
        if not self.refused or self.accepted or self.duplicate:
            return JSONResponse(counts, HTTPStatus.ACCEPTED)
        if self.single and self.refused[0].reason == "conflict":
            return problem(HTTPStatus.CONFLICT, "This source and id came before with other content.", counts)
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Nothing in the request can be accepted.", counts)


class _TooLarge(Exception):
    pass


def problem(
    status: HTTPStatus,
    detail: str,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as problem details (RFC 9457)."""
    document = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return JSONResponse({**document, **(members or {})}, status, headers=headers, media_type="application/problem+json")


bearer = HTTPBearer(auto_error=False, description="SECONDLOOK_INTAKE_TOKEN")


def unauthorized(credentials: HTTPAuthorizationCredentials | None, token: str) -> JSONResponse | None:
    """The answer to whoever does not have the intake token; None for who has."""
    given = credentials.credentials if credentials else ""
    if hmac.compare_digest(given.encode(), token.encode()):
        return None
    return problem(
        HTTPStatus.UNAUTHORIZED, "The intake token is missing or wrong.", headers={"WWW-Authenticate": "Bearer"}
    )


def router(accept: Accept, token: str) -> APIRouter:
    """The door. ``accept`` answers one Acceptance an event, in order, or raises Busy or Unavailable."""
    if not token:
        raise ValueError("the intake token must not be empty")
    routes = APIRouter()

    @routes.post("/events", status_code=HTTPStatus.ACCEPTED, responses=RESPONSES, openapi_extra=OPENAPI)
    async def post_events(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
    ) -> JSONResponse:
        """Take in one event (structured or binary mode) or a batch; answered once durably stored."""
        return unauthorized(credentials, token) or await _answer(request, accept)

    return routes


async def _answer(request: Request, accept: Accept) -> JSONResponse:
    try:
        mode = _mode(request)
        body = await _body(request, LARGEST_BATCH if mode is Mode.BATCH else LARGEST_EVENT)
        # A large batch takes a second to decode: off the loop, so that other requests are answered meanwhile.
        taken = await asyncio.to_thread(_parsed, mode, request.headers.items(), body)
        if taken.events:
            taken.note(await accept(taken.events))
    except UnsupportedMediaType:
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce- "
            "headers; in UTF-8, without Content-Encoding.",
        )
    except _TooLarge:
        return problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"An event may have {LARGEST_EVENT} bytes, a batch {LARGEST_BATCH} bytes and {MOST_EVENTS} events.",
        )
    except Malformed as malformed:
        return problem(HTTPStatus.BAD_REQUEST, str(malformed))
    except ClientDisconnect:
        return problem(HTTPStatus.BAD_REQUEST, "The request ended before its body did.")
    except Busy as busy:
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too much is waiting to be processed. Nothing of this request was stored; send it again.",
            headers={"Retry-After": str(busy.retry_after_seconds)},
        )
    except Unavailable as unavailable:
        stored = "It is not known whether this was stored" if unavailable.unsure else "Nothing was stored"
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE, f"The record cannot be reached. {stored}; send it again, it counts once."
        )
    return taken.response()


def _mode(request: Request) -> Mode:
    encodings = request.headers.getlist("content-encoding")
    types = request.headers.getlist("content-type")
    if any(each.strip().lower() != "identity" for each in encodings) or len(types) != 1:
        raise UnsupportedMediaType
    return mode_of(types[0])


async def _body(request: Request, most: int) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 18 or int(announced) > most):
        raise _TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _TooLarge
    return bytes(body)


def _parsed(mode: Mode, headers: Sequence[tuple[str, str]], body: bytes) -> _Request:
    documents = read(mode, headers, body)
    if len(documents) > MOST_EVENTS:
        raise _TooLarge
    taken = _Request(single=mode is not Mode.BATCH)
    taken.parse(documents)
    return taken
