"""An office at work, for tests: a real database, the real application and sign-in provider, and a bench that judges
what comes in, as the workflows would have it done.
"""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import Connection, or_, select

from secondlook.cases.events import parse_event
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.head import Step
from secondlook.policy import load_ruleset
from secondlook.records import inbox, migrate
from secondlook.records.database import Database
from secondlook.records.judging import Bench
from secondlook.records.keyring import make_keys_for_new
from secondlook.records.schema import cases
from secondlook.records.schema import inbox as inbox_table
from secondlook.settings import Settings
from secondlook.web.answering import HEADERS
from tests.web.pages import Page

KEYS = f"test:{base64.b64encode(bytes(32)).decode()}"
"""Keys as a setting, for an application without a record."""
KNOWN = {
    "birth_date": "1945-02",
    "first_arrival_date": {"value": "1994-08-11", "source": "a-file", "observed_at": "2011-11-20"},
    "convictions": [{"grade": "misdemeanor", "offense": "dui", "date": "2003-07-01"}],
    "education": {"high_school_completed": True},
    "victim_of": {"unknown": "not_asked"},
}
CANARIES = ("Quillfeather", "Ottoline", "A000123456", "000123456", "1945-02")


def case_data(number: int = 123456, **changed: object) -> dict[str, object]:
    """A received case; the A-number's last six digits tell cases apart."""
    return {
        "a_number": f"A000{number:06}",
        "respondent": {"family_name": "Quillfeather", "given_name": "Ottoline"},
        "office": "BAL",
        "court": {"base_city": "BAL", "next_hearing": {"date": "2012-03-01", "type": "master"}},
        "nta": {"filed": True, "date": "2010-05-04", "charges": ["212a06Ai"]},
        "custody": "never",
        "represented": True,
        "facts": KNOWN,
        **changed,
    }


T = TypeVar("T")


def until(what: str, found: Callable[[], T | None], seconds: float = 10.0) -> T:
    """Wait until something is there; fails after a deadline, naming what was waited for."""
    deadline = time.monotonic() + seconds
    while (answer := found()) is None:
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        threading.Event().wait(0.02)
    return answer


class Office:
    """The database with a bench beside it. ``judging`` may be paused, to see what waits."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.make_folder()
        self.database = Database(settings.url)
        migrate.upgrade(self.database)
        if settings.key_file is not None:
            make_keys_for_new(self.database, settings.key_file)
        self.vault = settings.vault()
        ruleset = load_ruleset("opla-2011-11-17")
        self._bench = Bench(self.vault, settings.offices(), lambda _day: ruleset, date(2011, 12, 5))
        self.now = lambda: datetime.now(UTC)
        self.judging = threading.Event()
        self.judging.set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._judge_all, daemon=True)
        self._thread.start()
        self._sent = 0

    def receive(self, number: int = 123456, *, subject: str | None = None, **changed: object) -> str:
        """Have a case received and screened, under this number of the sender's; its id."""
        return self._send("secondlook.case.received.v1", case_data(number, **changed), subject)

    def update_facts(self, case_id: str, **facts: object) -> None:
        """Have new facts received and screened."""
        self._send("secondlook.case.facts-updated.v1", {"case": case_id, "facts": facts})

    def _send(self, kind: str, data: dict[str, object], subject: str | None = None) -> str:
        self._sent += 1
        sent = {"specversion": "1.0", "source": "urn:test", "id": str(self._sent), "type": kind, "data": data}
        event = parse_event({**sent, "subject": subject})
        now = self.now()
        (answer,) = self.database.write_now(lambda connection: inbox.accept(connection, self.vault, [event], now))
        assert answer.case_id is not None
        case_id = answer.case_id
        if self.judging.is_set():
            self.until_judged(case_id)
        return case_id

    def until_judged(self, case_id: str) -> None:
        """Wait until nothing of a case waits to be judged."""
        until("the facts to be judged", lambda: None if self._pending(case_id) else True)

    def stage(self, case_id: str) -> str:
        return self.database.read_now(
            lambda connection: connection.execute(select(cases.c.stage).where(cases.c.id == case_id)).scalar_one()
        )

    def draw_all(self) -> None:
        """Have each round that ends from now on read a second time."""
        self._bench.offices = Offices(OfficeSettings(second_read_percent=100))

    def later(self, **after: float) -> None:
        """Let time pass for the bench: timers that are due by then are judged."""
        passed = timedelta(**after)
        self.now = lambda: datetime.now(UTC) + passed

    def close(self) -> None:
        self.judging.set()
        self._ended.set()
        self._thread.join()
        self.database.close()

    def _pending(self, case_id: str) -> bool:
        waiting = select(inbox_table.c.seq).where(inbox_table.c.case_id == case_id, inbox_table.c.state == "pending")
        return self.database.read_now(lambda connection: connection.execute(waiting).first()) is not None

    def _judge_all(self) -> None:
        while not self._ended.wait(0.01):
            if not self.judging.is_set():
                continue
            now = self.now()
            due = select(cases.c.id).where(or_(cases.c.ring_class.is_not(None), cases.c.wake_at <= now))
            ids = self.database.read_now(lambda connection, due=due: list(connection.execute(due).scalars()))
            for case_id in ids:
                self._judge(case_id, now)

    def _judge(self, case_id: str, now: datetime) -> None:
        def once(connection: Connection) -> Step:
            return self._bench.screen(connection, case_id, 1, now).step

        def again(connection: Connection) -> Step:
            return self._bench.apply(connection, case_id, 1, now).step

        step = self.database.write_now(once)
        while step in (Step.SCREEN, Step.APPLY):
            step = self.database.write_now(once if step is Step.SCREEN else again)


class Visitor:
    """Somebody with a browser. Every page that they get is checked."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, address: str, *, status: int = 200) -> Page:
        """A page, redirects followed."""
        return self._page(self.client.get(address, follow_redirects=True), status)

    def post(self, address: str, fields: list[tuple[str, str]], *, status: int = 200) -> Page:
        """Send a form; redirects followed."""
        return self._page(self.send(address, fields, follow=True), status)

    def send(self, address: str, fields: list[tuple[str, str]], *, follow: bool = False) -> httpx.Response:
        """Send a form, and see the answer itself."""
        body = httpx.QueryParams(fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.post(address, content=str(body), headers=headers, follow_redirects=follow)

    def decide(self, address: str, fields: list[tuple[str, str]]) -> httpx.Response:
        """Send a review, and confirm it where it is played back; the answer itself."""
        answer = self.send(address, fields)
        if answer.status_code != 200:
            return answer
        form = self._page(answer, 200).form("/review")
        return self.send(form.action, form.fields)

    def sign_in(self, subject: str, wanted: str = "/") -> Page:
        """The whole way: to the provider, choosing a person, and back."""
        away = self.client.get("/sign-in", params={"next": wanted}, follow_redirects=False)
        assert away.status_code == 302, away.text
        chosen = httpx.post(away.headers["location"], data={"sub": subject}, follow_redirects=False)
        assert chosen.status_code == 302, chosen.text
        back = urlsplit(chosen.headers["location"])
        return self.get(f"{back.path}?{back.query}")

    def _page(self, answer: httpx.Response, status: int) -> Page:
        assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.url}"
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert answer.headers["Cache-Control"] == "no-store"
        for seen in [*answer.history, answer]:
            for canary in CANARIES:
                assert canary not in str(seen.url)
                assert canary not in seen.headers.get("location", "")
        page = Page(answer.status_code, answer.text)
        assert page.problems == []
        return page


@contextmanager
def sign_in_provider() -> Iterator[str]:
    """The demonstration provider as a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = (
        "from secondlook.web.sign_in_provider import serve; from workers.ports import listen;"
        f"serve(listen('127.0.0.1', {port}, ''))"
    )
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", started], cwd=Path(__file__).parents[2])
    try:
        until("the provider", lambda: _answers(port), 30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool | None:
    with socket.socket() as attempt:
        return True if attempt.connect_ex(("127.0.0.1", port)) == 0 else None
