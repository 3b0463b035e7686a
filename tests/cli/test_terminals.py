"""Whatever terminal, folder and settings are: one clear line, an exit code of 0, 1 or 2, never a traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment, run


@pytest.mark.parametrize("coding", ["ascii", "latin-1"])
def test_every_terminal_can_be_told(tmp_path: Path, coding: str) -> None:
    plain = {"PYTHONIOENCODING": coding, "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}
    taken = run(tmp_path, "load", "-", given=run(tmp_path, "sample", "3").stdout, **plain)
    assert b"3 accepted" in taken.stdout

    for arguments in (("status",), ("case", "c_1"), ("keys", "list"), ("--help",), ("load", "--help")):
        told = run(tmp_path, *arguments, **plain)
        assert told.returncode in (0, 1)
        assert b"Traceback" not in told.stderr


@pytest.mark.parametrize("command", ["status", "load", "web", "worker", "up", "bootstrap"])
def test_a_data_folder_that_is_a_file_is_said_in_a_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    arguments = [command, "--data", str(tmp_path / "file"), *(["-"] if command == "load" else [])]

    told = run(tmp_path, *arguments)

    assert told.returncode in (1, 2)
    assert str(tmp_path / "file").encode() in told.stderr.replace(b"\n", b"")
    assert b"Traceback" not in told.stderr


@pytest.mark.parametrize("address", ["foo", "postgresql+psycopg://secret:word@nowhere:x/y", "mysql://a/b"])
def test_an_address_that_is_none_is_said_without_showing_it(tmp_path: Path, address: str) -> None:
    for command in ("status", "worker"):
        told = run(tmp_path, command, SECONDLOOK_DATABASE_URL=address)

        assert told.returncode in (1, 2)
        assert b"SECONDLOOK_DATABASE_URL" in told.stderr
        assert b"Traceback" not in told.stderr
        assert b"word" not in told.stderr


def test_a_reader_that_goes_away_is_no_failure_to_shout_about(tmp_path: Path) -> None:
    sampling = subprocess.Popen(
        [*COMMAND, "sample", "20000"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert sampling.stdout and sampling.stderr
    sampling.stdout.readline()
    sampling.stdout.close()
    assert sampling.wait(60) in (0, 1)
    assert b"Traceback" not in sampling.stderr.read()
