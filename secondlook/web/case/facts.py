"""A case's facts in words, each with where it comes from. Called by the case's view; it interprets nothing.

The order is that of ``words.FACTS``. What is not there is listed as unknown: missing is never shown as "no".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from secondlook.cases.fact_kinds import Kind
from secondlook.cases.fact_table import FACTS
from secondlook.cases.kept_facts import KeptFact, KeptFacts, Parts, Saying, Scalar, Value
from secondlook.web import words
from secondlook.web.documents.view import Cite, cites_of

_DATES: Final = frozenset(name for name, fact in FACTS.items() if fact.value and fact.value.kind is Kind.DATE)
_PROVIDERS: Final = {
    "agency": "the agency",
    "respondent": "the respondent",
    "abuser": "an abuser (cannot alone support an adverse finding, 8 USC 1367)",
    "third_party": "a third party",
}
_CITIZENSHIP: Final = {"usc": "US citizen", "lpr": "lawful permanent resident", "other": "other citizenship"}


@dataclass(frozen=True, slots=True)
class FactLine:
    """One known fact. ``lines`` are its value; the rest may be empty."""

    code: str
    name: str
    lines: tuple[str, ...]
    source: str
    observed: str
    partial: bool
    protected: bool
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """One fact that is not known, and why."""

    code: str
    name: str
    because: str
    matters: bool
    protected: bool


def known(facts: KeptFacts) -> tuple[FactLine, ...]:
    """What has a value: what stands, and by itself what an abuser alone says beside it."""
    found = [line for name in words.FACTS for line in lines_of(name, facts)]
    newer = len(facts.keys() - words.FACTS.keys())
    if newer:
        # What it says is not shown: it may be protected, and only a newer release can know.
        said = f"{newer} fact{'' if newer == 1 else 's'} that this release does not know. A newer one shows them."
        found.append(FactLine("", "Further facts", (said,), "", "", partial=False, protected=False))
    return tuple(found)


def lines_of(name: str, facts: KeptFacts) -> tuple[FactLine, ...]:
    """What is known of one fact: a line for each voice."""
    fact = facts.get(name)
    return tuple(_line(name, voice) for voice in fact.voices if voice.unknown is None) if fact else ()


def said(name: str, facts: KeptFacts) -> tuple[str, ...]:
    """What is said of a fact, also that it is not known and why."""
    known = tuple(text for line in lines_of(name, facts) for text in _texts(line))
    return known or (f"Unknown: {_because(facts.get(name))}",)


def why_missing(name: str, facts: KeptFacts) -> str:
    """Why a fact leaves a criterion open, also one of which something is known."""
    fact = facts.get(name)
    if fact is None or fact.unknown is not None:
        return _because(fact)
    return "incomplete: there may be more" if fact.partial else "what is known does not settle it"


def _texts(line: FactLine) -> tuple[str, ...]:
    return (*line.lines, "Incomplete: there may be more.") if line.partial else line.lines


def _line(name: str, fact: KeptFact) -> FactLine:
    return FactLine(
        code=name,
        name=words.FACTS[name],
        lines=_value(name, fact.value),
        source="; ".join(dict.fromkeys(source for each in fact.sayings if (source := _source(each)))),
        observed="; ".join(dict.fromkeys(words.day(each.observed_at) for each in fact.sayings if each.observed_at)),
        partial=fact.partial,
        protected=name in words.PROTECTED_FACTS,
        cites=cites_of(fact),
    )


def unknown(facts: KeptFacts, open_questions: frozenset[str], names: Iterable[str]) -> tuple[UnknownFact, ...]:
    """The facts of these ``names`` without a value; first those on which the lane depends, ``open_questions``."""
    questions = {question.partition(".")[0] for question in open_questions}
    found = [
        UnknownFact(
            code=name,
            name=words.FACTS[name],
            because=_because(facts.get(name)),
            matters=name in questions,
            protected=name in words.PROTECTED_FACTS,
        )
        for name in names
        if name not in facts or facts[name].unknown is not None
    ]
    return tuple(sorted(found, key=lambda each: not each.matters))


def _because(fact: KeptFact | None) -> str:
    reason = "not_asked" if fact is None else fact.unknown or ""
    return words.UNKNOWN_BECAUSE.get(reason, reason)


def _source(saying: Saying) -> str:
    providers = [_PROVIDERS.get(each, each) for each in saying.provided_by]
    from_whom = f"provided by {' and '.join(providers)}" if providers else ""
    return "; ".join(part for part in (saying.source, from_whom) if part)


def _value(name: str, value: Value) -> tuple[str, ...]:
    if value is None:
        return ("Never",)
    if isinstance(value, tuple):
        return tuple(_element(name, each) for each in value) or ("None known to exist",)
    if isinstance(value, Mapping):
        return tuple(f"{words.plain(part)}: {_scalar(part, each)}" for part, each in value.items()) or ("Nothing said",)
    return (_scalar(name, value),)


def _element(name: str, element: Parts | str) -> str:
    if isinstance(element, str):
        return words.plain(element)
    if name == "relatives":
        parts = [words.plain(str(element.get("relation", "relative")))]
        parts.append(_CITIZENSHIP.get(str(element.get("citizenship")), "citizenship not known"))
        if "military_service" in element:
            parts.append(f"military service: {_scalar('', element['military_service']).lower()}")
        return ", ".join(parts)
    parts = [words.plain(str(element.get("grade", "grade not known"))), _offense(element)]
    parts.append(words.day(str(element["date"])) if "date" in element else "date not known")
    return ", ".join(parts) + (" (vacated)" if element.get("vacated") is True else "")


def _offense(conviction: Parts) -> str:
    offense = str(conviction.get("offense", "offense not known"))
    return "driving under the influence" if offense == "dui" else words.plain(offense).lower()


def _scalar(name: str, value: Scalar) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return words.day(value) if name in _DATES else words.plain(value)
    return str(value)
