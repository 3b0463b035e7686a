"""PostgreSQL restarts, has no connection left, hangs and stops, while a docket comes in and people decide.

What people and senders are told is held against what is on record in the end: what was told as recorded is there, what
was told as not recorded is not, and every event has the outcome that an undisturbed run gives.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import Connection, select

from secondlook.intake.sample import sample_events
from secondlook.policy import load_ruleset, screen
from secondlook.records.encryption import Vault
from secondlook.records.schema import cases, inbox
from tests.conftest import LEFT_OUT
from tests.end_to_end.cluster import _program
from tests.end_to_end.faults import FULL, Document, record_at, size, tell
from tests.end_to_end.hosts import KEYS
from tests.end_to_end.product import Person, Product
from tests.end_to_end.record import holds_each_event_once
from workers.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800 if FULL else 280)]

CASES = size(200, 3_000)
DECISIONS = size(10, 100)
"""Of each decider at least."""
DOWN_SECONDS = size(3, 60)
DECIDERS, AT_HAND = 4, 5
HANGS_SECONDS = size(12, 60)
"""Longer than any of our processes waits for one answer."""


@dataclass
class Breakable:
    """A PostgreSQL of this test's own, which it may hurt."""

    folder: Path
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        self._server = _program("postgres").Postgres(self.folder, self.port)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def restart(self) -> None:
        self._server.start()

    def stops(self) -> None:
        self.stop()
        time.sleep(DOWN_SECONDS)
        self.start()

    def hangs(self) -> None:
        """SIGSTOP of all of its processes: its kernel goes on taking connections, and nobody answers."""
        (main,) = (self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[:1]
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        pids = [int(main), *map(int, children)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(HANGS_SECONDS)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def has_no_connection_left(self) -> None:
        """Somebody else has them all, also those that ours had."""
        taken = [self._connection()]
        taken[0].execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        limit: float | None = None
        while limit is None or time.monotonic() < limit:
            try:
                taken.append(self._connection())
            except psycopg.OperationalError:
                limit = limit or time.monotonic() + DOWN_SECONDS
                taken[0].execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                    " AND pid NOT IN (SELECT unnest(%s::int[]))",
                    [[each.info.backend_pid for each in taken]],
                )
        for each in taken:
            each.close()

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(self._server.address("postgres"), autocommit=True)

    def new_database(self) -> str:
        self._server.make_database("record")
        return str(self._server.address("record")).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def postgres() -> Iterator[Breakable]:
    try:
        _program("postgres").programs()
    except _program("postgres").PostgresFailed as problem:
        LEFT_OUT.append(f"PostgreSQL that is hurt under load: {problem}")
        pytest.skip(str(problem))
    folder = Path(tempfile.mkdtemp(prefix="secondlook-postgres-"))
    server = Breakable(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def product(postgres: Breakable, tmp_path: Path) -> Iterator[Product]:
    settings = {
        "SECONDLOOK_DATABASE_URL": postgres.new_database(),
        "SECONDLOOK_ENCRYPTION_KEYS": KEYS,
        "SECONDLOOK_WITHDRAW_WINDOW": "0s",
    }
    made = Product(tmp_path / "data", settings)
    made.start()
    yield made
    made.close()


@dataclass
class Sender:
    """Sends a docket through the door, each event until it is told that it is stored."""

    product: Product
    docket: list[Document]
    over: threading.Event
    disturbed: int = 0
    lies: list[str] = field(default_factory=list)

    def work(self) -> None:
        token = (self.product.data / "intake-token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json"}
        with httpx.Client(base_url=self.product.address, headers=headers, timeout=60, trust_env=False) as door:
            for start in range(0, len(self.docket), 2):
                self._send(door, self.docket[start : start + 2])
                # Spread over the whole trial, so that each fault meets some.
                self.over.wait(0.4)

    def _send(self, door: httpx.Client, batch: list[Document]) -> None:
        said_nothing = sure = True
        first = True
        while True:
            try:
                answer = door.post("/events", json=batch)
            except httpx.HTTPError:
                sure, first = False, False
                self.disturbed += 1
                continue
            if answer.status_code == 202:
                if answer.json()["duplicate"] and (first or (said_nothing and sure)):
                    self.lies.append(f"told as not stored, and was: {answer.text}")
                return
            self.disturbed += 1
            first = False
            if answer.status_code != 503:
                self.lies.append(f"{answer.status_code}: {answer.text}")
                return
            said_nothing &= "Nothing was stored" in answer.text
            time.sleep(0.3)


@dataclass
class Decider:
    """Decides case after case; what is unsure is sent again as it is, what was not recorded is decided anew."""

    person: Person
    number: int
    until: int
    over: threading.Event
    recorded: set[str] = field(default_factory=set)
    not_recorded: set[str] = field(default_factory=set)
    lies: list[str] = field(default_factory=list)
    unsure: int = 0
    _decided: set[str] = field(default_factory=set)

    def work(self) -> None:
        person, texts = self.person, (f"Decider {self.number}, decision {each}." for each in count(1))
        while len(self._decided) < self.until or not self.over.is_set():
            try:
                # Forms are open before the fault comes, and are sent while it lasts.
                forms = [
                    (case_id, person.review_fields(case_id, "close", text), text)
                    for case_id, text in zip(self._mine(person)[:AT_HAND], texts, strict=False)
                ]
            except (httpx.HTTPError, KeyError):
                forms = []
            for case_id, fields, text in forms:
                if self._told(person, case_id, fields, text):
                    self._decided.add(case_id)
                self.over.wait(0.3)
            if not forms:
                time.sleep(0.3)

    def _mine(self, person: Person) -> list[str]:
        """Cases that wait for an attorney; each decider has some of its own."""
        shown = person.cases("?stage=attorney_review")
        return [each for each in shown if int(each[-4:], 16) % DECIDERS == self.number and each not in self._decided]

    def _told(self, person: Person, case_id: str, fields: dict[str, str | list[str]], text: str) -> bool:
        """Whether the decision is recorded, as the person is told."""
        sure = True
        while True:
            try:
                answer = person.post(case_id, "review", fields)
            except httpx.HTTPError:
                sure = False
                time.sleep(0.3)
                continue
            if answer.status_code == 303 and re.search(r"outcome=(recorded|pending)", answer.headers["location"]):
                self.recorded.add(text)
                return True
            if answer.status_code == 503 and "is recorded and is being processed" in answer.text:
                self.recorded.add(text)
                return True
            if answer.status_code == 503 and "It is not known whether" in answer.text:
                sure, self.unsure = False, self.unsure + 1
                time.sleep(0.3)
                continue
            if answer.status_code == 503 and "Nothing was recorded" in answer.text:
                if sure:
                    self.not_recorded.add(text)
                    return False
                time.sleep(0.3)
                continue
            self.lies.append(f"{answer.status_code} {answer.headers.get('location')}: {answer.text[:2000]}")
            return True


def test_postgresql_is_hurt_while_a_docket_comes_in_and_people_decide(postgres: Breakable, product: Product) -> None:
    docket: list[Document] = list(sample_events(CASES, 31))
    for event in docket:
        event["data"]["office"] = "BAL"
    over = threading.Event()
    product.load(docket[: CASES // 2])
    product.until(f"attorney_review:{CASES // 2}")
    sender = Sender(product, docket[CASES // 2 :], over)
    deciders = [Decider(patient(product.sign_in("supervisor2")), n, DECISIONS, over) for n in range(DECIDERS)]
    threads = [threading.Thread(target=each.work) for each in (sender, *deciders)]
    for thread in threads:
        thread.start()

    limit = time.monotonic() + 60
    while not all(each.recorded for each in deciders):
        assert time.monotonic() < limit, "not everybody decides, although nothing is hurt yet"
        time.sleep(0.05)
    for hurt in (postgres.restart, postgres.has_no_connection_left, postgres.hangs, postgres.stops):
        time.sleep(size(1, 10))
        begun = time.monotonic()
        hurt()
        tell(
            f"{hurt.__name__} for {time.monotonic() - begun:.0f} s: {sum(len(each.recorded) for each in deciders)}"
            f" decisions recorded, {sum(len(each.not_recorded) for each in deciders)} told as not recorded,"
            f" {sum(each.unsure for each in deciders)} unsure; {sender.disturbed} requests of the sender disturbed"
        )
    over.set()
    for thread in threads:
        thread.join(size(120, 900))
    assert not any(thread.is_alive() for thread in threads)

    assert [*sender.lies, *(lie for each in deciders for lie in each.lies)] == []
    recorded = {text for each in deciders for text in each.recorded}
    not_recorded = {text for each in deciders for text in each.not_recorded}
    assert sender.disturbed and not_recorded, "nobody noticed anything"
    status = product.until("drained", size(90, 600))
    assert status["stuck"] == []
    with record_at(product.record_url) as database:
        assert database.read_now(_rationales) == sorted(recorded)
        found = database.read_now(_lanes)
    assert [lane for lane, _ in found] == _expected_lanes(docket)
    stages = [stage for _, stage in found]
    assert stages.count("supervisor_review") == len(recorded) >= DECIDERS * DECISIONS
    assert stages.count("attorney_review") == CASES - len(recorded)
    events = status["events"]
    assert isinstance(events, dict)
    assert events["refused"] == 0
    verified = product.read("audit", "verify")
    assert verified["ok"] is True and verified["cases"] == CASES
    holds_each_event_once(product.record_url)


def patient(person: Person) -> Person:
    """Somebody who waits longer for an answer than the application for its database."""
    person.client.timeout = httpx.Timeout(60)
    return person


def _rationales(connection: Connection) -> list[str]:
    """What the reviews on record say, which tells them apart."""
    vault = Vault.from_text(KEYS)
    rows = connection.execute(
        select(inbox.c.case_id, inbox.c.event_id, inbox.c.content).where(inbox.c.type == "secondlook.case.reviewed.v1")
    )
    opened = [vault.open(row.content, f"inbox/{row.case_id}/{row.event_id}") for row in rows]
    return sorted(each["rationale"] for each in opened if isinstance(each, dict))


def _lanes(connection: Connection) -> list[tuple[str, str]]:
    return sorted(tuple(row) for row in connection.execute(select(cases.c.lane, cases.c.stage)))  # type: ignore[misc]


def _expected_lanes(docket: list[Document]) -> list[str]:
    rules, on = load_ruleset("opla-2011-11-17"), date(2011, 12, 5)
    return sorted(str(screen(event["data"]["facts"], rules, on).to_json()["lane"]) for event in docket)
