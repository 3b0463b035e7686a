"""Reads rule sets from YAML, validates them whole and compiles them once. Who screens loads and chooses them here. It
must never let through a rule set that is only partly understood.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from secondlook.policy.compiling import Compiler
from secondlook.policy.located import Located, RuleSetError, read_located
from secondlook.policy.ruleset import (
    CriteriaList,
    Criterion,
    CriterionKind,
    Direction,
    Interval,
    Parameter,
    RuleSet,
)

_BUILT_IN = Path(__file__).parent / "rulesets"


def available_rulesets() -> list[str]:
    """The ids of the rule sets that come with the package, sorted."""
    return sorted(path.stem for path in _BUILT_IN.glob("*.yaml"))


def load_ruleset(id_or_path: str | Path) -> RuleSet:
    """The built-in rule set of that id, or the one in that file (a Path, or text that ends in .yaml or .yml).

    Raises RuleSetError with file and line for the first thing that is wrong with it.
    """
    if isinstance(id_or_path, str) and not id_or_path.endswith((".yaml", ".yml")):
        return _built_in(id_or_path)
    return _read(Path(id_or_path))


def choose_ruleset(as_of: date) -> RuleSet:
    """The built-in rule set in force on `as_of`; of several, the one whose validity began last. Else RuleSetError."""
    in_force = [ruleset for ruleset in map(_built_in, available_rulesets()) if ruleset.in_force_on(as_of)]
    if not in_force:
        raise RuleSetError(_BUILT_IN.name, None, f"no rule set is in force on {as_of.isoformat()}")
    return max(in_force, key=lambda ruleset: max(i.first for i in ruleset.in_force if i.holds(as_of)))


@cache
def _built_in(ruleset_id: str) -> RuleSet:
    known = available_rulesets()
    if ruleset_id not in known:
        raise RuleSetError(ruleset_id, None, f"no such rule set; there are: {', '.join(known)}")
    ruleset = _read(_BUILT_IN / f"{ruleset_id}.yaml")
    if ruleset.id != ruleset_id:
        raise RuleSetError(f"{ruleset_id}.yaml", None, "the id differs from the name of the file")
    return ruleset


def _read(path: Path) -> RuleSet:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleSetError(path.name, None, "cannot be read as a text file") from error
    document = read_located(path.name, text)
    entries = document.mapping(("id", "title", "source", "in_force", "lists", "criteria"), ("parameters", "suspended"))
    parameters = _parameters(entries["parameters"]) if "parameters" in entries else {}
    lists = {name: _list(name, place) for name, place in entries["lists"].entries().items()}
    compiler = Compiler({name: parameter.value for name, parameter in parameters.items()})
    criteria: dict[str, Criterion] = {}
    for place in entries["criteria"].items():
        criterion = _criterion(place, lists, compiler)
        if criterion.id in criteria:
            raise place.error(f"criterion {criterion.id!r} is given twice")
        criteria[criterion.id] = criterion
    for name in parameters:
        if name not in compiler.used:
            raise entries["parameters"].entries()[name].error(f"parameter {name!r} is read by no criterion")
    return RuleSet(
        id=entries["id"].text(),
        title=entries["title"].text(),
        source=entries["source"].text(),
        in_force=_intervals(entries["in_force"]),
        suspended=_intervals(entries["suspended"]) if "suspended" in entries else (),
        lists=lists,
        parameters=parameters,
        criteria=tuple(criteria.values()),
        digest=_digest(document),
    )


def _digest(document: Located) -> str:
    content = json.dumps(document.plain(), sort_keys=True, default=str, ensure_ascii=False)
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


def _intervals(place: Located) -> tuple[Interval, ...]:
    intervals = []
    for item in place.items():
        entries = item.mapping(("from", "because"), ("to",))
        interval = Interval(
            entries["from"].day(), entries["to"].day() if "to" in entries else None, entries["because"].text()
        )
        if interval.end is not None and interval.end <= interval.first:
            raise entries["to"].error("an interval ends after it begins ('to' is the first day after it)")
        intervals.append(interval)
    return tuple(intervals)


def _list(name: str, place: Located) -> CriteriaList:
    entries = place.mapping(("title", "direction"))
    direction = entries["direction"].text()
    if direction not in frozenset(Direction):
        raise entries["direction"].error(f"unknown direction {direction!r}; known: {', '.join(Direction)}")
    return CriteriaList(name, entries["title"].text(), Direction(direction))


def _parameters(place: Located) -> dict[str, Parameter]:
    parameters = {}
    for name, item in place.entries().items():
        entries = item.mapping(("value", "text", "confirmed"))
        given = entries["value"]
        value = tuple(word.text() for word in given.items()) if given.is_list() else given.scalar()
        if not isinstance(value, int | date | tuple) or isinstance(value, bool):
            raise given.error("a parameter is a whole number, a date or a list of words")
        parameters[name] = Parameter(name, value, entries["text"].text(), entries["confirmed"].flag())
    return parameters


def _criterion(place: Located, lists: Mapping[str, CriteriaList], compiler: Compiler) -> Criterion:
    entries = place.mapping(
        ("id", "list", "kind", "title", "text", "citation", "confirmed"), ("protected", "when", "possible_when")
    )
    kind = entries["kind"].text()
    if kind not in frozenset(CriterionKind):
        raise entries["kind"].error(f"unknown kind {kind!r}; known: {', '.join(CriterionKind)}")
    name = entries["list"].text()
    if name not in lists:
        raise entries["list"].error(f"unknown list {name!r}; known: {', '.join(lists)}")
    wanted, refused = ("possible_when", "when") if kind == CriterionKind.JUDGE else ("when", "possible_when")
    if refused in entries:
        raise entries[refused].error(f"a criterion of kind {kind!r} has no {refused!r}")
    if kind != CriterionKind.JUDGE and wanted not in entries:
        raise place.error(f"a criterion of kind {kind!r} needs {wanted!r}")
    return Criterion(
        id=entries["id"].text(),
        list=name,
        direction=lists[name].direction,
        kind=CriterionKind(kind),
        protected=entries["protected"].flag() if "protected" in entries else False,
        title=entries["title"].text(),
        text=entries["text"].text(),
        citation=entries["citation"].text(),
        confirmed=entries["confirmed"].flag(),
        written=entries[wanted].written() if wanted in entries else "",
        when=compiler.expression(entries[wanted]) if wanted in entries else None,
    )
