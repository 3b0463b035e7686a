"""What ``/openapi.json`` describes is what the machines' addresses do, whatever is sent to them."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from secondlook.web.app import create_app
from tests.web.office import Office

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]


def test_no_request_makes_it_fail_or_answers_what_is_not_described(office: Office) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", create_app(office.settings))
    tried = []

    for found in described.get_all_operations():
        operation = found.ok()
        tried.append(operation.label)

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case) -> None:
            case.call_and_validate(headers={"Authorization": "Bearer a-token-for-tests"}, checks=CHECKS)

        holds()

    assert tried == ["POST /events", "GET /requests", "GET /healthz", "GET /readyz", "GET /metrics"]
