"""Sealed fields open only whole, in their own row, with a key that is configured; look-ups keep with the oldest key."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.records.encryption import KeysError, UnsealError, Vault, new_key, write_key_file

OLD, NEW = b"o" * 32, b"n" * 32
VAULT = Vault({"old": OLD})
ROW = "cases.facts/c_1"
FACTS = {"birth_date": "1945-02", "relatives": [{"relation": "child"}]}


def test_what_was_sealed_opens_in_its_row() -> None:
    sealed = VAULT.seal(FACTS, ROW)

    assert VAULT.open(sealed, ROW) == FACTS
    assert b"1945" not in sealed
    assert VAULT.seal(FACTS, ROW) != sealed


@pytest.mark.parametrize("row", ["cases.facts/c_2", "cases.identity/c_1", ""])
def test_it_opens_in_no_other_row(row: str) -> None:
    with pytest.raises(UnsealError) as refused:
        VAULT.open(VAULT.seal(FACTS, ROW), row)
    assert refused.value.code == "damaged"


@given(st.data())
def test_not_a_bit_of_it_can_be_changed(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(FACTS, ROW))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(UnsealError):
        VAULT.open(bytes(sealed), ROW)


@given(st.data())
def test_cut_off_anywhere_it_is_refused(data: st.DataObject) -> None:
    sealed = VAULT.seal(FACTS, ROW)

    with pytest.raises(UnsealError):
        VAULT.open(sealed[: data.draw(st.integers(0, len(sealed) - 1))], ROW)


@given(st.binary(max_size=80))
def test_bytes_that_were_never_sealed_are_refused(anything: bytes) -> None:
    with pytest.raises(UnsealError):
        VAULT.open(anything, ROW)


def test_a_new_key_seals_and_the_old_ones_still_open() -> None:
    before = VAULT.seal(FACTS, ROW)
    rotated = Vault({"new": NEW, "old": OLD})
    after = rotated.seal(FACTS, ROW)

    assert rotated.open(before, ROW) == rotated.open(after, ROW) == FACTS
    for without, sealed in ((VAULT, after), (Vault({"new": NEW}), before)):
        with pytest.raises(UnsealError) as refused:
            without.open(sealed, ROW)
        assert refused.value.code == "unknown_key"


def test_the_look_ups_and_the_chain_survive_a_rotation() -> None:
    rotated = Vault({"new": NEW, "old": OLD})

    assert rotated.lookup_hash("case", "A000000001", "2010-05-04") == VAULT.lookup_hash(
        "case", "A000000001", "2010-05-04"
    )
    assert rotated.chain_hash("a", "b") == VAULT.chain_hash("a", "b")
    assert rotated.cookie_secret == VAULT.cookie_secret
    assert Vault({"old": NEW}).lookup_hash("case", "A000000001", "2010-05-04") != VAULT.lookup_hash(
        "case", "A000000001", "2010-05-04"
    )


def test_a_look_ups_purpose_and_the_borders_of_its_parts_count() -> None:
    hashes = {
        VAULT.lookup_hash("sender", "ab", "c"),
        VAULT.lookup_hash("sender", "a", "bc"),
        VAULT.lookup_hash("sender", "abc"),
        VAULT.lookup_hash("case", "ab", "c"),
        VAULT.chain_hash("ab", "c"),
    }
    assert len(hashes) == 5


def test_keys_are_read_as_text_newest_first() -> None:
    text = ", ".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in (("new", NEW), ("old", OLD)))

    assert Vault.from_text(text).open(VAULT.seal(FACTS, ROW), ROW) == FACTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "number 1"),
        ("k1", "number 1"),
        (":AAAA", "number 1"),
        (f"k1:{base64.b64encode(OLD).decode()},k2", "number 2"),
        ("k1:not base64!", "'k1' is not valid base64"),
        ("k1:c2VjcmV0", "'k1' must be 32 bytes"),
        ("x" * 41 + ":AAAA", "number 1"),
        (f"k1:{base64.b64encode(OLD).decode()}, k1:{base64.b64encode(NEW).decode()}", "'k1' is there twice"),
    ],
)
def test_keys_that_cannot_be_used_are_named_and_never_shown(text: str, said: str) -> None:
    with pytest.raises(KeysError, match=said) as refused:
        Vault.from_text(text)
    assert "c2VjcmV0" not in str(refused.value)
    assert "not base64!" not in str(refused.value)


def test_a_vault_without_a_key_is_refused() -> None:
    with pytest.raises(KeysError):
        Vault({})


def test_a_key_file_is_written_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    write_key_file(path, new_key("k1"))
    sealed = Vault.from_file(path).seal(FACTS, ROW)
    write_key_file(path, f"{new_key('k2')},{path.read_text().strip()}")

    assert Vault.from_file(path).open(sealed, ROW) == FACTS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
