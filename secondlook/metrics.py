"""Every metric of ours, in one place, so that dashboards, alerts and documents can be checked against it.

Labels hold codes only (stages, lanes, event types, routes); never an id, an office's case or a person.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry(auto_describe=True)

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

http_requests = Counter(
    "secondlook_http_requests",
    "Requests answered by the web application",
    ["method", "route", "status"],
    registry=registry,
)
http_seconds = Histogram(
    "secondlook_http_request_seconds", "Time to answer a request", ["route"], buckets=_FAST, registry=registry
)
intake_events = Counter(
    "secondlook_intake_events", "Events that came to the door, by what became of them", ["outcome"], registry=registry
)
decision_seconds = Histogram(
    "secondlook_decision_seconds",
    "From a form's post to its outcome on record",
    ["form"],
    buckets=_FAST,
    registry=registry,
)

events_judged = Counter(
    "secondlook_events_judged", "Events and timers judged, by outcome", ["type", "outcome"], registry=registry
)
cannot_judge = Counter(
    "secondlook_cannot_judge", "Tries to judge an event or timer that failed here, by code", ["code"], registry=registry
)
screenings = Counter("secondlook_screenings", "Screenings recorded, by lane", ["lane"], registry=registry)
judging_seconds = Histogram(
    "secondlook_judging_seconds",
    "One judging transaction, wait for the database included",
    ["activity"],
    buckets=_FAST,
    registry=registry,
)
rings = Counter("secondlook_rings", "Cases rung, by how Temporal was told", ["how"], registry=registry)
in_flight = Gauge("secondlook_in_flight_cases", "Cases rung by this process and not yet judged", registry=registry)

events = Gauge("secondlook_events", "Events on record by state", ["state"], registry=registry)
backlog_oldest = Gauge(
    "secondlook_backlog_oldest_seconds", "Age of the oldest event without outcome", registry=registry
)
backlog_drained = Gauge("secondlook_backlog_drained_per_second", "Events judged a second, lately", registry=registry)
cases = Gauge("secondlook_cases", "Cases on record by stage", ["stage"], registry=registry)
escalated = Gauge(
    "secondlook_escalated_cases", "Open cases on the supervisors' list of overdue work", registry=registry
)
stuck = Gauge(
    "secondlook_stuck_cases",
    "Open cases that nothing will move, and events past their time; always 0",
    registry=registry,
)
sign_ins = Counter(
    "secondlook_sign_ins",
    "Sign-ins and what the provider said later: signed_in, refused, withdrawn, provider_away",
    ["outcome"],
    registry=registry,
)
unreadable = Counter(
    "secondlook_unreadable_rows",
    "Rows that pages met and could not show, by why (unopened: damaged or without its key; newer: of a newer release)",
    ["code"],
    registry=registry,
)

audit_checked_at = Gauge(
    "secondlook_audit_checked_timestamp_seconds",
    "When the newest checkpoint of the audit trail was made and what changed before it checked",
    registry=registry,
)
audit_broken = Gauge(
    "secondlook_audit_broken_cases", "Cases that did not agree with their audit trail then; always 0", registry=registry
)

source_asks = Counter(
    "secondlook_source_asks", "Asks of outside sources, by what came of them", ["source", "outcome"], registry=registry
)
source_seconds = Histogram(
    "secondlook_source_seconds", "Time for one ask of an outside source", ["source"], buckets=_FAST, registry=registry
)
source_open = Gauge(
    "secondlook_source_open", "1 while a source is left alone because it failed", ["source"], registry=registry
)

process_restarts = Counter(
    "secondlook_process_restarts", "Processes started again by the supervisor", ["role"], registry=registry
)
processes = Gauge("secondlook_processes", "Processes that the supervisor runs", ["role"], registry=registry)

scaling_desired_workers = Gauge(
    "secondlook_scaling_desired_workers", "Worker processes that the scaler decided on", registry=registry
)
scaling_workers = Gauge("secondlook_scaling_workers", "Worker processes alive under the scaler", registry=registry)
scaling_decisions = Counter(
    "secondlook_scaling_decisions", "The scaler's decisions", ["direction", "reason"], registry=registry
)
