"""kill -9 of a worker, of the Temporal server, of everything, while a docket loads and people decide: nothing is lost.

Seeded: the same kills in the same order. ``CRASH_CASES`` and ``CRASH_DECISIONS`` make it as large as the programme's
own trial (2,000 and 200).
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from secondlook.intake.sample import sample_events
from tests.end_to_end.product import Person, Product
from tests.end_to_end.record import holds_each_event_once

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("CRASH_CASES", "200"))
DECISIONS = int(os.environ.get("CRASH_DECISIONS", "16"))
KILLS = ["worker", "temporal", "everything", "web", "worker", "everything"]


class _Office:
    """An attorney and a supervisor who keep deciding, and send again whatever a crash left unanswered."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.decided: dict[str, str] = {}

    def _signed_in(self, subject: str) -> Person:
        while True:
            try:
                return self.product.sign_in(subject)
            except (httpx.HTTPError, AssertionError, OSError):
                time.sleep(0.2)

    def work(self, until: int) -> None:
        choose = random.Random(7)
        attorney, supervisor = self._signed_in("supervisor2"), self._signed_in("supervisor1")
        while len(self.decided) < until:
            try:
                ready = [each for each in attorney.cases("?stage=attorney_review") if each not in self.decided]
                if not ready:
                    time.sleep(0.2)
                    continue
                case_id, action = ready[0], choose.choice(["close", "dismiss", "continue"])
                fields = attorney.review_fields(case_id, action)
                self._sent(attorney, case_id, "review", fields)
                self.decided[case_id] = action
                page = supervisor.page(f"/cases/{case_id}")
                if "/concurrence" in page.text:
                    supervisor.concur(case_id)
            except (httpx.HTTPError, KeyError, OSError):
                attorney, supervisor = self._signed_in("supervisor2"), self._signed_in("supervisor1")

    def _sent(self, person: Person, case_id: str, form: str, fields: dict[str, str | list[str]]) -> None:
        """Post until the product answers: the same form twice is one event."""
        while True:
            try:
                if person.post(case_id, form, fields).status_code in (303, 409):
                    return
            except httpx.HTTPError:
                pass
            person = self._signed_in(person.subject)
            fields = {**fields, "csrf_token": person.review_fields(case_id, "close")["csrf_token"]}


def test_nothing_is_lost_and_nothing_happens_twice(make_product: Callable[..., Product]) -> None:
    product = make_product(SECONDLOOK_WITHDRAW_WINDOW="1s")
    product.start()
    office = _Office(product)
    docket = list(sample_events(CASES, 3))
    loading = threading.Thread(target=lambda: [product.load(docket[i : i + 50]) for i in range(0, CASES, 50)])
    deciding = threading.Thread(target=office.work, args=(DECISIONS,))
    loading.start()
    deciding.start()
    choose = random.Random(11)
    for victim in KILLS:
        time.sleep(choose.uniform(0.5, 2.5))
        if victim == "everything":
            product.kill_everything()
            product.start()
        else:
            product.kill(victim)
    loading.join(120)
    deciding.join(180)
    assert not loading.is_alive() and not deciding.is_alive()
    assert product.load(docket)["accepted"] == 0

    product.until("drained", 120)
    _finish(product, office)
    status = product.read("status")
    cases, events = status["cases"], status["events"]
    assert isinstance(cases, dict) and isinstance(events, dict)
    assert sum(cases.values()) == CASES
    assert events["pending"] == events["in_flight"] == 0
    assert status["stuck"] == []
    ends = {"close": "closed", "dismiss": "dismissed", "continue": "continued"}
    for case_id, action in office.decided.items():
        found = product.read("case", case_id)
        assert found["disposition"] == ends[action], (case_id, found)
        judged = found["events"]
        assert isinstance(judged, list)
        assert [e["state"] for e in judged if e["type"].endswith("reviewed.v1")].count("applied") == 1
        assert [e["state"] for e in judged if e["type"].endswith("concurred.v1")].count("applied") == 1
    assert sum(cases[end] for end in ends.values()) == len(office.decided)
    holds_each_event_once(product.record_url)
    verified = product.read("audit", "verify")
    assert verified["ok"] is True and verified["cases"] == CASES


def _finish(product: Product, office: _Office) -> None:
    """The supervisor concurs with whatever the crashes left waiting."""
    supervisor = product.sign_in("supervisor1")
    limit = time.monotonic() + 90
    waiting = list(office.decided)
    while waiting:
        assert time.monotonic() < limit, f"{len(waiting)} decided cases never reached their end"
        for case_id in list(waiting):
            found = product.read("case", case_id)
            if found["disposition"]:
                waiting.remove(case_id)
            elif found["stage"] == "supervisor_review":
                supervisor.concur(case_id)
        time.sleep(0.2)
