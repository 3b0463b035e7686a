"""Demonstration people who decide some of a sample docket's cases, so that one sees what comes after a decision.

They work as people do: they sign in at the provider that asks no password, read pages and send forms over HTTP. They
act on cases of the sample alone, and what they do is on record in their names. Called by the command ``demonstrate``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode

import httpx

_SAMPLE: Final = "SAMPLE-"
"""How the sender's number of a case of the sample begins."""
_PROVIDER: Final = "This provider asks no password"
_OFFICES: Final = (("attorney1", "BAL"), ("attorney2", "BAL"), ("attorney3", "DEN"))
_REVIEWS: Final = ("close", "continue", "dismiss", "need_facts")
_RATIONALE: Final = (
    "Written by a demonstration person. A real rationale weighs what this page shows: the criteria that are met, the "
    "ones that are open, and what speaks against the decision."
)
_ANSWERS: Final = (
    ("concur", ""),
    ("return", "Returned by a demonstration person: say why the open criteria carry no weight here."),
    ("concur", "Agreed, for the demonstration."),
)


_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class CannotDemonstrate(Exception):
    """Why the demonstration people do not work here; says what to do."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: its address, and its fields as they stand."""

    action: str
    fields: tuple[tuple[str, str], ...]


class _Forms(HTMLParser):
    """All forms of a page. Of boxes and buttons to choose from, only what is chosen already counts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.offered: dict[str, list[str]] = {}
        self._action: str | None = None
        self._fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action, self._fields = given.get("action", ""), []
        if tag == "input" and given.get("type") in ("radio", "checkbox"):
            self.offered.setdefault(given.get("name", ""), []).append(given.get("value", ""))
        elif tag == "input" and self._action is not None and "name" in given:
            self._fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action is not None:
            self.found.append(Form(self._action, tuple(self._fields)))
            self._action = None


class Somebody:
    """One of the demonstration people, signed in."""

    def __init__(self, address: str, subject: str) -> None:
        self.subject = subject
        self._client = httpx.Client(base_url=address, follow_redirects=True, timeout=60, trust_env=False)
        choice = self._client.get("/sign-in")
        if _PROVIDER not in choice.text:
            raise CannotDemonstrate("people sign in at a real provider here: demonstration people cannot")
        self._client.post(choice.url, data={"sub": subject})

    def next_case(self, office: str) -> str | None:
        """The path of the case that is now theirs, if it is one of the sample."""
        page = self._client.get("/queue")
        path = self._sent(page, "/queue/next", office=office).url.path
        return path if path.startswith("/cases/") and _SAMPLE in self._client.get(path).text else None

    def first_of(self, address: str) -> str | None:
        """The path of the first case on a list, if it is one of the sample."""
        page = self._client.get(address).text
        start = page.find('href="/cases/')
        path = page[start + 6 : page.find('"', start + 6)].partition("?")[0] if start >= 0 else ""
        return path if path and _SAMPLE in self._client.get(path).text else None

    def reviews(self, path: str, action: str) -> None:
        page = self._client.get(path)
        reasons = _Forms(page.text).offered["reasons"][:2]
        played_back = self._sent(page, f"{path}/review", action=action, reasons=reasons, rationale=_RATIONALE)
        self._sent(played_back, f"{path}/review")

    def answers(self, path: str, answer: str, note: str) -> None:
        page = self._client.get(path)
        self._sent(page, f"{path}/concurrence", answer=answer, note=note, checked=["facts", "criteria", "rationale"])

    def holds(self, path: str, reason: str, until: date) -> None:
        self._sent(self._client.get(path), f"{path}/hold", reason=reason, until=until.isoformat())

    def notes(self, path: str, text: str) -> None:
        self._sent(self._client.get(path), f"{path}/notes", text=text)

    def _sent(self, page: httpx.Response, address: str, **changed: str | Sequence[str]) -> httpx.Response:
        """A form of the page, filled in and sent."""
        form = next((each for each in _Forms(page.text).found if each.action == address), None)
        if form is None:
            raise CannotDemonstrate(f"{self.subject} finds no form for {address.rpartition('/')[2]} on the page")
        fields = [(name, value) for name, value in form.fields if name not in changed]
        for name, value in changed.items():
            fields += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        return self._client.post(address, content=urlencode(fields), headers=_FORM)


def demonstrate(address: str, say: Callable[[str], None], window: float) -> None:
    """Decide some cases; ``window`` is how many seconds a decision can be withdrawn. Raises CannotDemonstrate."""
    today = datetime.now(UTC).date()
    for subject, office in _OFFICES:
        somebody = Somebody(address, subject)
        for action in _REVIEWS:
            path = somebody.next_case(office)
            if path is None:
                break
            somebody.reviews(path, action)
        else:
            path = somebody.next_case(office)
            if path is not None:
                somebody.notes(path, "Counsel called and will send the school's record.")
                somebody.holds(path, "The school's record is on its way.", today + timedelta(days=14))
        say(f"{subject} has decided some cases of {office}")
    say(f"waiting {window:.0f} seconds: until then these decisions can be withdrawn")
    time.sleep(window + 3)
    supervisor = Somebody(address, "supervisor1")
    for answer, note in _ANSWERS:
        path = supervisor.first_of("/queue?tab=with_supervisor")
        if path is None:
            break
        supervisor.answers(path, answer, note)
    say("supervisor1 has answered for some of them, and returned one; others wait")
