"""What pages read besides the queue, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from secondlook.cases.events import bare_case_event
from secondlook.records import inbox
from secondlook.records.database import Database
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from secondlook.records.reading import counts, for_supervisors, read_case
from tests.web.conftest import Enter
from tests.web.office import Office, case_data

HEARINGS = ("2012-03-01", "2012-01-05", "2012-03-01", "2012-02-10")


@pytest.fixture
def received(database: Database, vault: Vault, bench: Bench) -> list[str]:
    """Eight screened cases of two offices, every second person detained."""
    found = []
    for number, (office, hearing) in enumerate(product(("BAL", "DEN"), HEARINGS), 1):
        court = {"base_city": office, "next_hearing": {"date": hearing, "type": "master"}}
        custody = "detained" if number % 2 else "never"
        event = bare_case_event(case_data(number, office=office, court=court, custody=custody))
        now = datetime.now(UTC)
        (answer,) = database.write_now(
            lambda connection, now=now, event=event: inbox.accept(connection, vault, [event], now)
        )
        assert answer.case_id
        case_id = answer.case_id
        database.write_now(lambda connection, case_id=case_id, now=now: bench.screen(connection, case_id, 1, now))
        found.append(case_id)
    return found


def test_counts_and_pages_read_alike_on_both_databases(database: Database, vault: Vault, received: list[str]) -> None:
    counted = database.read_now(lambda connection: counts(connection, ["DEN"]))
    assert [(each.office, each.cases) for each in counted] == [("DEN", 4)]
    assert sum(each.cases for each in database.read_now(lambda connection: counts(connection, None))) == 8
    case = database.read_now(lambda connection: read_case(connection, vault, received[0]))
    assert case is not None
    assert [entry.kind for entry in case.history] == ["received"]
    assert database.read_now(lambda connection: for_supervisors(connection, vault, ["BAL"], 10)) == []


def test_the_courts_codes_are_shown_in_words_and_unknown_ones_as_they_came(office: Office, enter: Enter) -> None:
    nta = {"filed": True, "date": "2010-05-04", "charges": ["212a06Ai", "999zz"]}
    case_id = office.receive(nta=nta, case_type="RMV", language="AFR")

    words = enter("attorney1").get(f"/cases/{case_id}").words

    assert "Case typeRemoval (RMV)" in words
    assert "LanguageAfrikaans (AFR)" in words
    assert "(212a06Ai), 999zz" in words
