"""One host with compose: the file is valid, closed to the outside, and every name in it means something."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from secondlook.cli import app
from tests.deploy.places import COMPOSE, SETTINGS, run

TEXT = (COMPOSE / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("secondlook:")}
EXAMPLE = dict(
    line.split("=", 1) for line in (COMPOSE / "env.example").read_text().splitlines() if line and line[0] != "#"
)


def test_the_file_follows_the_compose_specification() -> None:
    result = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE / "compose.yaml")
    assert result.returncode == 0, result.stdout


def test_every_part_that_the_product_needs_is_there() -> None:
    assert set(SERVICES) == {
        "postgres", "temporal-schema", "temporal", "bootstrap", "web", "worker", "prometheus", "grafana",
    }  # fmt: skip


def test_ports_are_published_on_the_loopback_interface_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert "ports" not in SERVICES["postgres"] | SERVICES["temporal"]


def test_every_image_is_pinned_by_a_tag() -> None:
    for service in SERVICES.values():
        assert re.fullmatch(r"[\w./-]+:v?\d[\w.]*", service["image"])
    assert SERVICES["temporal"]["image"].split(":")[1] == SERVICES["temporal-schema"]["image"].split(":")[1]


def test_the_example_names_each_variable_and_holds_no_secret() -> None:
    used = set(re.findall(r"\$\{(\w+)", TEXT))
    assert used == set(EXAMPLE)
    for name, value in EXAMPLE.items():
        if re.search(r"PASSWORD|TOKEN|KEYS|SECRET", name):
            assert value == "", name
            assert f"${{{name}:?}}" in TEXT, f"{name} must be demanded, not assumed"


def test_our_parts_are_given_commands_and_settings_that_exist() -> None:
    commands = {each.name or each.callback.__name__.replace("_", "-") for each in app.registered_commands}  # type: ignore[union-attr]
    for name, service in OURS.items():
        assert service["command"][0] in commands, name
        assert {key for key in service["environment"] if key.startswith("SECONDLOOK_")} <= SETTINGS, name


def test_our_parts_may_do_little_and_get_the_time_they_need_to_stop() -> None:
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["stop_grace_period"] == "20s"


def test_work_starts_only_after_database_and_temporal_are_prepared() -> None:
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"] == {"bootstrap": {"condition": "service_completed_successfully"}}
    assert set(SERVICES["bootstrap"]["depends_on"]) == {"postgres", "temporal"}
    assert set(SERVICES["temporal"]["depends_on"]) == {"temporal-schema"}
    assert set(SERVICES["temporal-schema"]["depends_on"]) == {"postgres"}


def test_no_part_asks_for_no_password() -> None:
    assert not [name for name, service in OURS.items() if "sign-in-provider" in service["command"]]


class _Part(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


class _PartThatIsNotReady(_Part):
    status = 503


@pytest.mark.parametrize("part", [_Part, _PartThatIsNotReady])
@pytest.mark.parametrize(("name", "port"), [("web", "8080"), ("worker", "9100")])
def test_a_health_check_asks_its_own_part_whatever_proxy_is_set(name: str, port: str, part: type[_Part]) -> None:
    _, _, _, code = SERVICES[name]["healthcheck"]["test"]
    assert port in code
    with ThreadingHTTPServer(("127.0.0.1", 0), part) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked = [sys.executable, "-c", code.replace(port, str(server.server_port))]
        done = subprocess.run(asked, env={"http_proxy": "http://127.0.0.1:1"}, capture_output=True, check=False)
        server.shutdown()
    assert (done.returncode == 0) is (part.status == 200)


def test_every_file_that_is_mounted_is_there() -> None:
    mounts = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    files = [COMPOSE / mount for mount in mounts if mount.startswith(".")]
    assert len(files) >= 8
    assert [file for file in files if not file.is_file()] == []


@pytest.mark.parametrize("script", ["create-databases.sh", "temporal-schema.sh"])
def test_the_scripts_are_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", COMPOSE / script], check=False).returncode == 0


def test_temporals_two_schemas_are_each_put_into_their_own_database(tmp_path: Path) -> None:
    recorder = tmp_path / "temporal-sql-tool"
    recorder.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n')
    recorder.chmod(0o755)
    subprocess.run(
        ["sh", COMPOSE / "temporal-schema.sh"],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    connection = "--plugin postgres12 --ep postgres --port 5432 --user temporal --db"
    schemas = "--schema-dir /etc/temporal/schema/postgresql/v12"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"{connection} temporal setup-schema --version 0.0",
        f"{connection} temporal update-schema {schemas}/temporal/versioned",
        f"{connection} temporal_visibility setup-schema --version 0.0",
        f"{connection} temporal_visibility update-schema {schemas}/visibility/versioned",
    ]
