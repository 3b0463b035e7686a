"""Bad input, a lost Temporal database, a full disk, a read-only record, and a canary that must never get out."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from secondlook.intake.sample import sample_events
from tests.conftest import LEFT_OUT
from tests.end_to_end.product import Product
from tests.end_to_end.record import holds_each_event_once

pytestmark = pytest.mark.slow

CANARY_NAME, CANARY_NUMBER = "Kanarienvogel", "A000777333"


def _canary_event(number: int, **changes: object) -> dict[str, object]:
    event = next(iter(sample_events(1, number)))
    data = event["data"]
    assert isinstance(data, dict)
    data |= {
        "a_number": CANARY_NUMBER,
        "respondent": {"family_name": CANARY_NAME, "given_name": CANARY_NAME},
        "office": "BAL",
    }
    data |= changes
    return {**event, "id": f"canary-{number}", "subject": CANARY_NAME}


def test_a_canary_appears_in_no_log_metric_or_history(make_product: Callable[..., Product], tmp_path: Path) -> None:
    product = make_product(SECONDLOOK_WITHDRAW_WINDOW="0s")
    product.start()
    assert product.load([_canary_event(1)])["accepted"] == 1
    token = (product.data / "intake-token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
    bad = [
        _canary_event(2, facts={"birth_date": CANARY_NAME}),
        _canary_event(3, **{CANARY_NAME: 1}),
        _canary_event(4, office=CANARY_NAME),
        {"specversion": CANARY_NAME},
    ]
    answers = [httpx.post(f"{product.address}/events", json=each, headers=headers) for each in bad]
    answers.append(httpx.post(f"{product.address}/events", content=f'{{"{CANARY_NAME}', headers=headers))
    answers.append(httpx.post(f"{product.address}/events", content=CANARY_NAME, headers={"Authorization": CANARY_NAME}))
    assert all(400 <= answer.status_code < 500 for answer in answers)
    said = [answer.text for answer in answers]
    (tmp_path / "bad.jsonl").write_text("\n".join(json.dumps(each) for each in bad))
    refused = product.run("load", str(tmp_path / "bad.jsonl"))
    said.append((refused.stdout + refused.stderr).decode())

    product.until("attorney_review:1")
    attorney, supervisor = product.sign_in("attorney1"), product.sign_in("supervisor1")
    (case_id,) = attorney.cases()
    assert CANARY_NAME in attorney.page(f"/cases/{case_id}").text
    product.kill("worker")
    fields = attorney.review_fields(case_id, "close", f"{CANARY_NAME} {CANARY_NUMBER}")
    assert attorney.post(case_id, "review", {**fields, "action": CANARY_NAME}).status_code == 422
    assert attorney.post(case_id, "review", fields).status_code == 303
    attorney.page(f"/queue?office={CANARY_NAME}")
    attorney.page(f"/cases/{CANARY_NAME}")
    product.until("supervisor_review:1")
    assert supervisor.concur(case_id).status_code == 303
    product.until("closed:1")
    for person in (attorney, supervisor):
        assert not [each for each in person.client.cookies.jar if CANARY_NAME in str(each.value)]

    said += [httpx.get(url).text for url in product.metrics()]
    said.append(json.dumps([product.read("status"), product.read("case", case_id), product.read("audit", "verify")]))
    said.append(product.said())
    histories = product.history(case_id)
    assert "CaseReview" in histories
    product.stop()
    kept = {place: written.decode("utf-8", "replace") for place, written in product.kept().items()}
    assert all(any(sign in text for text in kept.values()) for sign in (case_id, "CaseReview"))
    for canary in (CANARY_NAME, CANARY_NUMBER, CANARY_NUMBER[1:], "000-777-333"):
        assert canary not in histories
        assert not [text[:200] for text in said if canary in text]
        assert not [path for path, text in kept.items() if canary in text]


def test_temporals_database_is_lost_under_cases_in_every_stage(make_product: Callable[..., Product]) -> None:
    product = make_product(SECONDLOOK_WITHDRAW_WINDOW="8s")
    product.start()
    product.load(sample_events(60, 2))
    product.until("attorney_review:60")
    supervisor, attorney = product.sign_in("supervisor1"), product.sign_in("supervisor2")
    ended, waits, held, asked = attorney.cases("?stage=attorney_review&office=BAL")[:4]
    for case_id in (ended, waits):
        assert attorney.review(case_id, "close").status_code == 303
    product.until("supervisor_review:2")
    assert supervisor.concur(ended).status_code == 303
    assert attorney.review(asked, "need_facts").status_code == 303
    assert attorney.review(held, "dismiss").status_code == 303
    before = product.read("status")["cases"]
    assert isinstance(before, dict) and before["held"] == 1
    product.stop()
    product.load(sample_events(65, 2))
    product.lose_temporals_database()
    product.start()

    # The window that was running runs out; the new cases are screened; everyone can go on.
    product.until("supervisor_review:2")
    product.until("drained")
    assert supervisor.page("/queue").status_code == 200
    attorney, supervisor = product.sign_in("supervisor2"), product.sign_in("supervisor1")
    for case_id in (waits, held):
        assert supervisor.concur(case_id).status_code == 303
    assert attorney.review(asked, "continue").status_code == 303
    status = product.read("status")
    cases = status["cases"]
    assert isinstance(cases, dict)
    assert (cases["closed"], cases["dismissed"], cases["held"], cases["attorney_review"]) == (2, 1, 1, 61)
    assert status["stuck"] == []
    assert product.read("audit", "verify")["ok"] is True
    holds_each_event_once(product.record_url)


def test_bad_files_are_refused_line_by_line(make_product: Callable[..., Product], tmp_path: Path) -> None:
    product = make_product()
    good = [json.dumps(event) for event in sample_events(3, 9)]
    broken = json.loads(good[0])
    broken["data"]["facts"]["birth_date"] = "1950-02-30"
    broken["id"] = "other"
    twice = good[0].replace('"specversion"', '"id": "again", "specversion"')
    (tmp_path / "mixed.jsonl").write_text(
        "\n".join([good[0], json.dumps(broken), "[" * 100_000, twice, "", good[1], "{"])
    )
    mixed = product.run("load", str(tmp_path / "mixed.jsonl"), "--json")
    assert json.loads(mixed.stdout) == {"read": 6, "accepted": 2, "duplicate": 0, "refused": 4}
    aside = [json.loads(line) for line in (tmp_path / "mixed.jsonl.refused.jsonl").read_text().splitlines()]
    assert [each["line"] for each in aside] == [2, 3, 4, 7]
    assert aside[0]["field"] == "data.facts.birth_date"
    assert (tmp_path / "mixed.jsonl.refused.jsonl").stat().st_mode & 0o777 == 0o600

    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "binary.jsonl").write_bytes(os.urandom(200_000))
    with (tmp_path / "long.jsonl").open("wb") as file:
        file.write(b'{"a": "')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress("\n".join(good).encode())[:-9])
    assert json.loads(product.run("load", str(tmp_path / "empty.jsonl"), "--json").stdout)["read"] == 0
    assert json.loads(product.run("load", str(tmp_path / "binary.jsonl"), "--json").stdout)["accepted"] == 0
    assert json.loads(product.run("load", str(tmp_path / "long.jsonl"), "--json").stdout)["refused"] == 1
    cut = product.run("load", str(tmp_path / "cut.jsonl.gz"), "--json")
    assert cut.returncode == 1 and b"cut.jsonl.gz" in cut.stderr
    missing = product.run("load", str(tmp_path / "nowhere.jsonl"))
    assert missing.returncode == 1 and b"nowhere.jsonl" in missing.stderr


def test_a_batch_of_ten_thousand_is_taken_whole(make_product: Callable[..., Product]) -> None:
    product = make_product()
    product.start()
    token = (product.data / "intake-token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json"}
    batch = [_small(event) for event in sample_events(10_000, 4)]
    answer = httpx.post(f"{product.address}/events", json=batch, headers=headers, timeout=120)
    assert answer.status_code == 202, answer.text[:300]
    assert answer.json()["accepted"] == 10_000
    # An attorney's page is not behind ten thousand starts.
    assert product.sign_in("attorney1").page("/queue").status_code == 200


def _small(event: dict[str, object]) -> dict[str, object]:
    data = event["data"]
    assert isinstance(data, dict)
    return {**event, "data": {name: data[name] for name in ("a_number", "office", "nta")}}


class _SmallDisk:
    """A file system in memory, where this machine lets us mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if self._mount("size=64m"):
            LEFT_OUT.append("the full disk: this user may not mount a tmpfs here")
            pytest.skip("may not mount a tmpfs")

    def leave(self, megabytes: int) -> None:
        """Leave this much room."""
        room = shutil.disk_usage(self.folder).used + megabytes * 1_000_000
        assert self._mount(f"remount,size={room}") == 0

    def _mount(self, options: str) -> int:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.fixture
def disk() -> Iterator[_SmallDisk]:
    # Not in tmp_path: PostgreSQL may be another user, who cannot enter it.
    with tempfile.TemporaryDirectory(prefix="secondlook-disk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield _SmallDisk(folder)
        subprocess.run(["umount", "-l", name], check=False)


def test_a_full_disk_loses_nothing_and_says_so(disk: _SmallDisk, make_product: Callable[..., Product]) -> None:
    product = make_product()
    product.put_record_on(disk.folder)
    disk.leave(megabytes=3)
    docket = list(sample_events(3000, 6))
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in docket)
    full = product.run("load", "-", "--json", given=lines)
    assert full.returncode == 1
    assert b"load again" in full.stderr or b"disk is full" in full.stderr
    taken = json.loads(full.stdout)["accepted"]
    assert 0 < taken < 3000
    disk.leave(megabytes=64)
    again = product.load(docket)
    assert (again["accepted"], again["duplicate"]) == (3000 - taken, taken)


def _children(pid: int, command: bytes = b"") -> list[int]:
    """The processes that a process has started and that run such a command."""
    found = {
        int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()
    }
    return [child for child in found if command in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_a_full_disk_under_up_starts_no_process_twice_and_goes_on_when_there_is_room(disk: _SmallDisk) -> None:
    disk.leave(megabytes=64)
    product = Product(disk.folder / "data")
    product.start()
    try:
        product.load(sample_events(20, 7))
        product.until("drained")
        disk.leave(megabytes=1)
        with suppress(OSError), (disk.folder / "rest").open("wb", buffering=0) as rest:
            while True:
                rest.write(bytes(4096))
        (supervisor,), running, most = product.pids("supervisor"), len(product.roles) - 1, 0
        for _ in range(4):
            # What is listed is older than the full disk.
            os.kill(_children(supervisor, b"worker")[0], signal.SIGKILL)
            limit = time.monotonic() + 1.5
            while time.monotonic() < limit or not _children(supervisor, b"worker"):
                assert time.monotonic() < limit + 30, "no worker was started again"
                most = max(most, len(_children(supervisor)))
                time.sleep(0.02)
        assert most == running
        disk.leave(megabytes=64)
        product.load(sample_events(40, 7))
        assert product.until("drained")["stuck"] == []
        assert product.said().count("worker ended") >= 1
    finally:
        product.close()


def test_a_read_only_record_refuses_clearly(make_product: Callable[..., Product]) -> None:
    product = make_product()
    product.load(sample_events(5, 1))
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in sample_events(9, 1))
    with product.read_only_record():
        refused = product.run("load", "-", given=lines)
        assert refused.returncode == 1
        assert b"read-only" in refused.stderr or b"cannot be reached" in refused.stderr, refused.stderr
        assert product.run("load", "-", given=lines).returncode == 1
    assert product.load(sample_events(9, 1)) == {"read": 9, "accepted": 4, "duplicate": 5, "refused": 0}
