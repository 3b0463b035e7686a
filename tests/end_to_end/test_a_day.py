"""A day with Second Look: a docket comes in, cases are closed, dismissed and continued by two people each."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from secondlook.intake.sample import sample_events
from tests.end_to_end.product import Product
from tests.end_to_end.record import holds_each_event_once

pytestmark = pytest.mark.slow


def test_a_docket_comes_in_and_three_cases_end(make_product: Callable[..., Product]) -> None:
    product = make_product(SECONDLOOK_WITHDRAW_WINDOW="0s")
    product.start()
    docket = list(sample_events(120, 1))
    assert product.load(docket) == {"read": 120, "accepted": 120, "duplicate": 0, "refused": 0}
    assert product.load(docket) == {"read": 120, "accepted": 0, "duplicate": 120, "refused": 0}
    product.until("attorney_review:120")

    attorney, supervisor = product.sign_in("attorney1"), product.sign_in("supervisor1")
    closed, dismissed, continued, twice = attorney.cases("?office=BAL&stage=attorney_review")[:4]
    ends = {closed: ("close", "closed"), dismissed: ("dismiss", "dismissed"), continued: ("continue", "continued")}
    for case_id, (action, _) in ends.items():
        assert attorney.review(case_id, action).status_code == 303
        assert supervisor.concur(case_id).status_code == 303
    for case_id, (_, stage) in ends.items():
        found = product.read("case", case_id)
        assert (found["stage"], found["disposition"]) == (stage, stage)

    # A decision sent twice counts once; another one at the same version is refused, its text kept.
    fields = attorney.review_fields(twice, "close", "Sent twice by mistake.")
    other = product.sign_in("attorney2")
    late = other.played_back(twice, other.review_fields(twice, "dismiss", "Looked at in the same moment."))
    assert attorney.post(twice, "review", fields).status_code == 303
    assert attorney.post(twice, "review", fields).status_code == 303
    refused = other.post(twice, "review", late)
    assert refused.status_code == 409
    assert "Looked at in the same moment." in refused.text
    events = product.read("case", twice)["events"]
    assert isinstance(events, list)
    assert [e["state"] for e in events] == ["applied", "applied", "refused"]

    # Nobody concurs with a decision of their own.
    own = supervisor.cases("?office=BAL&stage=attorney_review")[0]
    assert supervisor.review(own, "close").status_code == 303
    page = supervisor.page(f"/cases/{own}").text
    assert '/concurrence"' not in page or supervisor.concur(own).status_code in (403, 409)
    assert product.read("case", own)["stage"] == "supervisor_review"

    # Other offices' cases are not there.
    assert product.sign_in("attorney3").page(f"/cases/{closed}").status_code == 404

    status = product.read("status")
    events_by_state, cases = status["events"], status["cases"]
    assert isinstance(events_by_state, dict) and isinstance(cases, dict)
    assert sum(cases.values()) == 120
    assert (cases["closed"], cases["dismissed"], cases["continued"]) == (1, 1, 1)
    assert events_by_state == {"pending": 0, "in_flight": 0, "applied": 120 + 6 + 1 + 1, "refused": 1}
    assert status["stuck"] == []
    assert product.run("audit", "verify").returncode == 0
    holds_each_event_once(product.record_url)
    assert product.stop() < 15


def test_the_event_door_and_the_parts_answer(make_product: Callable[..., Product]) -> None:
    product = make_product()
    product.start()
    token = (product.data / "intake-token").read_text().strip()
    event = next(iter(sample_events(1, 5)))
    send = {"url": f"{product.address}/events", "content": json.dumps(event)}
    kind = {"Content-Type": "application/cloudevents+json"}
    assert httpx.post(**send, headers=kind).status_code == 401
    assert httpx.post(**send, headers={**kind, "Authorization": f"Bearer {token}x"}).status_code == 401
    ours = {**kind, "Authorization": f"Bearer {token}"}
    assert httpx.post(**send, headers=ours).json() == {"accepted": 1, "duplicate": 0, "refused": []}
    assert httpx.post(**send, headers=ours).json() == {"accepted": 0, "duplicate": 1, "refused": []}
    product.until("attorney_review:1")

    processes = product.read("status")["processes"]
    assert isinstance(processes, list)
    assert sorted(each["role"] for each in processes) == product.roles
    assert all(httpx.get(url).status_code == 200 for url in product.metrics())
    workers = product.metrics("worker")
    texts = [httpx.get(url).text for url in workers]
    assert any('secondlook_screenings_total{lane="' in text for text in texts)
    assert all("temporal_worker_task_slots_available" in text for text in texts)
    for url in (f"{product.address}/", workers[0].removesuffix("metrics")):
        assert httpx.get(f"{url}healthz").status_code == 200
        assert httpx.get(f"{url}readyz").status_code == 200
    again = product.run("up")
    assert again.returncode == 1
    assert b"another `secondlook up` is running" in b" ".join(again.stderr.split())
