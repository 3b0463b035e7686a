"""Writes the docket dashboard as Grafana's JSON to standard output; ``docket.json`` beside it is what Grafana reads.

A person runs it after a change (``python deploy/observability/docket.py > deploy/observability/docket.json``); a test
compares the two. It never asks for anything but metrics of ``secondlook/metrics.py`` and ``sdk-metrics.txt``.

What the record counts is reported by every worker alike, hence ``max``; what a process does itself is summed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from itertools import count

_SOURCE = {"type": "prometheus", "uid": "${source}"}
_COLUMNS, _WIDTH, _HEIGHT = 3, 8, 8


@dataclass(frozen=True, slots=True)
class Panel:
    """``queries`` maps a legend to its PromQL; ``kind`` and ``unit`` are Grafana's words."""

    title: str
    queries: dict[str, str]
    about: str
    unit: str = "short"
    kind: str = "timeseries"


def _quantile(share: float, metric: str, by: str) -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({metric}_bucket[$__rate_interval])))"


ROWS: dict[str, list[Panel]] = {
    "The docket": [
        Panel("Cases by stage", {"{{stage}}": "max by (stage) (secondlook_cases)"}, "Every case is in one stage."),
        Panel(
            "Without a next actor or timer",
            {"stuck": "max(secondlook_stuck_cases)"},
            "Always 0: each open case waits for a person or a time.",
            kind="stat",
        ),
        Panel(
            "Overdue, on the supervisors' list",
            {"overdue": "max(secondlook_escalated_cases)"},
            "Open cases whose review is late.",
            kind="stat",
        ),
        Panel(
            "Screenings by lane",
            {"{{lane}}": "sum by (lane) (rate(secondlook_screenings_total[$__rate_interval]))"},
            "Screening sorts evidence; it decides nothing.",
            "ops",
        ),
        Panel(
            "Judged, by event and outcome",
            {"{{type}} {{outcome}}": "sum by (type, outcome) (rate(secondlook_events_judged_total[$__rate_interval]))"},
            "Each event is judged once.",
            "ops",
        ),
        Panel(
            "From a form's post to its outcome",
            {
                "{{form}} half": _quantile(0.5, "secondlook_decision_seconds", "form"),
                "{{form}} 95 %": _quantile(0.95, "secondlook_decision_seconds", "form"),
            },
            "What an attorney or a supervisor waits for.",
            "s",
        ),
    ],
    "The inbox": [
        Panel(
            "Events by state", {"{{state}}": "max by (state) (secondlook_events)"}, "Pending ones have no outcome yet."
        ),
        Panel(
            "Age of the oldest without outcome",
            {"oldest": "max(secondlook_backlog_oldest_seconds)"},
            "0 when idle.",
            "s",
        ),
        Panel(
            "Judged a second, lately",
            {"drained": "max(secondlook_backlog_drained_per_second)"},
            "The whole fleet's rate, counted on record.",
            "ops",
        ),
        Panel(
            "At the door, by what became of it",
            {"{{outcome}}": "sum by (outcome) (rate(secondlook_intake_events_total[$__rate_interval]))"},
            "Refused events are set aside with a reason.",
            "ops",
        ),
        Panel(
            "Cases rung, by how",
            {"{{how}}": "sum by (how) (rate(secondlook_rings_total[$__rate_interval]))"},
            "A ring too many is harmless; many failed ones mean that Temporal does not answer.",
            "ops",
        ),
        Panel("Rung and not yet judged", {"cases": "sum(secondlook_in_flight_cases)"}, "Bounded in each worker."),
    ],
    "Processes": [
        Panel(
            "Requests by status",
            {"{{status}}": "sum by (status) (rate(secondlook_http_requests_total[$__rate_interval]))"},
            "The web application and the machine interface.",
            "reqps",
        ),
        Panel(
            "Time to answer, 95 %",
            {"{{route}}": _quantile(0.95, "secondlook_http_request_seconds", "route")},
            "By route.",
            "s",
        ),
        Panel(
            "One judging transaction, 95 %",
            {"{{activity}}": _quantile(0.95, "secondlook_judging_seconds", "activity")},
            "Wait for the database included.",
            "s",
        ),
        Panel(
            "Processes, and those started again",
            {
                "{{role}}": "sum by (role) (secondlook_processes)",
                "{{role}} started again": "sum by (role) (increase(secondlook_process_restarts_total[1h]))",
            },
            "Where the product's own supervisor runs them.",
        ),
    ],
    "Temporal, as the workers see it": [
        Panel(
            "Task slots",
            {
                "{{worker_type}} free": "sum by (worker_type) (temporal_worker_task_slots_available)",
                "{{worker_type}} used": "sum by (worker_type) (temporal_worker_task_slots_used)",
            },
            "No free slot for long: too few workers.",
        ),
        Panel(
            "Pollers", {"{{poller_type}}": "sum by (poller_type) (temporal_num_pollers)"}, "None: nothing is fetched."
        ),
        Panel(
            "Workflow tasks that failed",
            {
                "{{failure_reason}}": "sum by (failure_reason)"
                " (increase(temporal_workflow_task_execution_failed_total[$__rate_interval]))"
            },
            "NonDeterminismError: this release cannot replay an open case. The case waits for a fixed worker.",
        ),
        Panel(
            "From schedule to start, 95 %",
            {"95 %": _quantile(0.95, "temporal_workflow_task_schedule_to_start_latency_seconds", "task_queue")},
            "How long a workflow task waits for a worker.",
            "s",
        ),
        Panel(
            "One workflow task, 95 %",
            {"95 %": _quantile(0.95, "temporal_workflow_task_execution_latency_seconds", "task_queue")},
            "Local activities included.",
            "s",
        ),
        Panel(
            "Requests to Temporal, 95 %",
            {"{{operation}}": _quantile(0.95, "temporal_request_latency_seconds", "operation")},
            "Polls are not among them.",
            "s",
        ),
        Panel(
            "Requests to Temporal that failed",
            {
                "{{operation}} {{status_code}}": "sum by (operation, status_code)"
                " (rate(temporal_request_failure_total[$__rate_interval]))"
            },
            "A signal to a run that has ended is answered NOT_FOUND, and started anew.",
            "reqps",
        ),
        Panel(
            "Cases kept in memory",
            {
                "kept": "sum(temporal_sticky_cache_size)",
                "dropped a second": "sum(rate(temporal_sticky_cache_total_forced_eviction_total[$__rate_interval]))",
            },
            "A case that is not kept is replayed from its short history.",
        ),
    ],
}


def dashboard() -> dict[str, object]:
    """The dashboard in Grafana's terms, three panels side by side."""
    panels: list[dict[str, object]] = []
    number, top = count(1), 0
    for title, row in ROWS.items():
        panels.append({"id": next(number), "type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}})  # fmt: skip
        top += 1
        for place, panel in enumerate(row):
            down, across = divmod(place, _COLUMNS)
            position = {"x": across * _WIDTH, "y": top + down * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
            panels.append({"id": next(number), "gridPos": position} | _panel(panel))
        top += -(-len(row) // _COLUMNS) * _HEIGHT
    return {
        "uid": "secondlook-docket",
        "title": "Docket",
        "tags": ["secondlook"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [{"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"}]},
        "panels": panels,
    }


def _panel(panel: Panel) -> dict[str, object]:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for place, (legend, expression) in enumerate(panel.queries.items())
        ],
    }


if __name__ == "__main__":
    json.dump(dashboard(), sys.stdout, indent=1)
    sys.stdout.write("\n")
