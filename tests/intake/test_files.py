"""Loading files: every line counts once, no line stops the others, and what is refused stays in its owner's hands."""

import gzip
import io
import json
import stat
import sys
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from secondlook.cases.events import Acceptance, Busy, IncomingEvent, Unavailable
from secondlook.intake.files import LoadCounts, LoadProgress, load, refused_path
from secondlook.intake.sample import sample_events
from tests.cases.documents import CANARY, facts_updated, full_case, received


class Inbox:
    """An inbox in memory that knows events by source and id."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], bytes] = {}
        self.batches: list[int] = []
        self.trouble: list[Exception] = []

    def accept(self, events: Sequence[IncomingEvent]) -> list[Acceptance]:
        if self.trouble:
            raise self.trouble.pop()
        self.batches.append(len(events))
        return [self._take(event) for event in events]

    def _take(self, event: IncomingEvent) -> Acceptance:
        if event.type.short != "received":
            return Acceptance("unknown_case", None, None)
        known = self.stored.setdefault((event.source, event.id), event.content)
        return Acceptance("accepted" if known is event.content else "duplicate", "e_1", "c_1")


class Loaded:
    """One load of a file with this content, and what it left behind."""

    def __init__(self, path: Path, inbox: Inbox) -> None:
        self.progress: list[LoadProgress] = []
        self.counts = load([path], inbox.accept, self.progress.append)
        aside = refused_path(path)
        self.refused = [json.loads(line) for line in aside.read_text().splitlines()] if aside.exists() else None


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def lines(*documents: object) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def file(folder: Path, content: bytes, name: str = "docket.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_events_and_bare_cases_are_told_apart(tmp_path: Path, inbox: Inbox) -> None:
    loaded = Loaded(file(tmp_path, lines(received(), full_case())), inbox)
    assert loaded.counts == LoadCounts(read=2, accepted=2)
    assert {source for source, _ in inbox.stored} == {"urn:example:intake", "secondlook:load"}
    assert loaded.refused is None


def test_loading_again_changes_nothing(tmp_path: Path, inbox: Inbox) -> None:
    path = file(tmp_path, lines(*sample_events(1200, seed=1)))
    assert Loaded(path, inbox).counts == LoadCounts(read=1200, accepted=1200)
    assert inbox.batches == [100] * 12
    assert Loaded(path, inbox).counts == LoadCounts(read=1200, duplicate=1200)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + lines(received(), received(id="2")),
        lines(received(), received(id="2")).replace(b"\n", b"\r\n"),
        b"\n  \n\r\n" + lines(received()) + b"\n\t\n" + lines(received(id="2")) + b"\n",
        lines(received(), received(id="2")).rstrip(b"\n"),
    ],
    ids=["byte order mark", "CRLF", "blank lines", "no last line ending"],
)
def test_what_editors_do_to_files_is_no_mistake(tmp_path: Path, inbox: Inbox, content: bytes) -> None:
    for written, name in ((content, "docket.jsonl"), (gzip.compress(content), "docket.jsonl.gz")):
        inbox.stored.clear()
        assert Loaded(file(tmp_path, written, name), inbox).counts == LoadCounts(read=2, accepted=2)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", gzip.compress(b"")])
def test_an_empty_file_has_nothing_to_load(tmp_path: Path, inbox: Inbox, content: bytes) -> None:
    assert Loaded(file(tmp_path, content), inbox).counts == LoadCounts()


def test_a_refused_line_is_set_aside_with_its_reason_and_stops_nothing(tmp_path: Path, inbox: Inbox) -> None:
    bad_office = json.dumps(received(data={**full_case(), "office": CANARY})).encode()
    content = b"\n".join([b"{" + CANARY.encode(), bad_office, b"\xff\x00garbage", json.dumps(facts_updated()).encode()])
    loaded = Loaded(file(tmp_path, content + b"\n" + lines(received(), [CANARY])), inbox)
    assert loaded.counts == LoadCounts(read=6, accepted=1, refused=5)
    assert loaded.refused is not None
    assert [(each["line"], each["reason"], each["field"]) for each in loaded.refused] == [
        (1, "malformed", None),
        (2, "invalid", "data.office"),
        (3, "malformed", None),
        (4, "unknown_case", "data.case"),
        (6, "invalid", "(document)"),
    ]
    assert loaded.refused[1]["raw"].encode() == bad_office
    assert all(CANARY not in each["problem"] for each in loaded.refused)


def test_set_aside_lines_are_their_owner_s_alone(tmp_path: Path, inbox: Inbox) -> None:
    path = file(tmp_path, b"{\n")
    refused_path(path).write_text('{"line": 1, "reason": "r", "field": null, "problem": "p", "raw": "{"}\n')
    refused_path(path).chmod(0o644)
    assert Loaded(path, inbox).counts.refused == 1
    assert stat.S_IMODE(refused_path(path).stat().st_mode) == 0o600
    path.write_bytes(lines(received()))
    assert Loaded(path, inbox).refused is None


def test_a_line_of_the_allowed_length_is_read_and_one_longer_is_not(tmp_path: Path, inbox: Inbox) -> None:
    event = json.dumps(received()).encode()
    fits, longer = event.ljust(256 * 1024), event.ljust(256 * 1024 + 1)
    loaded = Loaded(file(tmp_path, fits + b"\r\n" + longer + b"\n" + event.replace(b'"1"', b'"2"')), inbox)
    assert loaded.counts == LoadCounts(read=3, accepted=2, refused=1)
    assert loaded.refused is not None
    assert (loaded.refused[0]["line"], loaded.refused[0]["reason"]) == (2, "too_long")
    assert len(loaded.refused[0]["raw"]) == 256 * 1024


def test_an_endless_line_is_never_held_whole(tmp_path: Path, inbox: Inbox) -> None:
    path = file(tmp_path, gzip.compress(b'{"a": "' + b"x" * 50_000_000 + b"\n" + lines(received()), 1))
    tracemalloc.start()
    loaded = Loaded(path, inbox)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert loaded.counts == LoadCounts(read=2, accepted=1, refused=1)
    assert peak < 8_000_000


def test_a_truncated_gzip_keeps_its_good_part_and_names_the_line(tmp_path: Path, inbox: Inbox) -> None:
    whole = gzip.compress(lines(*sample_events(700, seed=3)))
    loaded = Loaded(file(tmp_path, whole[: len(whole) // 2], "docket.jsonl.gz"), inbox)
    read = loaded.counts.read
    assert 200 < read < 500
    assert loaded.counts == LoadCounts(
        read=read,
        accepted=read,
        failures=(
            f"{tmp_path}/docket.jsonl.gz: the gzip data ends too early after line {read}; "
            "the lines up to there were read",
        ),
    )


def test_damaged_gzip_is_named_as_such(tmp_path: Path, inbox: Inbox) -> None:
    damaged = bytearray(gzip.compress(lines(received())))
    damaged[-6] ^= 0xFF
    assert "the gzip data is damaged" in Loaded(file(tmp_path, bytes(damaged)), inbox).counts.failures[0]
    assert "the gzip data is damaged" in Loaded(file(tmp_path, b"\x1f\x8b" + b"garbage" * 9), inbox).counts.failures[0]


def test_a_file_that_cannot_be_opened_does_not_stop_the_next(tmp_path: Path, inbox: Inbox) -> None:
    good = file(tmp_path, lines(received()))
    counts = load([tmp_path / "absent.jsonl", tmp_path, good], inbox.accept, lambda _: None)
    assert (counts.accepted, len(counts.failures)) == (1, 2)
    assert counts.failures[0] == f"{tmp_path}/absent.jsonl: No such file or directory"


def test_standard_input_is_read_and_its_refused_lines_stay_in_the_current_folder(
    tmp_path: Path, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (lines(received(), "x"), gzip.compress(lines(received(id="2"), "x"))):
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
        monkeypatch.setattr(sys, "stdin", stdin)
        loaded = Loaded(Path("-"), inbox)
        assert loaded.counts == LoadCounts(read=2, accepted=1, refused=1)
        assert (tmp_path / "stdin.refused.jsonl").exists()
        assert loaded.progress[-1].bytes_total is None


def test_a_busy_inbox_is_waited_for_and_nothing_counts_twice(tmp_path: Path, inbox: Inbox) -> None:
    inbox.trouble = [Busy(0), Busy(0)]
    assert Loaded(file(tmp_path, lines(received())), inbox).counts == LoadCounts(read=1, accepted=1)


def test_an_unreachable_record_stops_the_load_with_a_word(tmp_path: Path, inbox: Inbox) -> None:
    inbox.trouble = [Unavailable()]
    counts = Loaded(file(tmp_path, lines(received())), inbox).counts
    assert counts.accepted == 0
    assert "cannot be reached" in counts.failures[0]


def test_progress_is_told_after_each_batch_up_to_the_whole_file(tmp_path: Path, inbox: Inbox) -> None:
    path = file(tmp_path, gzip.compress(lines(*sample_events(600, seed=5))))
    progress = Loaded(path, inbox).progress
    assert [each.counts.read for each in progress] == [100, 200, 300, 400, 500, 600, 600]
    assert progress[-1].bytes_read == progress[-1].bytes_total == path.stat().st_size


CASES = [received(), received(id="2"), received(id="3")]
WRITTEN = {
    "an array on one line": json.dumps(CASES).encode(),
    "an array over lines": json.dumps(CASES, indent=2).encode(),
    "documents over lines": "\n".join(json.dumps(each, indent=2) for each in CASES).encode(),
    **{
        f"{coding}, {'marked' if mark else 'unmarked'}": (mark + lines(*CASES).decode()).encode(coding)
        for coding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
        for mark in ("\ufeff", "")
    },
    "an array in UTF-16": json.dumps(CASES, indent=1).encode("utf-16"),
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_other_ways_to_write_cases_are_read(tmp_path: Path, inbox: Inbox, content: bytes) -> None:
    for written in (content, gzip.compress(content)):
        inbox.stored.clear()
        assert Loaded(file(tmp_path, written), inbox).counts == LoadCounts(read=3, accepted=3)


WRONG = {
    "zip archive": b"PK\x03\x04....", "xz": b"\xfd7zXZ\x00..", "bzip2": b"BZh91AY", "zstd": b"\x28\xb5\x2f\xfd..",
    "PDF": b"%PDF-1.7\n", "Office": b"PK\x03\x04..xl/workbook", "CSV": b"a_number,office\nA000000001,BAL\n",
    "TSV": b"a_number\toffice\nA000000001\tBAL\n",
    "binary": b"\x00\x01\x02\x00\x07" * 100, "XML": b"<?xml version='1.0'?>",
    "holds no JSON": b"hello\n",
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_file_of_another_kind_is_named_as_what_it_is(tmp_path: Path, inbox: Inbox, what: str) -> None:
    loaded = Loaded(file(tmp_path, WRONG[what]), inbox)
    assert loaded.counts.read == 0
    assert what in loaded.counts.failures[0]


def test_a_bad_item_of_an_array_is_set_aside_by_its_number(tmp_path: Path, inbox: Inbox) -> None:
    loaded = Loaded(file(tmp_path, b'[%b, oops, {"x": ",]}"}, "y"]' % json.dumps(CASES[0]).encode()), inbox)
    assert loaded.counts == LoadCounts(read=4, accepted=1, refused=3)
    assert [(each["item"], each["reason"]) for each in loaded.refused or []] == [
        (2, "malformed"), (3, "invalid"), (4, "invalid"),
    ]  # fmt: skip


def test_what_somebody_else_wrote_where_refused_lines_go_stays(tmp_path: Path, inbox: Inbox) -> None:
    path = file(tmp_path, b"{" + lines({}, received()))
    refused_path(path).write_text("mine")
    load([path], inbox.accept, lambda _: None)
    assert refused_path(path).read_text() == "mine"
    assert len((tmp_path / "docket.jsonl.refused-2.jsonl").read_text().splitlines()) == 1


def test_counts_are_right_where_nothing_can_be_set_aside(tmp_path: Path, inbox: Inbox) -> None:
    path = file(tmp_path, lines({}, received()), "d" * 250)
    counts = load([path], inbox.accept, lambda _: None)
    assert (counts.read, counts.accepted, counts.refused) == (2, 1, 1)
    assert "cannot be set aside" in counts.failures[0]
