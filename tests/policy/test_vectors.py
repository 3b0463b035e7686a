"""The rule set agrees with every vector of the specification, in all that it answers."""

import json
from datetime import date
from pathlib import Path

import pytest

from secondlook.policy import load_ruleset, screen

VECTORS = [json.loads(line) for line in (Path(__file__).parent / "vectors/screening.jsonl").read_text().splitlines()]
OPLA = load_ruleset("opla-2011-11-17")


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_screening_agrees_with_the_vector(vector):
    result = screen(vector["case"].get("facts", {}), OPLA, date.fromisoformat(vector["as_of"])).to_json()

    computed = {criterion.id for criterion in OPLA.criteria if criterion.kind != "judge"}
    assert {
        "lane": result["lane"],
        "possible_lanes": result["possible_lanes"],
        "criteria": {criterion["id"]: criterion["result"] for criterion in result["criteria"]},
        "missing": {
            criterion["id"]: criterion["missing"]
            for criterion in result["criteria"]
            if criterion["result"] == "unknown" and criterion["id"] in computed
        },
        "open_questions": result["open_questions"],
        "findings_required": result["findings_required"],
    } == vector["expect"]
    assert all(not criterion["missing"] for criterion in result["criteria"] if criterion["id"] not in computed)


def test_every_criterion_is_answered_in_the_order_of_the_rule_set():
    for vector in VECTORS:
        result = screen(vector["case"].get("facts", {}), OPLA, date.fromisoformat(vector["as_of"]))
        assert [criterion.id for criterion in result.criteria] == [criterion.id for criterion in OPLA.criteria]
        assert all(criterion.because.endswith(".") for criterion in result.criteria)
