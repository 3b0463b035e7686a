"""Keys belong to a record: a process with other keys never gets in, and none is written down that opens nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.keyring import admitted, make_keys_for_new
from secondlook.records.keys import WrongKeys, all_keys
from secondlook.records.schema import cases, keys
from tests.records.docket import Docket

GOOD, OTHER = bytes(32), b"o" * 32
NOW = datetime(2011, 12, 5, 9, tzinfo=UTC)


def as_an_older_release_left_it(database: Database) -> None:
    """A record with cases and no fingerprint."""
    database.write_now(lambda connection: connection.execute(delete(keys)))


def ids(database: Database) -> list[str]:
    return [key.id for key in database.read_now(all_keys)]


def test_a_new_record_takes_the_keys_that_it_is_made_with(database: Database) -> None:
    admitted(database, Vault({"k2": OTHER, "k1": GOOD}))

    first, second = database.read_now(all_keys)
    assert (first.id, first.root, second.id, second.root) == ("k1", 1, "k2", None)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"test": OTHER}, "'test' of this process is not this record's"),
        ({"another": GOOD}, "needs the encryption key 'test'"),
        ({"another": OTHER, "test": OTHER}, "'test' of this process is not this record's"),
    ],
)
def test_other_keys_are_refused_in_one_line_that_says_what_to_do(
    database: Database, others: dict[str, bytes], said: str
) -> None:
    admitted(database, Vault({"test": GOOD}))

    with pytest.raises(WrongKeys, match=said) as refused:
        admitted(database, Vault(others))

    assert "SECONDLOOK_ENCRYPTION_KEYS" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert ids(database) == ["test"]


def test_a_key_that_the_record_never_met_does_nothing(database: Database) -> None:
    admitted(database, Vault({"test": GOOD}))
    more = Vault({"more": OTHER, "test": GOOD})

    admitted(database, more)

    assert ids(database) == ["test"]
    assert Vault.key_of(more.seal(1, "x")) == "test"


def test_beside_a_record_of_an_older_release_the_right_keys_are_written_down(docket: Docket) -> None:
    docket.receive()
    as_an_older_release_left_it(docket.database)

    admitted(docket.database, docket.vault)

    assert ids(docket.database) == ["test"]


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"test": OTHER}, "do not open this record"),
        ({"another": GOOD}, "do not open this record"),
        ({"test": GOOD, "another": OTHER}, "do not open this record"),
    ],
    ids=["another key of its name", "another name", "another root"],
)
def test_beside_a_record_of_an_older_release_no_other_keys_are(
    docket: Docket, others: dict[str, bytes], said: str
) -> None:
    docket.receive()
    as_an_older_release_left_it(docket.database)

    with pytest.raises(WrongKeys, match=said):
        admitted(docket.database, Vault(others))

    assert ids(docket.database) == []


def test_beside_a_record_of_an_older_release_all_of_its_keys_are_needed(docket: Docket) -> None:
    docket.receive()
    docket.vault.learn({"newer": OTHER})
    case_id = docket.receive(number=2)
    newer = Vault({"newer": OTHER, "test": GOOD})
    sealed = newer.seal({"gender": {"value": "F"}}, f"cases.facts/{case_id}")
    docket.database.write_now(lambda c: c.execute(update(cases).where(cases.c.id == case_id).values(facts=sealed)))
    as_an_older_release_left_it(docket.database)

    with pytest.raises(WrongKeys, match="needs the encryption key 'newer'"):
        admitted(docket.database, Vault({"test": GOOD}))
    with pytest.raises(WrongKeys, match="'newer' of this process does not open"):
        admitted(docket.database, Vault({"newer": b"x" * 32, "test": GOOD}))
    admitted(docket.database, newer)

    assert ids(docket.database) == ["test", "newer"]


def test_a_damaged_row_does_not_keep_the_right_keys_out(docket: Docket) -> None:
    first = docket.receive()
    docket.receive(number=2)
    docket.database.write_now(
        lambda c: c.execute(update(cases).where(cases.c.id == first).values(identity=b"\4testdamaged"))
    )
    as_an_older_release_left_it(docket.database)

    admitted(docket.database, docket.vault)


def test_a_key_file_is_made_beside_a_new_embedded_record_alone(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "keys"

    make_keys_for_new(database, path)

    assert path.exists() is database.sqlite
    if database.sqlite:
        before = path.read_text()
        make_keys_for_new(database, path)
        assert path.read_text() == before


def test_no_key_file_is_made_beside_a_record_that_holds_something(small_docket: Docket, tmp_path: Path) -> None:
    small_docket.receive()

    make_keys_for_new(small_docket.database, tmp_path / "keys")

    assert not (tmp_path / "keys").exists()


def test_no_key_file_is_made_beside_a_record_that_has_met_its_keys(sqlite: Database, tmp_path: Path) -> None:
    admitted(sqlite, Vault({"test": GOOD}))

    make_keys_for_new(sqlite, tmp_path / "keys")

    assert not (tmp_path / "keys").exists()


def test_no_key_stands_on_record(docket: Docket) -> None:
    admitted(docket.database, docket.vault)

    rows = docket.database.read_now(lambda c: c.execute(select(keys)).all())

    assert GOOD.hex() not in repr(rows)
    assert len({row.fingerprint for row in rows}) == len(rows)
