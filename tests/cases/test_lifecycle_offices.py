"""Offices' settings as they are read from a file: by whom they are overridden, and how mistakes are named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from secondlook.cases.offices import Offices, OfficeSettings

DEFAULT = OfficeSettings(withdraw_window=timedelta(minutes=3))


def read(folder: Path, text: str) -> Offices:
    path = folder / "offices.yaml"
    path.write_text(text, encoding="utf-8")
    return Offices.read(path, DEFAULT)


def test_without_a_file_every_office_has_the_defaults() -> None:
    assert Offices.read(None, DEFAULT).of("BAL") == DEFAULT


def test_an_office_says_only_what_it_does_otherwise(tmp_path: Path) -> None:
    offices = read(tmp_path, "BAL:\n  concurrence: [dismiss]\n  review_due: 14d\nDEN:\n")

    assert offices.of("BAL") == DEFAULT.model_copy(
        update={"concurrence": frozenset({"dismiss"}), "review_due": timedelta(days=14)}
    )
    assert offices.of("DEN") == offices.of("NYC") == DEFAULT


def test_the_file_may_set_the_default_itself(tmp_path: Path) -> None:
    offices = read(tmp_path, "default:\n  concurrence: []\nBAL:\n  concurrence: [close]\n")

    assert offices.of("NYC").concurrence == frozenset()
    assert offices.of("BAL").concurrence == {"close"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0s", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("14 d", timedelta(days=14)),
        ("600", timedelta(minutes=10)),
        ("PT10M", timedelta(minutes=10)),
    ],
)
def test_times_are_written_as_everywhere(tmp_path: Path, written: str, meant: timedelta) -> None:
    assert read(tmp_path, f"BAL:\n  withdraw_window: {written}\n").of("BAL").withdraw_window == meant


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("BAL:\n  concurrence: [closed]\n", "office BAL: concurrence"),
        ("BAL:\n  concurrence: [need_facts]\n", "office BAL: concurrence"),
        ("BAL:\n  withdraw_window: -5\n", "office BAL: withdraw_window"),
        ("BAL:\n  withdraw_window: soon\n", "office BAL: withdraw_window"),
        ("BAL:\n  review_due: 0s\n", "office BAL: review_due"),
        ("BAL:\n  concurence: [close]\n", "office BAL: concurence"),
        ("BAL: [close]\n", "office BAL: must map"),
        ("BAL: 10m\n", "office BAL: must map"),
        ("- BAL\n", "must map office codes"),
        ("BAL: {\n", "cannot be read as YAML"),
    ],
)
def test_a_mistake_is_named_by_file_office_and_field(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ValueError, match=place) as refused:
        read(tmp_path, text)

    assert str(refused.value).startswith(str(tmp_path / "offices.yaml"))


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        Offices.read(tmp_path / "none.yaml", DEFAULT)
