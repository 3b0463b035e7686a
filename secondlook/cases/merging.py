"""What is true of a case after all that senders told: facts and identity, put together from every observation.

Pure. Called by the judging transaction with each applied event that carries facts, in any order; the inbox alone keeps
observations. It never guesses: absent erases nothing, and a reason for not knowing erases no value, but for
``conflicting`` and ``retracted`` (INTERFACES section 2; ``standing`` has the rules for facts).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from secondlook.cases.identity import SENDER_NUMBERS
from secondlook.cases.observations import Observation, canonical, is_wrapper, providers
from secondlook.cases.standing import ABUSER_SAID, OBSERVATIONS, standing

_PART_BY_PART = frozenset({"respondent", "court", "nta"})
_BY_KEY = {"documents": "id", "identifiers": "scheme"}


@dataclass(frozen=True, slots=True)
class Told:
    """One applied event that carries facts: its inbox number, its receipt (with its offset), and its data."""

    seq: int
    received_at: datetime
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Merged:
    """All that is known. A fact told once is as it was given; ``identity`` is the received case without facts."""

    facts: dict[str, object]
    identity: dict[str, object]


def merge(told: Iterable[Told]) -> Merged:
    """What these events say together. Their order here means nothing."""
    events = sorted(told, key=lambda each: each.seq)
    identity: dict[str, object] = {}
    said: dict[str, list[tuple[object, datetime]]] = {}
    for event in events:
        if "a_number" in event.content:
            _learn(identity, event.content)
        facts = event.content.get("facts")
        if isinstance(facts, Mapping):
            for name, fact in facts.items():
                said.setdefault(name, []).append((fact, event.received_at))
    return Merged({name: _standing(given) for name, given in said.items()}, identity)


def same_facts(one: Merged, other: Merged) -> bool:
    """Whether nothing is new: identity equal; facts equal in value, coverage and providers. Sources, times and
    documents may differ, one reason for not knowing from another, and the senders' own numbers."""
    return _known(one.facts) == _known(other.facts) and _who(one.identity) == _who(other.identity)


def _who(identity: Mapping[str, object]) -> bytes:
    return canonical({name: value for name, value in identity.items() if name != SENDER_NUMBERS})


def same_fact(one: object, other: object) -> bool:
    """The same of one fact; None where it was never told."""
    return _meaning(one) == _meaning(other)


def _standing(given: list[tuple[object, datetime]]) -> object:
    first = given[0][0]
    if all(fact == first for fact, _ in given):
        return first
    return standing(Observation.of(fact, received_at) for fact, received_at in given)


def _learn(identity: dict[str, object], case: Mapping[str, object]) -> None:
    """Identity is told in the order of the inbox: a part by itself, a list by what names its items, the rest whole."""
    for name, value in case.items():
        if name == "facts":
            continue
        known = identity.get(name)
        if name in _PART_BY_PART and isinstance(value, dict):
            merged = {**(known if isinstance(known, dict) else {}), **value}
            # A hearing that is taken off is no longer known; only of a hearing is null a value.
            identity[name] = {part: each for part, each in merged.items() if each is not None}
        elif name in _BY_KEY and isinstance(value, list):
            identity[name] = _by_key(known if isinstance(known, list) else [], value, _BY_KEY[name])
        elif name == SENDER_NUMBERS and isinstance(value, list):
            identity[name] = list(dict.fromkeys([*(known if isinstance(known, list) else []), *value]))
        else:
            identity[name] = value


def _by_key(known: list[object], told: list[object], key: str) -> list[object]:
    items = {each[key]: each for each in (*known, *told) if isinstance(each, dict) and key in each}
    return list(items.values())


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    meanings = {name: _meaning(fact) for name, fact in facts.items()}
    return {name: meaning for name, meaning in meanings.items() if meaning is not None}


def _meaning(fact: object) -> object:
    """What counts of a fact when asked whether anything is new; None where it is not known."""
    if fact is None:
        return None
    wrapper = dict(fact) if isinstance(fact, dict) and is_wrapper(fact) else {"value": fact}
    beside = wrapper.get(ABUSER_SAID)
    aside = _meaning(beside) if beside is not None else None
    if "unknown" in wrapper:
        return None if aside is None else ("unknown", aside)
    value = wrapper["value"]
    coverage = wrapper.get("coverage", "complete")
    if isinstance(value, dict):
        return _meaning_of_parts(wrapper, value), coverage, aside
    comparable = Counter(canonical(each) for each in value) if isinstance(value, list) else canonical(value)
    return comparable, coverage, providers(wrapper), aside


def _meaning_of_parts(wrapper: dict[str, object], value: Mapping[str, object]) -> object:
    """Each part with who provided it: several may have told one record."""
    told = wrapper.get(OBSERVATIONS, [wrapper])
    several: list[object] = told if isinstance(told, list) else []
    by_whom = {part: providers(each) for each in several if isinstance(each, dict) for part in each["value"]}
    return {part: (canonical(each), by_whom.get(part)) for part, each in value.items()}
