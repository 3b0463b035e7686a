"""Whoever opens a record with other keys stops at once, with one line that says what to do; the record is untouched."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.keyring import admitted
from secondlook.records.migrate import upgrade
from secondlook.records.schema import inbox
from tests.records.docket import Docket
from workers.ports import free_port

OTHER = f"test:{base64.b64encode(b'o' * 32).decode()}"


@pytest.fixture
def docket(database: Database, vault: Vault, bench: Bench) -> Docket:
    return Docket(database, vault, bench)


def run(database: Database, folder: Path, *arguments: str, keys: str | None = OTHER) -> tuple[int, str]:
    """Run a command on the record; its code and what it said. Temporal is nowhere: who gets that far does not end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SECONDLOOK_", "TEMPORAL_"))}
    environment = {
        **kept,
        "SECONDLOOK_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "SECONDLOOK_DATA": str(folder),
        "SECONDLOOK_OIDC_ISSUER": "http://127.0.0.1:9",
        "SECONDLOOK_PORT": str(free_port()),
        "SECONDLOOK_METRICS_PORT": "0",
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        **({"SECONDLOOK_ENCRYPTION_KEYS": keys} if keys else {}),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "secondlook", *arguments],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = [line for line in ended.stderr.splitlines() if line.startswith("secondlook: ")]
    assert len(said) == 1, ended.stderr
    return ended.returncode, said[0]


def test_a_worker_with_another_key_is_refused(docket: Docket, tmp_path: Path) -> None:
    is_refused(docket, tmp_path, "worker")


@pytest.mark.parametrize("arguments", ["web", "load docket.jsonl", "audit verify", "scale", "up", "keys add"])
def test_whatever_opens_the_record_with_another_key_is_refused(
    tmp_path: Path, vault: Vault, bench: Bench, arguments: str
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'secondlook.db'}")
    upgrade(database)
    is_refused(Docket(database, vault, bench), tmp_path, *arguments.split())
    database.close()


def is_refused(docket: Docket, tmp_path: Path, *arguments: str) -> None:
    docket.receive()
    admitted(docket.database, docket.vault)
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "docket.jsonl").write_text("{}\n")

    code, said = run(docket.database, folder, *arguments)

    assert code == 1
    assert "the encryption key 'test' of this process is not this record's" in said
    states = docket.database.read_now(lambda c: c.execute(select(inbox.c.state, func.count()).group_by("state")).all())
    assert [tuple(state) for state in states] == [("pending", 1)]


def test_a_host_whose_keys_were_forgotten_makes_none(docket: Docket, tmp_path: Path) -> None:
    docket.receive()
    folder = tmp_path / "host"
    folder.mkdir()

    code, said = run(docket.database, folder, "worker", keys=None)

    assert code == 1
    assert "missing" in said
    assert not (folder / "keys").exists()
