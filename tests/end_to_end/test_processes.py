"""What the processes of ``up`` do about taken ports, dead proxies, secrets, and errors that nobody expected."""

from __future__ import annotations

import socket
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import httpx
import pytest

from tests.end_to_end.hosts import KEYS
from tests.end_to_end.product import COMMAND, Product

NOBODY = "http://127.0.0.1:1"
DEAD_PROXY = {name: NOBODY for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "grpc_proxy")}


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield str(other.getsockname()[1])


@pytest.mark.slow
def test_two_products_on_one_machine_share_nothing_and_no_proxy_is_between(tmp_path: Path) -> None:
    secrets = {"SECONDLOOK_INTAKE_TOKEN": "a-token-of-senders", "SECONDLOOK_OIDC_CLIENT_SECRET": "a-client-secret"}
    products = [Product(tmp_path / name, {**DEAD_PROXY, **secrets}, workers=1) for name in ("one", "other")]
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Product.start, products))
        for product in products:
            assert product.sign_in("attorney1").page("/queue").status_code == 200
            answers = [httpx.get(url, trust_env=False).status_code for url in product.metrics()]
            assert answers == [200] * 4, "supervisor, Temporal, web and worker"
            assert "started again" not in product.said()
            for role, kept in (("temporal", 0), ("sign-in", 0), ("worker", 0), ("web", 2)):
                (pid,) = product.pids(role)
                environment = Path(f"/proc/{pid}/environ").read_text()
                assert sum(secret in environment for secret in secrets.values()) == kept, role
            files = [path for path in product.data.rglob("*") if path.is_file() and path.name != "up.out"]
            assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        ports = [url.split(":")[2] for product in products for url in product.metrics()]
        assert len(set(ports)) == len(ports)
    finally:
        for product in products:
            product.close()


@pytest.mark.parametrize(
    ("command", "setting"),
    [("up", "SECONDLOOK_PORT"), ("up", "SECONDLOOK_METRICS_PORT"), ("web", "SECONDLOOK_PORT"),
     ("worker", "SECONDLOOK_METRICS_PORT"), ("scale", "SECONDLOOK_METRICS_PORT")],
)  # fmt: skip
def test_a_taken_port_is_named_with_its_setting(tmp_path: Path, taken: str, command: str, setting: str) -> None:
    settings = {"SECONDLOOK_OIDC_ISSUER": NOBODY, "SECONDLOOK_ENCRYPTION_KEYS": KEYS, setting: taken}
    product = Product(tmp_path / "data", settings)
    done = product.run(command)
    (said,) = (line for line in done.stderr.decode().splitlines() if not line.startswith("{"))
    assert done.returncode == 1
    assert f"port {taken} is taken" in said and setting in said
    assert not (product.data / "temporal.db").exists()


def test_a_given_port_that_is_taken_is_not_exchanged(tmp_path: Path, taken: str) -> None:
    done = Product(tmp_path / "data").run("up", "--port", taken)
    assert done.returncode == 1
    assert f"port {taken} is taken" in done.stderr.decode()


def test_a_provider_without_passwords_is_not_offered_to_others(tmp_path: Path) -> None:
    done = Product(tmp_path / "data", {"SECONDLOOK_HOST": "0.0.0.0"}).run("up")
    assert done.returncode == 2
    assert b"asks no password" in done.stderr


def test_an_error_that_nobody_expected_is_said_in_one_line(tmp_path: Path) -> None:
    product = Product(tmp_path / "data")
    (product.data / "temporal.release").mkdir(parents=True)
    with Path("/dev/full").open("w") as nobody_looks:
        command = [*COMMAND, "up"]
        done = subprocess.run(command, env=product.environment, stdout=nobody_looks, stderr=PIPE, check=False)
    said = done.stderr.decode()
    assert (done.returncode, len(said.splitlines())) == (1, 1), said
    log_file = product.data / "logs" / "supervisor.jsonl"
    assert "IsADirectoryError" in said and str(log_file) in said
    assert "temporal_server.py" in log_file.read_text() or "pathlib.py" in log_file.read_text()
