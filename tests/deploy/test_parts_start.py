"""The parts, started for real with the very environment that compose gives them, on PostgreSQL and a Temporal server.

Only addresses and ports differ from ``compose.yaml``; what it leaves to ``.env`` is filled in here. They listen on an
address that is not the usual one, as in a container, where listening on 127.0.0.1 is listening to nobody.
"""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.deploy.places import COMPOSE, OBSERVABILITY
from tests.deploy.postgres import PASSWORDS, made_as_compose_makes_it

pytestmark = pytest.mark.slow

PROGRAMS = Path(sys.executable).parent
FILLED_IN = {
    "SECONDLOOK_INTAKE_TOKEN": "synthetic-token-for-a-test",
    "SECONDLOOK_ENCRYPTION_KEYS": f"k1:{base64.b64encode(bytes(range(32))).decode()}",
    "SECONDLOOK_OIDC_ISSUER": "http://sign-in.localhost:9400",
    "SECONDLOOK_OIDC_CLIENT_ID": "secondlook",
    "SECONDLOOK_OIDC_CLIENT_SECRET": "synthetic-secret",
    "SECONDLOOK_PUBLIC_URL": "http://localhost:8080",
    "SECONDLOOK_WITHDRAW_WINDOW": "10m",
}
SECONDS_TO_STOP = 12
HOST = "127.0.0.2"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, attempt: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not attempt():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.2)


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=4).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def temporal_address() -> Iterator[str]:
    port = free_port()
    options = ["server", "start-dev", "--headless", "--log-level", "error", "--port", str(port)]
    server = subprocess.Popen([str(PROGRAMS / "temporal"), *options], stdout=subprocess.DEVNULL)
    yield f"127.0.0.1:{port}"
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, temporal_address: str) -> Iterator[dict[str, str]]:
    given: dict[str, str] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["x-secondlook"]["environment"]
    with made_as_compose_makes_it(tmp_path_factory.mktemp("postgres")) as administrator:
        database = administrator.set(
            username="secondlook", password=PASSWORDS["secondlook"], database="secondlook"
        ).render_as_string(hide_password=False)
        filled = {
            name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: FILLED_IN[found[1]], value)
            for name, value in given.items()
            if name != "SECONDLOOK_DATABASE_URL"
        }
        yield filled | {
            "PATH": os.environ["PATH"],
            "SECONDLOOK_HOST": HOST,
            "SECONDLOOK_DATA": str(tmp_path_factory.mktemp("scratch")),
            "SECONDLOOK_DATABASE_URL": database,
            "TEMPORAL_ADDRESS": temporal_address,
        }


@pytest.fixture(scope="module")
def prepared(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """After ``bootstrap``, started again on failure as compose and the cluster's job do."""
    folder = tmp_path_factory.mktemp("empty")

    def bootstrap() -> bool:
        command = [str(PROGRAMS / "secondlook"), "bootstrap"]
        return subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False).returncode == 0

    until("bootstrap's success", bootstrap)
    assert bootstrap(), "bootstrap is safe to repeat"
    return environment


@pytest.mark.parametrize(("part", "setting"), [("worker", "SECONDLOOK_METRICS_PORT"), ("web", "SECONDLOOK_PORT")])
def test_a_part_is_ready_shows_its_metrics_and_stops_in_time(
    prepared: dict[str, str], tmp_path: Path, part: str, setting: str
) -> None:
    port = free_port()
    command = [str(PROGRAMS / "secondlook"), part]
    process = subprocess.Popen(command, env=prepared | {setting: str(port)}, cwd=tmp_path)
    try:
        for path in ("healthz", "readyz"):
            until(f"{part}'s /{path}", lambda path=path: answers(f"http://{HOST}:{port}/{path}"))  # type: ignore[misc]
        shown = httpx.get(f"http://{HOST}:{port}/metrics", timeout=4).text
        assert "secondlook_events{" in shown or part == "web"
        if part == "worker":
            pollers = [name for name in (OBSERVABILITY / "sdk-metrics.txt").read_text().split() if "poller" in name]
            assert pollers
            assert all(f"\n{name}{{" in shown for name in pollers)
        process.terminate()
        # uvicorn, once it has answered what was begun, ends by the signal that it was sent.
        assert process.wait(SECONDS_TO_STOP) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.wait()
    assert list(tmp_path.iterdir()) == [], "an image's folder cannot be written"
