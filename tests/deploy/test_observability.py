"""What is watched: every metric and label that a panel, an alert or the scaler asks for exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import temporalio.bridge
import yaml
from prometheus_client.metrics import MetricWrapperBase

from secondlook import metrics
from tests.deploy.places import COMPOSE, DEPLOY, OBSERVABILITY, ROOT, promtool, run

DASHBOARD: dict[str, Any] = json.loads((OBSERVABILITY / "docket.json").read_text())
ALERTS: list[dict[str, Any]] = yaml.safe_load((OBSERVABILITY / "alerts.yml").read_text())["groups"][0]["rules"]
SDK = (OBSERVABILITY / "sdk-metrics.txt").read_text().split()
SAMPLES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def ours() -> dict[str, set[str]]:
    """The names under which our metrics are scraped, each with its labels."""
    names = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            extra = {"le"} if family.type == "histogram" else set()
            for suffix in SAMPLES[family.type]:
                names[family.name + suffix] = set(metric._labelnames) | extra
    return names


OURS = ours()


def expressions() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield f"panel {panel['title']}", target["expr"].replace("$__rate_interval", "1m")
    for rule in ALERTS:
        yield f"alert {rule['alert']}", rule["expr"]
    scaler = yaml.safe_load((DEPLOY / "kubernetes" / "base" / "worker-scaler.yaml").read_text())
    yield "worker scaler", scaler["spec"]["triggers"][0]["metadata"]["query"]


EXPRESSIONS = list(expressions())


def asked(expression: str) -> tuple[set[str], set[str]]:
    """The names of the metrics and of the labels in an expression."""
    names: set[str] = set()
    labels: set[str] = set()

    def visit(node: promql_parser.Expr) -> None:
        selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(selector, promql_parser.VectorSelector):
            names.add(str(selector.name))
            labels.update(matcher.name for matcher in selector.matchers.matchers)
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            labels.update(node.modifier.labels)

    promql_parser.walk(promql_parser.parse(expression), visit)
    return names, labels


def family(name: str) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", name)


@pytest.mark.parametrize(("place", "expression"), EXPRESSIONS, ids=[place for place, _ in EXPRESSIONS])
def test_every_metric_that_is_asked_for_exists(place: str, expression: str) -> None:
    names, labels = asked(expression)
    assert names
    for name in names:
        if name.startswith("secondlook_"):
            assert name in OURS
            assert labels <= OURS[name]
        else:
            assert family(name) in SDK


def test_each_listed_metric_of_the_sdk_is_used() -> None:
    used = {family(name) for _, expression in EXPRESSIONS for name in asked(expression)[0]}
    assert {name for name in used if name.startswith("temporal_")} == set(SDK)
    assert sorted(SDK) == SDK


def test_each_listed_metric_of_the_sdk_is_known_to_the_installed_one() -> None:
    (library,) = Path(temporalio.bridge.__path__[0]).glob("temporal_sdk_bridge*")
    known = library.read_bytes()
    for name in SDK:
        own = re.sub(r"_(total|seconds)$", "", name.removeprefix("temporal_"))
        assert own.encode() in known, name
    assert b"no_such_metric_in_the_sdk" not in known


def test_the_committed_dashboard_is_what_its_program_writes() -> None:
    written = run("python", OBSERVABILITY / "docket.py")
    assert written.stdout == (OBSERVABILITY / "docket.json").read_text()


def test_panels_do_not_overlap_and_are_numbered_once() -> None:
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for position in [panel["gridPos"]]
        for x in range(position["x"], position["x"] + position["w"])
        for y in range(position["y"], position["y"] + position["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))


def test_every_alert_says_what_to_do() -> None:
    for rule in ALERTS:
        page, anchor = rule["annotations"]["runbook"].split("#")
        headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
        assert rule["alert"] in headings
        assert anchor == rule["alert"].lower()


def test_every_alert_is_tried() -> None:
    trials = yaml.safe_load((OBSERVABILITY / "alerts.test.yml").read_text())["tests"]
    fired = {each["alertname"] for trial in trials for each in trial["alert_rule_test"] if each.get("exp_alerts")}
    assert fired == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize(
    "check",
    [
        ("check", "rules", OBSERVABILITY / "alerts.yml"),
        ("test", "rules", OBSERVABILITY / "alerts.test.yml"),
        ("check", "config", OBSERVABILITY / "prometheus.yml"),
    ],
    ids=["rules", "trials", "configuration"],
)
def test_prometheus_accepts_it(check: tuple[str | Path, ...]) -> None:
    result = promtool(*check)
    assert result.returncode == 0, result.stdout + result.stderr


def test_prometheus_and_grafana_look_where_compose_put_things() -> None:
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    jobs = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())["scrape_configs"]
    hosts = {
        target.split(":")[0]
        for job in jobs
        for group in job.get("static_configs", []) + job.get("dns_sd_configs", [])
        for target in group.get("targets", []) + group.get("names", [])
    }
    assert hosts == {"web", "worker", "temporal"} <= set(services)
    source = yaml.safe_load((OBSERVABILITY / "grafana-datasource.yaml").read_text())["datasources"][0]
    assert source["url"] == "http://prometheus:9090"
    folder = yaml.safe_load((OBSERVABILITY / "grafana-dashboards.yaml").read_text())["providers"][0]["options"]["path"]
    assert any(f":{folder}/docket.json:" in mount for mount in services["grafana"]["volumes"])
