"""Who may come in at a route. Each view names one of these at its door, and the application does not start where one is
missing: what nobody thought about is closed (docs/decisions/0013).

They are asked before a form is read and before anything else is looked up. Whether an act counts is decided again when
it is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount, Route

from secondlook.records.reading import office_of
from secondlook.web.errors import NoSuchCase, NotTheirs
from secondlook.web.pages import local_to
from secondlook.web.record import TheRecord
from secondlook.web.sessions import SignedIn


class UndeclaredPermission(Exception):
    """A route whose view does not say who may come in."""


def _everybody() -> None:
    pass


def _signed_in(person: SignedIn) -> None:
    pass


def _sees_cases(person: SignedIn) -> None:
    if not person.sees_cases:
        raise NotTheirs


def _sees_escalated(person: SignedIn) -> None:
    if not (person.supervises or person.sees_every_office):
        raise NotTheirs


async def sees_case(request: Request, record: TheRecord, person: SignedIn, case_id: str) -> str:
    """The case's office, in whose time zone the page then is. Raises NotTheirs, or NoSuchCase for one that is not there
    or not theirs to see.
    """
    if not person.sees_cases:
        raise NotTheirs
    office = await record.read(lambda connection: office_of(connection, case_id))
    if office is None or not person.may_see(office):
        raise NoSuchCase
    local_to(request, record.zone(office))
    return office


OfficeSeen = Annotated[str, Depends(sees_case)]


def _reviews_case(person: SignedIn, office: OfficeSeen) -> None:
    if not person.may_review(office):
        raise NotTheirs


def _supervises_case(person: SignedIn, office: OfficeSeen) -> None:
    if not person.may_supervise(office):
        raise NotTheirs


def _reviews(person: SignedIn) -> None:
    if not person.reviews:
        raise NotTheirs


def _supervises(person: SignedIn) -> None:
    if not (person.supervises and person.offices):
        raise NotTheirs


def _audits(person: SignedIn) -> None:
    if not (person.sees_every_office or (person.supervises and person.offices)):
        raise NotTheirs


def _audits_all(person: SignedIn) -> None:
    if not person.sees_every_office:
        raise NotTheirs


def _operates(person: SignedIn) -> None:
    if not person.operates:
        raise NotTheirs


EVERYBODY: Final = Depends(_everybody)
SIGNED_IN: Final = Depends(_signed_in)
SEES_CASES: Final = Depends(_sees_cases)
SEES_ESCALATED: Final = Depends(_sees_escalated)
SEES_CASE: Final = Depends(sees_case)
REVIEWS_CASE: Final = Depends(_reviews_case)
SUPERVISES_CASE: Final = Depends(_supervises_case)
REVIEWS: Final = Depends(_reviews)
SUPERVISES: Final = Depends(_supervises)
AUDITS: Final = Depends(_audits)
AUDITS_ALL: Final = Depends(_audits_all)
OPERATES: Final = Depends(_operates)

_WORDS: Final[dict[Callable[..., Any] | None, str]] = {
    _everybody: "everybody",
    _signed_in: "whoever is signed in",
    _sees_cases: "whoever sees cases",
    _sees_escalated: "supervisors and auditors",
    sees_case: "whoever sees the case",
    _reviews_case: "attorneys and supervisors of the case's office",
    _supervises_case: "supervisors of the case's office",
    _reviews: "attorneys and supervisors",
    _supervises: "supervisors",
    _operates: "operators",
    _audits_all: "auditors",
    _audits: "auditors, and supervisors for their offices",
}
_CHECKED_WITHIN: Final = {
    "POST /events": "who has the intake token",
    "GET /requests": "who has the intake token",
    "GET /openapi.json": "everybody",
}
"""The doors compare their token themselves, before they read a body; the description is FastAPI's own route."""


def permissions(app: FastAPI) -> dict[str, str]:
    """Every route, as method and path, with who may come in. Raises UndeclaredPermission."""
    found: dict[str, str] = {}
    for route in _routes(app.routes):
        if isinstance(route, Mount) and route.name == "static":
            continue
        if not isinstance(route, Route | APIRoute):
            raise UndeclaredPermission(type(route).__name__)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            name = f"{method} {route.path}"
            found[name] = _CHECKED_WITHIN.get(name) or _declared(name, getattr(route, "dependencies", ()))
    return dict(sorted(found.items()))


def _declared(name: str, dependencies: Iterable[Dependency]) -> str:
    declared = [_WORDS[each.dependency] for each in dependencies if each.dependency in _WORDS]
    if len(declared) != 1:
        raise UndeclaredPermission(name)
    return declared[0]


def _routes(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """The routes, also within included routers."""
    for route in routes:
        nested = getattr(route, "original_router", None)
        if nested is None:
            yield route
        else:
            yield from _routes(nested.routes)
