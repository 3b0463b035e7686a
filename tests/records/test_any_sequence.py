"""Random lives of a case through inbox and bench on SQLite, beside the pure machine: the record says what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondlook.cases import lifecycle
from secondlook.cases.event_types.concurred import Concurred
from secondlook.cases.event_types.reviewed import Reviewed
from secondlook.cases.event_types.timers import TimerDue
from secondlook.cases.event_types.withdrawn import Withdrawn
from secondlook.cases.events import Actor
from secondlook.cases.facts_life import FactsScreened
from secondlook.cases.merging import Told, merge, same_facts
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.cases.state import CaseState, Event
from secondlook.policy import load_ruleset, screen
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.schema import metadata
from tests.policy.cases import KNOWN
from tests.records.docket import ATTORNEY, BOTH, COLLEAGUE, NOON, SUPERVISOR, Docket, facts_event

OPLA = load_ruleset("opla-2011-11-17")
OFFICE = OfficeSettings(concurrence=frozenset({"close", "dismiss"}))
PEOPLE = st.sampled_from([ATTORNEY, COLLEAGUE, SUPERVISOR, BOTH])
SEEN = st.sampled_from([0, 0, 0, 0, 0, 1])


@dataclass(frozen=True)
class Sent:
    """One thing that somebody sends; ``seen`` is how far the version they saw lies behind the case's own."""

    what: str
    by: Actor
    word: str
    seen: int


WORDS = {
    "review": ["close", "close", "dismiss", "continue", "need_facts"],
    "concur": ["concur", "concur", "return"],
    "withdraw": [""],
    "facts": ["none", "honorable_discharge"],
}
SENT = st.one_of(
    *(st.builds(Sent, st.just(what), PEOPLE, st.sampled_from(words), SEEN) for what, words in WORDS.items()),
    st.just(Sent("review", ATTORNEY, "close", 0)),
    st.just(Sent("concur", SUPERVISOR, "concur", 0)),
)
TURNS = st.lists(
    st.tuples(
        st.lists(SENT, max_size=3),
        st.sampled_from([timedelta(0), timedelta(minutes=4), timedelta(minutes=11), timedelta(days=20)]),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=9,
)
"""Each: what is sent before the bench looks again, how long that takes, and how often its answer is lost."""


@pytest.fixture
def new_docket(sqlite: Database) -> Iterator[Callable[[], Docket]]:
    """Emptied for every life: a new record for each would cost more than the life."""
    vault = Vault({"test": bytes(32)})

    def new() -> Docket:
        def empty(connection: Any) -> None:
            for row in ("audit_no_delete", "audit_no_update"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {row}")
            for table in reversed(metadata.sorted_tables):
                if table.name not in ("store", "keys"):
                    connection.execute(table.delete())

        sqlite.write_now(empty)
        return Docket(sqlite, vault, Bench(vault, Offices(OFFICE), lambda _: OPLA))

    yield new


def lived(docket: Docket, turns: list[tuple[list[Sent], timedelta, int]]) -> tuple[str, list[int]]:
    """A case that lived through the turns, and the versions it went through."""
    case_id = docket.in_review(facts=KNOWN)
    versions = [1]
    for number, (sent, wait, lost) in enumerate(turns):
        for place, each in enumerate(sent):
            version = max(1, docket.case(case_id).version - each.seen)
            if each.what == "review":
                docket.review(case_id, each.word, each.by, version)
            elif each.what == "concur":
                docket.concur(case_id, each.word, each.by, version)
            elif each.what == "withdraw":
                docket.withdraw(case_id, each.by, version)
            else:
                docket.take(facts_event(case_id, f"f{number}-{place}", military_service=each.word))
        docket.now += wait
        for _ in range(lost):
            docket.judge(case_id)
        versions.append(docket.case(case_id).version)
    return case_id, versions


def as_pure_events(docket: Docket, case_id: str) -> Iterator[tuple[Any, Event]]:
    """The record's events in order of judgement, as the pure machine takes them."""
    told: list[Told] = []
    before = None
    for row in sorted(docket.events(case_id), key=lambda row: row.judged_order):
        if row.type.startswith("timer."):
            yield row, TimerDue(lifecycle.TimerKind(row.type.removeprefix("timer.")))
            continue
        content = docket.vault.open(row.content, f"inbox/{case_id}/{row.event_id}")
        assert isinstance(content, dict)
        if "facts" in content:
            late = row.reason == "ended"
            now_told = [*told, Told(row.seq, row.received_at, content)]
            merged = merge(now_told)
            screened = screen(merged.facts, OPLA, row.received_at.date())
            met = {each.id for each in screened.criteria if each.result == "true"}
            new = before is None or not same_facts(before[0], merged)
            changed = before is not None and before[1] != met
            yield row, FactsScreened(screened.lane, "BAL", screened.ruleset, changed, nothing_new=not new)
            if not late:
                told, before = now_told, (merged, met if new or before is None else before[1])
            continue
        by = Actor(content["actor"]["subject"], tuple(content["actor"]["roles"]), tuple(content["actor"]["offices"]))
        if "action" in content:
            yield row, Reviewed(row.event_id, content["action"], by, content["case_version"])
        elif "answer" in content:
            yield row, Concurred(content["answer"], by, content["case_version"])
        else:
            yield row, Withdrawn(by, content["case_version"])


@given(turns=TURNS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_record_says_what_the_pure_machine_says(
    new_docket: Callable[[], Docket], turns: list[tuple[list[Sent], timedelta, int]]
) -> None:
    docket = new_docket()
    case_id, versions = lived(docket, turns)
    row = docket.case(case_id)

    state, ended = CaseState(office="BAL"), 0
    for event, asked in as_pure_events(docket, case_id):
        judged = lifecycle.judge(state, asked, event.judged_at, OFFICE)
        assert (event.state, event.reason) == ("refused" if judged.refused else "applied", judged.refused)
        assert event.version == judged.state.version
        ended += state.disposition is None and judged.state.disposition is not None
        state = judged.state
    assert docket.state(case_id) == state

    events, entries = docket.events(case_id), docket.entries(case_id)
    assert sorted(event.judged_order for event in events) == list(range(1, len(events) + 1))
    assert len(entries) == len(events) == len({entry.event_id for entry in entries})
    assert docket.breaks() == []

    assert [each.disposition for each in docket.dispositions(case_id)] == [state.disposition] * ended
    assert ended == state.final
    assert all(each.decided_by != each.concurred_by for each in docket.dispositions(case_id))

    assert versions == sorted(versions)
    facts = {e.version for e in events if e.state == "applied" and e.type.endswith(("received.v1", "updated.v1"))}
    assert {each.version for each in docket.screenings(case_id)} <= facts
    assert (row.stage, row.version, row.lane) == (state.stage, state.version, state.lane)
    assert (row.wake_at, row.ring_class) == (state.wake_at, None)
    assert row.wake_at is None or row.wake_at > docket.now
    assert not state.stuck


def test_lives_as_they_are_tried_here_end_and_end_with_two_people(new_docket: Callable[[], Docket]) -> None:
    docket = new_docket()
    review, concurrence = Sent("review", ATTORNEY, "close", 0), Sent("concur", SUPERVISOR, "concur", 0)
    now, window = timedelta(0), timedelta(minutes=11)
    case_id, versions = lived(docket, [([review], now, 2), ([], window, 2), ([concurrence], now, 2)])

    assert versions == [1, 2, 3, 4]
    assert [(each.decided_by, each.concurred_by) for each in docket.dispositions(case_id)] == [
        ("attorney1", "supervisor1")
    ]


def test_the_notes_time_is_the_judging_and_not_the_receiving(small_docket: Docket) -> None:
    case_id = small_docket.receive()
    small_docket.now += timedelta(hours=1)
    small_docket.judge(case_id)

    (event,), (entry,) = small_docket.events(case_id), small_docket.entries(case_id)
    assert (event.received_at, event.judged_at, entry.at) == (NOON, small_docket.now, small_docket.now)
