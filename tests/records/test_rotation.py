"""Another key: it seals once all know it, all is sealed again under it, and nothing is found less than before."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, func, insert, select, update

from secondlook.records import rotation
from secondlook.records.database import Database
from secondlook.records.encryption import Vault, new_key, read_keys, write_key_file
from secondlook.records.judging import Bench
from secondlook.records.keyring import Keyring, admitted
from secondlook.records.keys import EXPIRES, all_keys, forget, sealing, show
from secondlook.records.replay import Break
from secondlook.records.resealing import reseal_some, sealed_under
from secondlook.records.rotation import NotPossible, StillSealed, check_retirable, retire
from secondlook.records.schema import audit, cases, found_by, inbox, key_holders, metadata, sessions
from secondlook.records.sealed import SEALED
from secondlook.records.search.finding import by_name, by_number
from secondlook.records.verifying import verify
from tests.records.docket import Docket, case_event

HASHES = {
    "cases.key",
    "cases.a_number_key",
    "found_by.token",
    "cases.audit_head",
    "inbox.sender_key",
    "inbox.digest",
    "audit.content_digest",
    "audit.hash",
    "acts.hash",
    "sessions.id",
}


@pytest.fixture
def docket(database: Database, vault: Vault, bench: Bench) -> Docket:
    """A record that has met its keys."""
    admitted(database, vault)
    return Docket(database, vault, bench)


def now() -> datetime:
    return datetime.now(UTC)


def add(docket: Docket, name: str = "new", *, root: bool = False) -> str:
    """Add a key on an operator's machine whose keys stand in the environment; what to put into everybody's list."""
    operators = admitted(docket.database, Vault({"test": bytes(32)}))
    added = docket.database.write_now(lambda c: rotation.add(c, operators, None, now(), name, root=root))
    assert added.put is not None
    return added.put


def process(docket: Docket, vault: Vault, role: str = "worker") -> Keyring:
    keyring = Keyring(docket.database, vault, role, None)
    keyring.enter()
    return keyring


def seals(docket: Docket) -> str:
    return docket.database.read_now(lambda c: sealing(all_keys(c)).id)


def rotate(docket: Docket, *, root: bool = False) -> None:
    """Have this docket's own process seal with a new key, and all sealed again."""
    docket.vault.learn(read_keys(add(docket, root=root)))
    process(docket, docket.vault).leave()
    assert seals(docket) == "new"
    reseal(docket)


def reseal(docket: Docket) -> None:
    docket.database.write_now(lambda c: c.execute(update(key_holders).values(seen_at=now() + timedelta(seconds=1))))
    for _ in range(100):
        if not docket.database.write_now(lambda c: reseal_some(c, docket.vault, now() + timedelta(seconds=1))):
            return
    raise AssertionError("it never ends")


def counts(docket: Docket) -> dict[str, int]:
    return docket.database.read_now(lambda c: sealed_under(c, ["test", "new"]))


def breaks(docket: Docket) -> list[Break]:
    return docket.database.read_now(lambda c: verify(c, docket.vault)).broken


def test_every_sealed_column_is_known_to_what_seals_again() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert {f"{each.table.name}.{each.column.name}" for each in SEALED} == binary - HASHES


def test_a_new_key_seals_only_once_every_live_process_knows_it(docket: Docket) -> None:
    old = Vault({"test": bytes(32)})
    one, two = process(docket, docket.vault), process(docket, old, "web")
    text = add(docket)

    docket.vault.learn(read_keys(text))
    one.enter()
    assert (seals(docket), Vault.key_of(docket.vault.seal(1, "x"))) == ("test", "test")

    old.learn(read_keys(text))
    two.enter()
    assert (seals(docket), Vault.key_of(old.seal(1, "x"))) == ("new", "new")
    assert Vault.key_of(docket.vault.seal(1, "x")) == "test"

    one.enter()
    assert Vault.key_of(docket.vault.seal(1, "x")) == "new"


@pytest.mark.parametrize("ends", ["in an orderly way", "by a crash"])
def test_a_process_that_is_gone_keeps_no_key_waiting(docket: Docket, ends: str) -> None:
    gone = process(docket, Vault({"test": bytes(32)}))
    text = add(docket)
    if ends == "by a crash":
        long_ago = now() - EXPIRES - timedelta(seconds=1)
        docket.database.write_now(lambda c: c.execute(update(key_holders).values(seen_at=long_ago)))
    else:
        gone.leave()

    docket.vault.learn(read_keys(text))
    process(docket, docket.vault)

    assert seals(docket) == "new"


def test_a_process_without_the_new_key_does_not_start_once_it_seals(docket: Docket) -> None:
    from secondlook.records.keys import WrongKeys

    rotate(docket)

    with pytest.raises(WrongKeys, match="needs the encryption key 'new'"):
        admitted(docket.database, Vault({"test": bytes(32)}))


@pytest.mark.parametrize("root", [False, True], ids=["", "root"])
def test_all_is_sealed_again_and_the_old_key_is_needed_no_more_to_open_it(docket: Docket, root: bool) -> None:
    case_id = docket.in_review()
    docket.review(case_id)
    docket.judge(case_id)
    before = docket.facts(case_id)
    assert counts(docket)["test"] > 3

    rotate(docket, root=root)

    assert counts(docket)["test"] == 0
    assert docket.facts(case_id) == before
    assert breaks(docket) == []


def test_rows_that_are_found_by_a_hash_are_sealed_again_too(docket: Docket) -> None:
    for place in range(3):
        values = {"id": bytes([200, place]), "person": "attorney1"}
        content = docket.vault.seal({"n": place}, f"sessions/{values['id'].hex()}")
        times = dict.fromkeys(("started_at", "seen_at", "checked_at", "check_due"), docket.now)
        docket.write(insert(sessions).values(**values, **times, content=content))
    assert counts(docket)["test"] == 3

    rotate(docket)

    assert counts(docket) == {"test": 0, "new": 3}
    row = docket.rows(sessions)[1]
    assert docket.vault.open(row.content, f"sessions/{row.id.hex()}") == {"n": 1}


def test_it_goes_on_where_it_was_broken_off(docket: Docket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondlook.records.resealing._ROWS", 2)
    for number in range(1, 8):
        docket.in_review(number)
    docket.vault.learn(read_keys(add(docket)))
    process(docket, docket.vault).leave()
    total = counts(docket)["test"]

    left = [total]
    while docket.database.write_now(lambda c: reseal_some(c, docket.vault, now() + timedelta(seconds=1))):
        another = admitted(docket.database, docket.vault)
        assert another is docket.vault
        left.append(counts(docket)["test"])

    assert left[-1] == 0
    assert max(was - is_ for was, is_ in itertools.pairwise(left)) == 2


def test_what_somebody_else_holds_is_sealed_again_later_and_nobody_waits(
    postgres: Database, vault: Vault, bench: Bench
) -> None:
    docket = Docket(postgres, vault, bench)
    admitted(postgres, vault)
    held = docket.in_review(1)
    docket.in_review(2)
    docket.vault.learn(read_keys(add(docket, root=True)))
    process(docket, docket.vault).leave()
    other = Database(postgres.url)

    def beside(connection) -> None:
        connection.execute(select(cases.c.id).where(cases.c.id == held).with_for_update(key_share=True))
        for _ in range(20):
            other.write_now(lambda c: reseal_some(c, docket.vault, now() + timedelta(seconds=1)))

    postgres.write_now(beside)
    other.close()
    assert counts(docket)["test"] == 2

    reseal(docket)
    assert counts(docket)["test"] == 0


def test_what_cannot_be_opened_stays_and_keeps_its_key(docket: Docket) -> None:
    bad = docket.in_review(1)
    docket.in_review(2)
    damaged = docket.case(bad).facts[:-1] + b"?"
    docket.database.write_now(lambda c: c.execute(update(cases).where(cases.c.id == bad).values(facts=damaged)))

    rotate(docket)

    assert counts(docket)["test"] == 1
    with pytest.raises(StillSealed, match="1 values"):
        docket.database.read_now(lambda c: check_retirable(c, "test", now() + timedelta(seconds=2)))


def test_under_a_new_root_the_same_event_and_the_same_case_are_found(docket: Docket) -> None:
    first = docket.receive(1)
    rotate(docket, root=True)
    second = docket.receive(2)

    (same,) = docket.accept(case_event(1))
    (other,) = docket.accept(case_event(1, sender="another sender's"))
    (new,) = docket.accept(case_event(2))

    assert (same.outcome, same.case_id) == ("duplicate", first)
    assert (other.outcome, other.case_id) == ("accepted", first)
    assert (new.outcome, new.case_id) == ("duplicate", second)
    roots = docket.database.read_now(lambda c: c.execute(select(inbox.c.root).order_by(inbox.c.seq)).scalars().all())
    assert roots == [None, "new", "new"]


def test_cases_are_found_while_they_are_hashed_anew(docket: Docket) -> None:
    first = docket.receive(1)
    docket.vault.learn(read_keys(add(docket, root=True)))
    process(docket, docket.vault)

    (again,) = docket.accept(case_event(1, sender="before"))
    old = docket.case(first).key
    reseal(docket)
    (later,) = docket.accept(case_event(1, sender="after"))

    assert again.case_id == later.case_id == first
    assert docket.case(first).key != old


def test_a_door_that_has_not_noticed_the_new_root_opens_no_case_twice(docket: Docket) -> None:
    late, early = Vault({"test": bytes(32)}), docket.vault
    doors = [process(docket, vault, "web") for vault in (late, early)]
    text = add(docket, root=True)
    for vault, door in zip((late, early), doors, strict=True):
        vault.learn(read_keys(text))
        door.enter()
    assert (late.roles.root, early.roles.root) == ("test", "new")
    docket.receive(1)

    docket.vault = late
    docket.accept(case_event(1, sender="another"), case_event(2))

    assert docket.database.read_now(lambda c: c.execute(select(func.count()).select_from(cases)).scalar_one()) == 2
    roots = docket.database.read_now(lambda c: c.execute(select(inbox.c.root)).scalars().all())
    assert set(roots) == {"new"}


def test_the_audit_trail_goes_on_under_a_new_root(docket: Docket) -> None:
    case_id = docket.in_review()
    rotate(docket, root=True)
    docket.review(case_id)
    docket.judge(case_id)

    roots = docket.database.read_now(lambda c: c.execute(select(audit.c.root)).scalars().all())
    assert sorted(map(str, roots)) == ["None", "new"]
    assert breaks(docket) == []


@pytest.mark.parametrize(
    ("prepare", "name", "said"),
    [
        (lambda _: None, "test", "is the key that seals"),
        (lambda _: None, "nowhere", "no key 'nowhere' in use"),
        (rotate, "test", "it is a root"),
    ],
    ids=["the sealing one", "an unknown one", "a root"],
)
def test_a_key_that_is_needed_is_not_retired(
    docket: Docket, prepare: Callable[[Docket], None], name: str, said: str
) -> None:
    docket.in_review()
    prepare(docket)

    with pytest.raises(NotPossible, match=said):
        docket.database.read_now(lambda c: check_retirable(c, name, now() + timedelta(seconds=2)))


def test_a_key_under_which_nothing_is_sealed_is_retired_and_needed_no_more(docket: Docket, tmp_path: Path) -> None:
    docket.in_review()
    rotate(docket)
    newest = new_key("newest")
    docket.vault.learn(read_keys(newest))
    docket.database.write_now(lambda c: rotation.add(c, docket.vault, None, now(), "newest", root=False))
    process(docket, docket.vault).leave()
    with pytest.raises(StillSealed):
        docket.database.read_now(lambda c: check_retirable(c, "new", now() + timedelta(seconds=2)))
    reseal(docket)
    file = tmp_path / "keys"
    write_key_file(file, f"{newest},{new_key('new')},{new_key('test')}")

    docket.database.read_now(lambda c: check_retirable(c, "new", now() + timedelta(seconds=2)))
    docket.database.write_now(lambda c: retire(c, file, now(), "new"))

    assert list(read_keys(file.read_text().strip())) == ["newest", "test"]
    assert list(read_keys((tmp_path / "keys.retired").read_text().strip())) == ["new"]
    admitted(docket.database, Vault({**read_keys(newest), "test": bytes(32)}))


def test_a_key_in_a_file_is_there_before_the_record_knows_it_and_is_learned_by_who_runs(
    docket: Docket, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    write_key_file(file, "test:" + "A" * 43 + "=")
    running = Keyring(docket.database, Vault.from_file(file), "worker", file)
    running.enter()

    docket.database.write_now(lambda c: rotation.add(c, Vault.from_file(file), file, now(), None, root=False))

    assert list(read_keys(file.read_text().strip())) == ["k1", "test"]
    assert seals(docket) == "test"
    running.enter()
    assert seals(docket) == "k1"


def test_no_process_that_only_looks_holds_up_a_key(docket: Docket) -> None:
    keyring = process(docket, docket.vault)
    docket.database.write_now(lambda c: show(c, docket.vault, "p_x", "load", now()))
    docket.database.write_now(lambda c: forget(c, "p_x"))
    keyring.leave()

    assert docket.database.read_now(lambda c: c.execute(select(key_holders)).all()) == []


def test_cases_are_searched_under_all_roots_and_found_by_the_newest_once_sealed_again(docket: Docket) -> None:
    case_id = docket.in_review(1)

    def found() -> set[str]:
        name = docket.database.read_now(lambda c: by_name(c, docket.vault, ("BAL",), "quillf"))
        number = docket.database.read_now(lambda c: by_number(c, docket.vault, ("BAL",), "A000000001"))
        assert number.case_ids == (case_id,)
        return set(name.case_ids)

    docket.vault.learn(read_keys(add(docket, root=True)))
    process(docket, docket.vault).leave()
    newer = docket.in_review(2)
    before = docket.rows(found_by)
    assert found() == {case_id, newer}

    reseal(docket)

    assert found() == {case_id, newer}
    after = docket.rows(found_by)
    assert len(after) == len(before)
    assert not set(after) & {row for row in before if row.case_id == case_id}
    assert len({row.token for row in after}) == 1
