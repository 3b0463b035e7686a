"""What the record makes of sources, on both databases: what is due, what an answer does, and what a silence does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from secondlook.cases.identity import CaseKey
from secondlook.cases.kept_facts import as_given
from secondlook.cases.offices import Offices
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.ended import CLOSED
from secondlook.cases.stages.screening import SCREENING
from secondlook.head import Head, Step
from secondlook.policy import load_ruleset
from secondlook.records import rings, source_asks
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.reading import CaseRecord, Unreadable, read_case
from secondlook.sources.configured import Source
from tests.records.docket import MINUTE, Docket, facts_event
from tests.sources.made_up import source

RECORDS = source(name="records", facts=("convictions", "prior_removals"))
SCHOOLS = source(name="schools", facts=("education",))
NO_RECORD = {"convictions": {"value": [], "source": "records"}, "prior_removals": {"value": 0, "source": "records"}}
SILENT = {"unknown": "source_unavailable"}


class AskingDocket(Docket):
    """A docket whose bench knows sources."""

    def __init__(self, database: Database, vault: Vault, offices: Offices, *sources: Source) -> None:
        ruleset = load_ruleset("opla-2011-11-17")
        super().__init__(database, vault, Bench(vault, offices, lambda _as_of: ruleset, sources=sources))

    def answer(self, case_id: str, name: str = "records", facts: dict[str, object] | None = None) -> bool:
        return self.database.write_now(
            lambda connection: source_asks.answered(
                connection, self.vault, case_id, self.epoch, name, facts or NO_RECORD, self.now
            )
        )

    def stay_silent(self, case_id: str, number: int = 0, name: str = "records") -> None:
        self.database.write_now(
            lambda connection: self.bench.source_unavailable(connection, case_id, self.epoch, name, number, self.now)
        )

    def ask_again(self, limit: int = 10) -> int:
        return self.database.write_now(lambda connection: source_asks.ask_again(connection, self.now, limit))

    def whom(self, case_id: str, name: str = "records") -> CaseKey | None:
        return self.database.read_now(lambda connection: source_asks.whom(connection, self.vault, case_id, name))

    def on_record(self, case_id: str) -> CaseRecord:
        record = self.database.read_now(lambda connection: read_case(connection, self.vault, case_id))
        assert record is not None
        return record

    def facts(self, case_id: str) -> Mapping[str, object]:
        facts = self.on_record(case_id).facts
        assert not isinstance(facts, Unreadable)
        return as_given(facts)


@pytest.fixture
def docket(database: Database, vault: Vault, offices: Offices) -> AskingDocket:
    return AskingDocket(database, vault, offices, RECORDS, SCHOOLS)


@pytest.fixture
def one(database: Database, vault: Vault, offices: Offices) -> AskingDocket:
    return AskingDocket(database, vault, offices, RECORDS)


def asked_in(head: Head) -> list[tuple[str, int]]:
    return [(ask.source, ask.number) for ask in head.ask]


def test_every_source_is_asked_before_a_case_is_screened(docket: AskingDocket) -> None:
    case_id = docket.receive()
    for _ in range(2):
        head = docket.screen(case_id)
        assert (head.stage, head.step, head.outcomes) == (SCREENING, Step.ASK, ())
        assert asked_in(head) == [("records", 0), ("schools", 0)]
    assert docket.apply(case_id).step is Step.ASK


def test_a_source_is_told_whom_it_is_asked_about_while_it_is_due(one: AskingDocket) -> None:
    case_id = one.receive(7)
    assert one.whom(case_id) is None
    one.screen(case_id)
    assert one.whom(case_id) == CaseKey("A000000007", "2010-05-04")
    assert one.answer(case_id)
    assert one.whom(case_id) is None


def test_the_case_is_screened_once_all_have_answered_or_stayed_silent(docket: AskingDocket) -> None:
    case_id = docket.receive()
    docket.screen(case_id)
    assert docket.answer(case_id)
    assert asked_in(docket.screen(case_id)) == [("schools", 0)]
    docket.stay_silent(case_id, name="schools")
    head = docket.screen(case_id)
    assert (head.stage, head.step, head.ask) == (ATTORNEY_REVIEW, Step.WAIT, ())
    assert head.outcomes == ("received applied", "facts-updated applied", "facts-updated applied")
    assert docket.facts(case_id) == {**NO_RECORD, "education": SILENT}


def test_an_answer_counts_once(one: AskingDocket) -> None:
    case_id = one.receive()
    one.screen(case_id)
    assert [one.answer(case_id), one.answer(case_id, facts={"prior_removals": 3})] == [True, False]
    assert one.judge(case_id) == ["received applied", "facts-updated applied"]
    assert one.facts(case_id) == NO_RECORD


def test_a_silence_counts_once_and_never_after_an_answer(one: AskingDocket) -> None:
    silent, answered = one.receive(1), one.receive(2)
    for case_id in (silent, answered):
        one.screen(case_id)
    one.answer(answered)
    for case_id in (silent, silent, answered):
        one.stay_silent(case_id)
    assert len(one.judge(silent)) == len(one.judge(answered)) == 2
    assert one.facts(answered) == NO_RECORD


def test_a_silent_source_takes_nothing_away_that_is_known(one: AskingDocket) -> None:
    removed = {"value": 2, "source": "a-file"}
    case_id = one.receive(facts={"prior_removals": removed, "convictions": {"unknown": "not_asked"}})
    one.screen(case_id)
    one.now += MINUTE
    one.stay_silent(case_id)
    one.judge(case_id)
    assert one.facts(case_id) == {"prior_removals": removed, "convictions": SILENT}


def test_a_source_that_has_nothing_takes_nothing_away_that_is_known(one: AskingDocket) -> None:
    case_id = one.receive(facts={"prior_removals": 2})
    one.screen(case_id)
    nothing = {"unknown": "no_source"}
    one.answer(case_id, facts={"prior_removals": nothing, "convictions": nothing})
    one.judge(case_id)
    assert one.facts(case_id) == {"prior_removals": 2, "convictions": nothing}


def test_a_silent_source_is_asked_again_ever_more_seldom_until_it_answers(one: AskingDocket) -> None:
    case_id = one.receive()
    one.screen(case_id)
    one.stay_silent(case_id)
    one.judge(case_id)
    version = one.on_record(case_id).state.version
    for number, minutes in ((1, 1), (2, 2), (3, 4)):
        one.now += minutes * MINUTE - timedelta(seconds=1)
        assert one.ask_again() == 0
        one.now += timedelta(seconds=1)
        assert one.ask_again() == 1
        head = one.screen(case_id)
        assert (head.step, asked_in(head)) == (Step.ASK, [("records", number)])
        one.stay_silent(case_id, number)
        assert one.screen(case_id).step is Step.WAIT
    assert one.on_record(case_id).state.version == version, "further silence is no news to the attorney"
    one.now += 8 * MINUTE
    one.ask_again()
    one.screen(case_id)
    assert one.answer(case_id)
    assert one.judge(case_id) == ["facts-updated applied"]
    assert one.facts(case_id) == NO_RECORD
    assert one.on_record(case_id).state.version == version + 1


def test_a_case_is_rung_when_its_source_is_to_be_asked_again(one: AskingDocket) -> None:
    case_id = one.receive()
    one.screen(case_id)
    one.stay_silent(case_id)
    one.judge(case_id)
    one.now += MINUTE
    one.ask_again()

    claimed = one.database.write_now(lambda connection: rings.claim(connection, one.now, 10))
    assert [(ring.case_id, ring.never_rung) for ring in claimed] == [(case_id, False)]


def test_only_so_many_are_asked_again_at_once(one: AskingDocket) -> None:
    for number in range(5):
        case_id = one.receive(number)
        one.screen(case_id)
        one.stay_silent(case_id)
    one.now += MINUTE
    assert [one.ask_again(2) for _ in range(4)] == [2, 2, 1, 0]


def test_people_and_senders_are_served_while_a_source_is_asked_again(one: AskingDocket) -> None:
    case_id = one.receive()
    one.screen(case_id)
    one.stay_silent(case_id)
    one.judge(case_id)
    one.now += MINUTE
    one.ask_again()
    assert one.screen(case_id).step is Step.ASK
    one.take(facts_event(case_id, "more", education={"enrolled": True}))
    assert one.judge(case_id) == ["facts-updated applied"]
    one.review(case_id, version=one.on_record(case_id).state.version)
    assert one.judge(case_id) == ["reviewed applied"]
    assert one.screen(case_id).step is Step.ASK


def test_an_ended_case_is_asked_no_more_and_takes_no_answer(one: AskingDocket) -> None:
    case_id = one.receive()
    one.screen(case_id)
    one.stay_silent(case_id)
    one.judge(case_id)
    one.review(case_id, version=1)
    one.judge(case_id)
    one.pass_window(case_id)
    one.concur(case_id, version=3)
    one.judge(case_id)
    assert one.on_record(case_id).state.stage == CLOSED
    one.now += MINUTE
    assert one.ask_again() == 0
    assert not one.answer(case_id)
    assert one.screen(case_id).step is Step.END


def test_a_source_that_is_configured_no_more_holds_no_case_up(
    one: AskingDocket, vault: Vault, offices: Offices
) -> None:
    case_id = one.receive()
    assert one.screen(case_id).step is Step.ASK
    without = AskingDocket(one.database, vault, offices)
    assert without.judge(case_id) == ["received applied"]


def test_runs_of_an_older_epoch_write_nothing(one: AskingDocket) -> None:
    case_id = one.receive()
    one.screen(case_id)
    one.epoch = 7
    assert not one.answer(case_id)
    one.stay_silent(case_id)
    one.epoch = 1
    assert asked_in(one.screen(case_id)) == [("records", 0)]


def test_while_a_case_is_asked_about_the_dispatcher_lets_it_be(one: AskingDocket) -> None:

    case_id = one.receive()
    one.screen(case_id)
    one.now += 4 * MINUTE
    assert one.database.write_now(lambda connection: rings.claim(connection, one.now, 10)) == []
    one.now += 2 * MINUTE
    claimed = one.database.write_now(lambda connection: rings.claim(connection, one.now, 10))
    assert [ring.case_id for ring in claimed] == [case_id]
