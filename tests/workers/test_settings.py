"""Settings that are mistyped are named, those that exist are documented, and files made by several are made once."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secondlook.atomic import made_once
from secondlook.settings import Settings, SettingsError

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def test_every_setting_is_documented_and_nothing_else() -> None:
    table = OPERATIONS.read_text().split("## Settings")[1].split("\n## ")[0]
    named = set(re.findall(r"`(SECONDLOOK_[A-Z_]+)`", "\n".join(re.findall(r"^\|([^|]*)\|", table, re.MULTILINE))))
    assert named == {f"SECONDLOOK_{name.upper()}" for name in Settings.model_fields}


def test_a_mistyped_variable_is_named_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SECONDLOOK_INTAKE_TOKN=secret\n")
    monkeypatch.setenv("SECONDLOOK_WITHDRAWL_WINDOW", "secret")
    monkeypatch.setenv("SECONDLOOK_PORT", "8080")
    Settings.read()
    said = capsys.readouterr().err
    assert "SECONDLOOK_WITHDRAWL_WINDOW is no setting" in said and "SECONDLOOK_WITHDRAW_WINDOW that" in said
    assert "SECONDLOOK_INTAKE_TOKN is no setting" in said
    assert "secret" not in said and "SECONDLOOK_PORT" not in said


def test_a_sources_token_is_not_taken_for_a_mistyped_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = tmp_path / "sources.yaml"
    sources.write_text(
        "sources:\n  courts:\n    address: https://courts.example/facts\n    token_from: SECONDLOOK_TOKEN_OF_COURTS\n"
        "    facts: [education]\n    asks_a_minute: 60\n    timeout_seconds: 10\n"
        "    asks_at_once: 4\n    ask_again_minutes: 15\n"
    )
    monkeypatch.setenv("SECONDLOOK_SOURCES_FILE", str(sources))
    monkeypatch.setenv("SECONDLOOK_TOKEN_OF_COURTS", "secret")
    Settings.read()
    assert capsys.readouterr().err == ""


def test_many_processes_make_one_token_that_only_this_user_reads(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        tokens = set(pool.map(lambda _: Settings(data=tmp_path / "data").token(), range(100)))
    assert len(tokens) == 1
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_made_meanwhile_by_another_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "made"

    def while_another_makes_it() -> str:
        path.write_text("the other's\n")
        return "mine"

    assert made_once(path, while_another_makes_it) == "the other's\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_token_lets_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "intake-token").touch()
    with pytest.raises(SettingsError, match="empty"):
        Settings(data=tmp_path).token()


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="SECONDLOOK_DATA"):
        Settings(data=tmp_path / "file").make_folder()
