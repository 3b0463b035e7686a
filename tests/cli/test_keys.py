"""``secondlook keys``, as an operator meets it: on a record of its own, with a worker at work beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from secondlook.records.database import Database
from secondlook.records.rotation import listed


class Host:
    """A data folder and what is run on it. Temporal is nowhere: a worker holds its keys, seals again, and waits."""

    def __init__(self, folder: Path, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SECONDLOOK_", "TEMPORAL_"))}
        self.folder = folder
        self.environment = {
            **kept,
            "SECONDLOOK_DATA": str(folder),
            "SECONDLOOK_METRICS_PORT": "0",
            "TEMPORAL_ADDRESS": "127.0.0.1:9",
            **settings,
        }
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, code: int = 0, given: bytes | None = None) -> str:
        command = [sys.executable, "-m", "secondlook", *arguments]
        ended = subprocess.run(command, env=self.environment, input=given, capture_output=True, timeout=60, check=False)
        said = (ended.stdout if code == 0 else ended.stderr).decode()
        assert ended.returncode == code, ended.stderr.decode()
        return " ".join(said.split())

    def keys(self) -> dict[str, dict[str, object]]:
        return {key["id"]: key for key in orjson.loads(self.run("keys", "list", "--json"))}

    def start_worker(self) -> None:
        with (self.folder / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "secondlook", "worker"]
            self._worker = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def stop_worker(self) -> None:
        if self._worker is not None:
            self._worker.terminate()
            self._worker.wait(20)

    def until(self, key: str, sealed: object) -> None:
        """Wait until a key seals and so many values are under it."""
        database = Database(f"sqlite:///{self.folder / 'secondlook.db'}")
        limit = time.monotonic() + 60
        while True:
            found = database.read_now(lambda connection: listed(connection, datetime.now(UTC)))
            now = next((each.does, each.sealed) for each in found if each.key.id == key)
            if now == ("seals", sealed):
                break
            assert time.monotonic() < limit, f"{key} is still {now}"
            time.sleep(0.1)
        database.close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    host.run("load", "-", given=DOCKET)
    yield host
    host.stop_worker()


def docket() -> bytes:
    command = [sys.executable, "-m", "secondlook", "sample", "20"]
    return subprocess.run(command, capture_output=True, check=True).stdout


DOCKET = docket()


@pytest.mark.slow
def test_a_key_is_added_used_and_retired_while_a_worker_runs(host: Host) -> None:
    assert host.keys()["k1"] | {"sealed": 0} == {"id": "k1", "does": "seals", "root": 1, "sealed": 0, "unknown_to": []}
    sealed = host.keys()["k1"]["sealed"]
    host.start_worker()

    host.run("keys", "add")
    host.until("k2", sealed)
    assert "it is a root" in host.run("keys", "retire", "k1", code=1)
    host.run("keys", "add", "another", "--root")
    host.until("another", sealed)
    assert "k2 is retired" in host.run("keys", "retire", "k2")

    names = [part.split(":")[0] for part in (host.folder / "keys").read_text().split(",")]
    assert names == ["another", "k1"]
    assert "0 accepted, 20 seen before" in host.run("load", "-", given=DOCKET)
    assert "0 broken" in host.run("audit", "verify")


def test_where_the_keys_are_not_ours_to_edit_it_is_said_where_the_new_one_goes(host: Host) -> None:
    first = (host.folder / "keys").read_text().strip()
    (host.folder / "keys").unlink()
    host.environment["SECONDLOOK_ENCRYPTION_KEYS"] = first

    said = host.run("keys", "add")
    printed = next(word for word in said.split() if word.startswith("k2:"))
    assert host.keys()["k2"]["does"] == "added"
    host.environment["SECONDLOOK_ENCRYPTION_KEYS"] = f"{printed},{first}"
    host.run("load", "-", given=DOCKET)

    assert host.keys()["k2"]["does"] == "seals"
    host.environment["SECONDLOOK_ENCRYPTION_KEYS"] = first
    assert "needs the encryption key 'k2'" in host.run("load", "-", given=DOCKET, code=1)


def test_what_is_sealed_under_a_key_keeps_it(host: Host) -> None:
    host.run("keys", "add")

    assert "values are still sealed under 'k1'" in host.run("keys", "retire", "k1", code=1)
    assert "has a key 'k2' already" in host.run("keys", "add", "k2", code=1)


def test_a_lost_key_file_is_not_made_again(host: Host) -> None:
    (host.folder / "keys").unlink()

    for command in (["load", "-"], ["worker"]):
        assert "put it back from its copy" in host.run(*command, code=1, given=b"")
    assert not (host.folder / "keys").exists()
