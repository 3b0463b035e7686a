"""A cluster: the kustomize base renders, every object is valid, and what keeps the product alive is in it."""

from __future__ import annotations

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from secondlook.cli import app
from tests.deploy.places import DEPLOY, SECRETS, SETTINGS, run

BASE = DEPLOY / "kubernetes" / "base"
SECONDS_TO_STOP = 12

# KEDA's own description of a scaler is not part of Kubernetes: the fields that its documentation names and we use.
SCALER_FIELDS = {
    "scaleTargetRef": {"name"},
    "fallback": {"failureThreshold", "replicas", "behavior"},
    "advanced": {"horizontalPodAutoscalerConfig"},
    "minReplicaCount": None,
    "maxReplicaCount": None,
    "pollingInterval": None,
    "triggers": None,
}


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    rendered = run("kubectl", "kustomize", BASE)
    assert rendered.returncode == 0, rendered.stderr
    return list(yaml.safe_load_all(rendered.stdout))


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each["spec"] for each in objects if each["kind"] == kind}


def pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: spec["template"]["spec"]
        for kind in ("Deployment", "Job")
        for name, spec in of_kind(objects, kind).items()
    }


def test_every_object_is_valid(objects: list[dict[str, Any]]) -> None:
    kinds = [each["kind"] for each in objects]
    checked = [each for each in objects if each["kind"] != "ScaledObject"]
    assert len(checked) == len(objects) - 1, kinds
    for each in checked:
        kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)


def test_web_workers_and_the_job_before_them_run_the_product(objects: list[dict[str, Any]]) -> None:
    commands = {each.name or each.callback.__name__ for each in app.registered_commands}  # type: ignore[union-attr]
    assert set(pods(objects)) == {"web", "worker", "bootstrap"}
    for name, pod in pods(objects).items():
        (container,) = pod["containers"]
        assert container["args"] == [name]
        assert name in commands
        assert container["image"].split(":")[1] not in {"", "latest"}


def test_nothing_runs_as_root_or_writes_to_its_own_image(objects: list[dict[str, Any]]) -> None:
    for pod in pods(objects).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


def test_the_cluster_adds_no_variables_that_look_like_settings(objects: list[dict[str, Any]]) -> None:
    assert all(pod["enableServiceLinks"] is False for pod in pods(objects).values())


def test_settings_exist_and_secrets_are_kept_out_of_the_base(objects: list[dict[str, Any]]) -> None:
    (config,) = [each for each in objects if each["kind"] == "ConfigMap"]
    ours = {key for key in config["data"] if key.startswith("SECONDLOOK_")}
    assert ours <= SETTINGS - SECRETS
    assert "Secret" not in {each["kind"] for each in objects}
    for pod in pods(objects).values():
        sources = pod["containers"][0]["envFrom"]
        assert sources == [{"configMapRef": {"name": config["metadata"]["name"]}}, {"secretRef": {"name": "secrets"}}]


@pytest.mark.parametrize(("name", "port", "number"), [("web", "http", 8080), ("worker", "metrics", 9100)])
def test_probes_ask_the_addresses_that_answer(objects: list[dict[str, Any]], name: str, port: str, number: int) -> None:
    (container,) = pods(objects)[name]["containers"]
    assert container["ports"] == [{"name": port, "containerPort": number}]
    for probe, path in {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}.items():
        assert container[probe]["httpGet"] == {"path": path, "port": port}


def test_a_stopping_pod_gets_the_time_it_needs(objects: list[dict[str, Any]]) -> None:
    for name in ("web", "worker"):
        pod = pods(objects)[name]
        pause = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert pod["terminationGracePeriodSeconds"] >= SECONDS_TO_STOP + pause + 5


def test_a_node_can_be_emptied_one_pod_at_a_time(objects: list[dict[str, Any]]) -> None:
    budgets, deployments = of_kind(objects, "PodDisruptionBudget"), of_kind(objects, "Deployment")
    assert set(budgets) == set(deployments)
    for name, budget in budgets.items():
        assert budget["maxUnavailable"] == 1
        labels = deployments[name]["template"]["metadata"]["labels"]
        assert budget["selector"]["matchLabels"].items() <= labels.items()
        assert deployments[name]["selector"] == budget["selector"]


def test_workers_follow_the_backlog_and_never_fall_below_two(objects: list[dict[str, Any]]) -> None:
    (scaler,) = of_kind(objects, "ScaledObject").values()
    assert set(scaler) == set(SCALER_FIELDS)
    for field, known in SCALER_FIELDS.items():
        assert known is None or set(scaler[field]) == known
    target = of_kind(objects, "Deployment")[scaler["scaleTargetRef"]["name"]]
    assert "replicas" not in target, "two owners of one number"
    assert scaler["scaleTargetRef"]["name"] == "worker"
    assert 2 <= scaler["minReplicaCount"] < scaler["maxReplicaCount"]
    assert scaler["fallback"]["behavior"] == "currentReplicasIfHigher"
    (trigger,) = scaler["triggers"]
    assert trigger["type"] == "prometheus"
    assert 'secondlook_events{state="pending"}' in trigger["metadata"]["query"]
    assert trigger["metadata"]["ignoreNullValues"] == "false"
    assert float(trigger["metadata"]["threshold"]) > 0
    assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_nothing_goes_in_or_out_that_is_not_named(objects: list[dict[str, Any]]) -> None:
    policies = of_kind(objects, "NetworkPolicy")
    closed = policies.pop("nothing-else")
    # The project's own label narrows the selection to nothing less than every pod of the base.
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in closed
    assert "egress" not in closed
    labels = [spec["template"]["metadata"]["labels"] for spec in of_kind(objects, "Deployment").values()]
    assert all(closed["podSelector"].get("matchLabels", {}).items() <= each.items() for each in labels)
    opened = {
        (name, direction): {port["port"] for rule in spec.get(direction, []) for port in rule["ports"]}
        for name, spec in policies.items()
        for direction in ("ingress", "egress")
        if direction in spec
    }
    assert opened == {
        ("names-and-database", "egress"): {53, 5432},
        ("temporal", "egress"): {7233},
        ("web", "ingress"): {8080},
        ("web", "egress"): {443},
        ("worker", "ingress"): {9100},
    }


def test_prometheus_finds_each_part_where_it_shows_its_metrics(objects: list[dict[str, Any]]) -> None:
    for name, deployment in of_kind(objects, "Deployment").items():
        notes = deployment["template"]["metadata"]["annotations"]
        (port,) = pods(objects)[name]["containers"][0]["ports"]
        assert notes == {"prometheus.io/scrape": "true", "prometheus.io/port": str(port["containerPort"])}
