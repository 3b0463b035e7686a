"""The operators' page: how everything is doing, without case data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from secondlook.records import acts, checked, failing, reports
from secondlook.records.checked import Checked
from secondlook.records.days import Days
from secondlook.records.reports import Report
from secondlook.records.schema import cases, counted, inbox
from secondlook.web.ops import charts
from secondlook.web.ops.figures import figures, way_in_words
from secondlook.web.ops.files import FILES
from secondlook.web.ops.way import way
from tests.web.conftest import Enter
from tests.web.office import CANARIES, Office, Visitor, until
from tests.web.test_sessions import pass_time
from tests.web.test_supervision import with_the_supervisor

TODAY = date(2026, 11, 25)
NOTHING = Days({}, {}, {}, {}, {}, {}, {})


def write(office: Office, unit) -> None:
    office.database.write_now(unit)


def fact(page, name: str) -> str:
    """What stands under a name in a list of facts, up to the next name's first words."""
    return page.words.partition(name)[2][:120]


def due(office: Office) -> None:
    """The kept counts are old."""
    write(office, lambda c: c.execute(update(counted).values(due_at=datetime(2011, 1, 1, tzinfo=UTC))).close())


def test_operators_see_how_everything_does_and_no_case(office: Office, enter: Enter) -> None:
    with_the_supervisor(office, enter)
    office.receive(2)

    page = enter("ops1").get("/")

    assert page.heading == "Operations"
    assert "0 of 2 cases have been decided; 2 have not" in page.words
    assert "Attorney review1" in page.words
    assert "Supervisor review1" in page.words
    assert "2 cases came in during the last 28 days, 2 of them today" in page.words
    assert "Nothing is stuck" in page.words
    assert fact(page, "Sign-in").startswith("Answers")
    assert not [canary for canary in CANARIES if canary in page.text]
    assert not [link for link in page.links if link.startswith("/cases/")]
    for subject in ("attorney1", "supervisor1", "auditor1"):
        enter(subject).get("/ops", status=403)


def test_what_cannot_be_known_is_said_to_be_unknown(office: Office, enter: Enter) -> None:
    page = enter("ops1").get("/ops")

    assert fact(page, "Workers").startswith("Look at this: Not known no worker was heard of")
    assert fact(page, "Temporal").startswith("Look at this: Not known only workers ask it")
    assert fact(page, "Audit trail").startswith("Not known")
    assert "No worker was heard of in the last hour" in page.words
    assert "there is no day on which it ends" not in page.words


def test_workers_tell_of_places_temporal_and_breakers(office: Office, enter: Enter) -> None:
    now = datetime.now(UTC)
    told = {
        "w_one": (now, Report("0.2.0", 12, 3, True, {"police": True, "court": None})),
        "w_two": (now, Report("0.2.0", 12, 4, False, {"police": False, "court": None})),
        "w_old": (now - timedelta(minutes=5), Report("0.2.0", 12, 9, True, {})),
    }
    for name, (at, report) in told.items():
        write(office, lambda c, name=name, at=at, report=report: reports.tell(c, name, report, at))
    write(office, lambda c: checked.note(c, Checked(now - timedelta(minutes=3), 17, 0)))
    found = {"cases": 300_000, "entries": 1_500_000, "broken": 2, "seconds": 61, "checkpoint": 7}
    hours = now - timedelta(hours=3)
    write(office, lambda c: acts.note(c, office.vault, acts.VERIFIED, "auditor1", found, hours))

    page = enter("ops1").get("/ops")

    assert fact(page, "Workers").startswith("2 heard of")
    assert fact(page, "Their places for cases").startswith("7 of 24 taken")
    assert "Look at this: Answers some 1 of 2 workers were answered" in page.words
    assert "policeLeft alone because it failed, by 1 of 2 workers" in page.words
    assert "courtNot asked yet since the workers started" in page.words
    assert "w_old5 minutes ago silent" in page.words
    assert "Look at this: 3 hours ago 300,000 chains with 1,500,000 entries checked in 61 s: 2 broken." in page.words
    assert "In order 17 changed cases told again 3 minutes ago" in page.words


def test_stuck_work_stands_with_what_repairs_it(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    office.judging.clear()
    office.update_facts(case_id, prior_removals=1)
    waits = office.database.read_now(
        lambda c: c.execute(select(inbox.c.event_id).where(inbox.c.state == "pending")).scalar_one()
    )
    write(office, lambda c: failing.note(c, case_id, "unknown_key", datetime.now(UTC) - timedelta(minutes=5)))
    unmoved = office.receive(2)
    write(office, lambda c: c.execute(update(cases).where(cases.c.id == unmoved).values(ring_class=None)).close())

    operator = enter("ops1")
    page = operator.get("/ops")

    assert "unknown_key: 1 Why: its next event" in page.words
    assert "What repairs it: Give the processes the key" in page.words
    assert f"{case_id}{waits}5 minutes" in page.words
    assert "unmoved: 1 Why: no next actor or timer. What repairs it: This is never right" in page.words
    assert f"{unmoved}Not known" in page.words
    rows = rows_of(operator, "stuck")
    assert {(row["case"], row["code"]) for row in rows} == {(case_id, "unknown_key"), (unmoved, "unmoved")}


def rows_of(operator: Visitor, name: str) -> list[dict[str, str]]:
    answer = operator.client.get(f"/ops/{name}.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_each_chart_has_its_numbers_as_a_table_and_as_a_file(office: Office, enter: Enter) -> None:
    office.receive()
    operator = enter("ops1")
    page = operator.get("/ops")

    for title in ("The way to 1", "Received, by day", "Decided, by day", "Open cases by stage and age"):
        assert f"{title}: the numbers" in page.words
    linked = {link.removeprefix("/ops/").removesuffix(".csv") for link in page.links if link.endswith(".csv")}
    assert linked == FILES.keys() - {"stuck"}, "nothing is stuck"
    today = datetime.now(UTC).date().isoformat()
    assert (
        rows_of(operator, "days")[-1] | {"day": today, "received": "1", "first_decided_so_far": "0"}
        == (rows_of(operator, "days")[-1])
    )
    assert rows_of(operator, "ages") == [
        {"stage": "attorney_review", "from_0_days": "1", "oldest_days": "0"}
        | {f"from_{begin}_days": "0" for begin in (7, 30, 90, 180, 365)}
    ]
    operator.get("/ops/cases.csv", status=404)


def test_a_look_counts_nothing_while_there_is_a_count_of_late(office: Office, enter: Enter) -> None:
    office.receive(1)
    operator = enter("ops1")
    operator.get("/ops")
    office.receive(2)

    assert "0 of 1 cases" in operator.get("/ops").words
    write(office, lambda c: c.execute(update(counted).values(at=datetime(2011, 1, 1, tzinfo=UTC))).close())
    due(office)
    assert "The numbers are old" in operator.get("/ops").words
    until("the count that the page began", lambda: "0 of 2 cases" in operator.get("/ops").words or None)
    assert "The numbers are old" not in operator.get("/ops").words


def test_a_stage_of_a_newer_release_is_counted_too(office: Office, enter: Enter) -> None:
    case_id = office.receive()
    write(office, lambda c: c.execute(update(cases).where(cases.c.id == case_id).values(stage="appeal")).close())

    page = enter("ops1").get("/ops")

    assert "In a stage that this release does not know (appeal)1" in page.words
    assert "1 cases are open" in page.words


def test_a_refresh_by_itself_does_not_keep_somebody_signed_in(office: Office, enter: Enter) -> None:
    operator = enter("ops1")
    for _ in range(2):
        pass_time(office, timedelta(minutes=16), "seen_at")
        answer = operator.client.get("/ops", headers={"X-Requested-With": "refresh"}, follow_redirects=False)

    assert answer.status_code == 303


@pytest.fixture
def steady() -> Iterator[Days]:
    """Sixty days with 100 cases each, and of late 10, 20, 30 and 40 decisions a day, week by week."""
    ended = {TODAY - timedelta(days=back): 10 * (1 + (back - 1) // 7) for back in range(1, 29)}
    yield Days(
        received={TODAY - timedelta(days=back): 100 for back in range(60)},
        decided={day: {"closed": number} for day, number in ended.items()},
        ended=ended,
        ages={},
        oldest={},
        judged={},
        asked={},
    )


def test_the_way_ends_where_the_pace_of_late_leads(steady: Days) -> None:
    stands = way(steady, TODAY)

    assert (stands.open, stands.window, stands.pace, stands.slow, stands.fast) == (5300, 28, 25.0, 10.0, 40.0)
    assert stands.end_at(stands.pace) == TODAY + timedelta(days=212)
    words = way_in_words(stands)
    assert "700 of 6,000 cases have been decided; 5,300 have not." in words
    assert "At the pace of the last 28 whole days (25 a day) the last one is decided on 25 Jun 2027" in words
    assert "of the fastest of these weeks on 7 Apr 2027, of the slowest on 8 May 2028" in words


def test_no_day_is_named_where_none_can_be(steady: Days) -> None:
    assert "0 of 0 cases have been decided; 0 have not." in way_in_words(way(NOTHING, TODAY))
    none = Days(steady.received, {}, {}, {}, {}, {}, {})
    assert "None was decided in the last 28 whole days, so there is no day" in way_in_words(way(none, TODAY))
    one = Days({TODAY - timedelta(days=40): 300_000}, {}, {TODAY - timedelta(days=3): 1}, {}, {}, {}, {})
    assert "it takes more than a hundred years" in way_in_words(way(one, TODAY))
    today = Days({TODAY: 10}, {}, {TODAY: 5}, {}, {}, {}, {})
    assert "At the pace of today (5.0 a day) the last one is decided on 26 Nov 2026" in way_in_words(way(today, TODAY))


def test_a_chart_draws_the_numbers_of_its_table(steady: Days) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    found = {each.id: each for each in figures(steady, now)}

    decided = found["decided"]
    assert decided.drawing is not None
    top = max(row[-1] for row in decided.rows)
    heights = [bar.height for bar in decided.drawing.bars][::-1]
    assert [round(height / max(heights), 2) for height in heights] == [round(row[-1] / top, 2) for row in decided.rows]
    curve = found["way"].drawing
    assert curve is not None
    assert [len(line.points.split()) for line in curve.lines] == [len(found["way"].rows)] * 2 + [2]
    assert found["way"].rows[0] == ("25 Nov 2026", 6000, 700)


@pytest.mark.parametrize("largest", [0, 1, 3, 7, 99, 1_000, 299_999])
def test_an_axis_begins_at_zero_and_ends_at_a_whole_number_above_all(largest: int) -> None:
    drawing = charts.bars([largest], ["today"])
    labels = [int(tick.words.replace(",", "")) for tick in drawing.up]

    assert labels[0] == 0
    assert labels[-1] >= largest
    assert len(set(labels)) == len(labels) <= 6
    assert all(drawing.top <= bar.y <= drawing.bottom for bar in drawing.bars)


def test_an_empty_record_has_a_page(office: Office, enter: Enter) -> None:
    write(office, lambda c: c.execute(delete(counted)).close())
    write(office, lambda c: c.execute(insert(counted), {"name": "days", "due_at": datetime.now(UTC)}).close())

    assert "0 of 0 cases have been decided" in enter("ops1").get("/ops").words
