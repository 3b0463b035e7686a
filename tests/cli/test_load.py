"""``secondlook load`` as people run it: globs, pipes, checks, and what the terminal is told."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

from secondlook.intake.sample import sample_events
from tests.cli.command import COMMAND, environment, run


def lines(count: int, seed: int = 3) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in sample_events(count, seed))


def test_a_glob_that_meets_its_own_set_aside_files_leaves_them_out_and_alone(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(3) + b'{"a_number": 7}\n')
    first = run(tmp_path, "load", "a.jsonl")
    aside = (tmp_path / "a.jsonl.refused.jsonl").read_bytes()
    assert b"3 accepted, 0 seen before, 1 refused" in first.stdout
    (tmp_path / "b.jsonl").write_bytes(lines(2, seed=4))

    again = run(tmp_path, "load", "a.jsonl", "a.jsonl.refused.jsonl", "b.jsonl")

    assert b"6 read: 2 accepted, 3 seen before, 1 refused" in again.stdout
    assert b"a.jsonl.refused.jsonl holds lines that an earlier load refused: left out" in again.stderr
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["a.jsonl", "a.jsonl.refused.jsonl", "b.jsonl"]
    assert (tmp_path / "a.jsonl.refused.jsonl").read_bytes() == aside

    alone = run(tmp_path, "load", "a.jsonl.refused.jsonl")
    assert (alone.returncode, b"1 read: 0 accepted, 0 seen before, 1 refused" in alone.stdout) == (1, True)
    assert (tmp_path / "a.jsonl.refused.jsonl").read_bytes() == aside


def test_checking_reads_and_reports_and_stores_nothing(tmp_path: Path) -> None:
    twice = lines(3)
    (tmp_path / "a.jsonl").write_bytes(twice + twice + b'{"a_number": 7}\n')

    checked = run(tmp_path, "load", "--check", "--json", "a.jsonl")

    assert json.loads(checked.stdout) == {"read": 7, "accepted": 3, "duplicate": 3, "refused": 1}
    assert checked.returncode == 0
    assert b"a.jsonl, line 7: " in checked.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04zip", b"\xfd7zXZ\x00xz", b"name,office\nA,B\n", b"\x00\x01\x02\x03" * 50]
)
def test_another_kind_of_file_ends_with_one_and_says_what_to_send(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong.bin").write_bytes(content)

    for arguments in (("load", "wrong.bin"), ("load", "--check", "wrong.bin")):
        refused = run(tmp_path, *arguments)
        assert refused.returncode == 1
        assert b"wrong.bin" in refused.stderr
        assert b"Traceback" not in refused.stderr


def test_what_comes_through_a_pipe_is_counted_like_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    env = environment(tmp_path)
    loading = subprocess.Popen([*COMMAND, "load", "pipe"], env=env, cwd=tmp_path, stdout=subprocess.PIPE)
    (tmp_path / "pipe").write_bytes(lines(5))
    out, _ = loading.communicate(timeout=60)
    assert (loading.returncode, b"5 read: 5 accepted" in out) == (0, True)

    packed = run(tmp_path, "load", "/dev/stdin", given=gzip.compress(lines(5)))
    assert (packed.returncode, b"5 read: 0 accepted, 5 seen before" in packed.stdout) == (0, True)


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()

    empty = run(tmp_path, "load", "empty.jsonl")

    assert (empty.returncode, b"empty.jsonl: it is empty" in empty.stderr) == (0, True)
