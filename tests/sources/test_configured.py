"""The file of sources: read whole, or refused with file, line and field."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from secondlook.settings import Settings, SettingsError
from secondlook.sources.configured import Source, SourcesError, read_sources

GOOD = """\
sources:
  criminal-records:
    address: https://records.example.org/facts
    token_from: CRIMINAL_RECORDS_TOKEN
    facts: [convictions, prior_removals]
    timeout_seconds: 10
    asks_a_minute: 300
    asks_at_once: 4
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sources.yaml"


def test_a_source_is_read_with_all_its_terms(file: Path) -> None:
    file.write_text(GOOD)
    assert read_sources(file) == (
        Source(
            name="criminal-records",
            address="https://records.example.org/facts",
            token_from="CRIMINAL_RECORDS_TOKEN",
            facts=("convictions", "prior_removals"),
            timeout=timedelta(seconds=10),
            a_minute=300,
            at_once=4,
            ask_again=timedelta(minutes=15),
        ),
    )


def test_without_a_file_there_are_no_sources() -> None:
    assert read_sources(None) == ()


@pytest.mark.parametrize(
    ("wrong", "line", "field"),
    [
        (("https://records", "http://records"), 3, "criminal-records.address"),
        (("https://records", "https://name:word@records"), 3, "criminal-records.address"),
        (("/facts", "/facts?of=A000000001"), 3, "criminal-records.address"),
        (("CRIMINAL_RECORDS_TOKEN", "s3cret-token"), 4, "criminal-records.token_from"),
        (("prior_removals]", "shoe_size]"), 5, "criminal-records.facts"),
        (("prior_removals]", "convictions]"), 5, "criminal-records.facts"),
        (("timeout_seconds: 10", "timeout_seconds: 0"), 6, "criminal-records.timeout_seconds"),
        (("timeout_seconds: 10", "timeout_seconds: true"), 6, "criminal-records.timeout_seconds"),
        (("asks_a_minute: 300", "asks_a_minute: fast"), 7, "criminal-records.asks_a_minute"),
        (("asks_at_once: 4", "asks_at_once: 1000"), 8, "criminal-records.asks_at_once"),
        (("asks_at_once", "asks_at_wonce"), 8, "asks_at_wonce"),
        (("criminal-records:", "Criminal Records:"), 3, "Criminal Records"),
        (("    asks_at_once: 4\n", ""), 3, "asks_at_once"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field(
    file: Path, wrong: tuple[str, str], line: int, field: str
) -> None:
    file.write_text(GOOD.replace(*wrong))
    with pytest.raises(SourcesError) as refused:
        read_sources(file)
    assert str(refused.value).startswith(f"{file}:{line}: ")
    assert field in str(refused.value)
    assert "s3cret" not in str(refused.value) and "word@" not in str(refused.value)


def test_two_sources_cannot_give_the_same_fact(file: Path) -> None:
    second = GOOD.partition("\n")[2].replace("criminal-records", "other-records")
    file.write_text(GOOD + second)
    with pytest.raises(SourcesError, match="'convictions' is already asked of 'criminal-records'"):
        read_sources(file)


def test_plain_http_is_for_this_machine_only(file: Path) -> None:
    file.write_text(GOOD.replace("https://records.example.org", "http://127.0.0.1:9500"))
    assert read_sources(file)[0].address == "http://127.0.0.1:9500/facts"


@pytest.mark.parametrize("content", ["", "sources: [", "other: {}\n", "- sources\n"])
def test_a_file_that_is_no_list_of_sources_is_refused(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(SourcesError, match=str(file)):
        read_sources(file)


def test_a_program_stops_at_start_with_one_line_that_names_the_setting(file: Path, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, sources_file=file)
    with pytest.raises(SettingsError) as refused:
        settings.sources()
    assert refused.value.lines == [f"SECONDLOOK_SOURCES_FILE: {file}: cannot be read as a text file"]


@pytest.mark.parametrize("command", ["up", "worker", "scale"])
def test_what_asks_does_not_start_without_a_sources_token(file: Path, tmp_path: Path, command: str) -> None:
    file.write_text(GOOD)
    ended = subprocess.run(
        [sys.executable, "-m", "secondlook", command, f"--data={tmp_path / 'data'}"],
        env={**os.environ, "SECONDLOOK_SOURCES_FILE": str(file), "SECONDLOOK_METRICS_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = " ".join(ended.stderr.split())
    assert ended.returncode == 2
    assert "CRIMINAL_RECORDS_TOKEN: missing; the token for the source criminal-records" in said
