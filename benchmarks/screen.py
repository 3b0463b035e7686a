"""Measures screening alone: microseconds a case, on one core, over the synthetic docket. Run by hand or in CI:
`python benchmarks/screen.py [CASES] [--out FILE]`. It needs no server and must never judge whether the number is good.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

from secondlook.intake.sample import sample_events
from secondlook.policy import RuleSet, load_ruleset, screen

AS_OF = date(2011, 12, 5)
ROUNDS = 5


def facts_of(event: Mapping[str, object]) -> Mapping[str, object]:
    case = event["data"]
    facts = case.get("facts", {}) if isinstance(case, dict) else {}
    return facts if isinstance(facts, dict) else {}


def microseconds_a_case(docket: list[Mapping[str, object]], ruleset: RuleSet) -> float:
    start = time.perf_counter()
    for facts in docket:
        screen(facts, ruleset, AS_OF)
    return (time.perf_counter() - start) / len(docket) * 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="?", type=int, default=20_000, help="size of the synthetic docket")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="also write the result to this JSON file")
    given = parser.parse_args()

    ruleset = load_ruleset("opla-2011-11-17")
    docket = [facts_of(event) for event in sample_events(given.cases, given.seed)]
    rounds = [microseconds_a_case(docket, ruleset) for _ in range(ROUNDS)]
    result = {
        "benchmark": "screen",
        "cases": given.cases,
        "seed": given.seed,
        "ruleset": ruleset.id,
        "ruleset_digest": ruleset.digest,
        "microseconds_a_case": {"best": min(rounds), "median": statistics.median(rounds), "worst": max(rounds)},
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        "versions": {"python": sys.version.split()[0], "pyyaml": version("pyyaml")},
    }
    print(json.dumps(result, indent=2))
    if given.out:
        given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
