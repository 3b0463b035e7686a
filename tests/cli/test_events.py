"""An operator's acts on events, through the real command, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from secondlook.records import failing
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.keyring import admitted
from secondlook.records.schema import inbox
from tests.cli.command import run
from tests.records.docket import Docket
from tests.records.older import as_an_older_release_wrote


@pytest.fixture
def docket(database: Database, vault: Vault, bench: Bench) -> Docket:
    docket = Docket(database, vault, bench)
    docket.receive(9)
    admitted(database, vault)
    return docket


def act(docket: Docket, folder: Path, *arguments: str) -> CompletedProcess[bytes]:
    url = docket.database.url.render_as_string(hide_password=False)
    return run(folder, *arguments, SECONDLOOK_DATABASE_URL=url)


def refused_as_invalid(docket: Docket, number: int) -> str:
    """A review that an older release refused, as its own fault."""
    case_id = docket.in_review(number)
    event = docket.review(case_id)
    docket.judge(case_id)
    docket.write(inbox.update().where(inbox.c.event_id == event).values(state="refused", reason="invalid"))
    as_an_older_release_wrote(docket, case_id, refused="invalid")
    return event


def test_an_event_is_set_aside_and_the_case_says_so(docket: Docket, tmp_path: Path) -> None:
    case_id = docket.in_review()
    event = docket.review(case_id)
    docket.write(inbox.update().where(inbox.c.event_id == event).values(content=b"\0"))
    docket.database.write_now(lambda c: failing.note(c, case_id, "damaged", docket.now - timedelta(hours=3)))

    stuck = act(docket, tmp_path, "status").stdout.decode()
    assert f"stuck: {case_id}, event {event}: damaged, for" in stuck
    assert f"cannot judge  event {event}, since" in act(docket, tmp_path, "case", case_id).stdout.decode()

    done = act(docket, tmp_path, "events", "set-aside", event, "--reason", "Damaged by a disk.", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {"event": event, "case": case_id, "state": "refused", "reason": "set_aside"}
    assert docket.outcome(event) == ("refused", "set_aside")
    (entry,) = [each for each in docket.entries(case_id) if each.kind == "event.set-aside"]
    assert entry.actor.startswith("login:")
    assert docket.breaks() == []
    assert event not in act(docket, tmp_path, "status").stdout.decode()

    again = act(docket, tmp_path, "events", "set-aside", event, "--reason", "Damaged by a disk.")
    assert again.returncode == 1
    assert again.stderr.decode() == f"secondlook: the event {event} was judged already: refused\n"


def test_one_event_or_all_are_judged_again(docket: Docket, tmp_path: Path) -> None:
    events = [refused_as_invalid(docket, number) for number in range(1, 4)]
    damaged = refused_as_invalid(docket, 4)
    docket.write(inbox.update().where(inbox.c.event_id == damaged).values(content=b"\0"))

    one = act(docket, tmp_path, "events", "requeue", events[0])
    assert (one.returncode, one.stdout) == (0, b"1 to be judged again\n")
    assert [docket.outcome(each)[0] for each in events] == ["pending", "refused", "refused"]

    rest = act(docket, tmp_path, "events", "requeue", "--json")
    assert (rest.returncode, json.loads(rest.stdout)) == (0, {"requeued": 2, "left": 1})
    assert [docket.outcome(each)[0] for each in events] == ["pending"] * 3
    assert docket.outcome(damaged) == ("refused", "invalid")
    assert [each.problem for each in docket.breaks()] == ["the event's content cannot be opened: damaged"]

    hopeless = act(docket, tmp_path, "events", "requeue", damaged)
    assert hopeless.returncode == 1
    assert b"(damaged): it stays as it is" in hopeless.stderr


@pytest.mark.parametrize("reason", ["", " ", "x" * 2001, "a\x07b"], ids=["none", "blank", "too long", "a bell"])
def test_a_reason_that_says_nothing_or_cannot_be_shown_is_bad_usage(tmp_path: Path, reason: str) -> None:
    answer = run(tmp_path, "events", "set-aside", "e_1", "--reason", reason)
    assert answer.returncode == 2
    assert b"--reason" in answer.stderr
